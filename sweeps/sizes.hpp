// Sizes of models: a ladder of names, "layers x width" shapes, and shapes solved for a parameter target.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sweeps/trial_config.hpp"

namespace overtake {

/// One rung: heads and MLP width follow from SizeRules.
struct NamedSize {
    std::string_view name;
    std::int64_t layers;
    std::int64_t width;
    std::string_view meaning;  // which published model has this shape, or what it is for
};

/// Smallest first, from thousands of backbone parameters to GPT-2's 1.5 B.
std::span<const NamedSize> named_sizes();
const NamedSize* find_named_size(std::string_view name);

/// What a size leaves open, from [model].
struct SizeRules {
    Activation activation = Activation::gelu;
    bool qk_norm = false;
    bool tied = false;
    std::int64_t vocabulary = 256;
    std::int64_t heads = 0;       // 0: by rule
    std::int64_t head_width = 0;  // 0: by rule
    double mlp_ratio = 0;         // MLP width over model width; 0: 4 for gelu, 8/3 for swiglu (equal parameters)
    double aspect_ratio = 64;     // width over layers that a solved shape stays near
};

/// The rule for heads: the most heads, but no more than max(4, width / 64), that divide the width into even head widths
/// of at least 8 channels; 1 if there are none. 64 channels a head is GPT-2's choice; small models keep 4 heads.
std::int64_t default_heads(std::int64_t width);

/// MLP width is rounded to a multiple of 8 (of 2 below width 32).
ModelConfig make_shape(std::int64_t layers, std::int64_t width, const SizeRules& rules);

/// "2x64" -> {2, 64}; nullopt for other text.
std::optional<std::pair<std::int64_t, std::int64_t>> parse_shape(std::string_view text);

/// The shape whose backbone parameters are nearest to `target`. Candidates: widths that are multiples of 4 below 64, of
/// 8 below 256, of 16 below 512 and of 64 above, up to 16384; layers within a third of width / aspect_ratio, at least
/// 2; heads must fit. Ties go to the aspect ratio nearest the rule. nullopt if there is no candidate. Loss depends
/// little on the aspect ratio over a wide range: Kaplan et al. 2020, arXiv:2001.08361, figure 5.
std::optional<ModelConfig> solve_size(double target, const SizeRules& rules);

}  // namespace overtake
