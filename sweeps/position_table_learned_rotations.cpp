// Learned schemes that transform queries and keys (H2): RoPE's constants trained, and what generalises rotations.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "sweeps/fope_shape.hpp"
#include "sweeps/position_table.hpp"

namespace overtake {

namespace {

SchemeOption share_option(std::string_view meaning) { return choice("share", "all", {"all", "layer", "head"}, meaning); }

std::int64_t sets(const ModelConfig& model, const Options& options) {
    const std::string share = string_option(options, "share");
    return share == "all" ? 1 : share == "layer" ? model.layers : model.layers * model.heads;
}

using Count = std::int64_t (*)(const ModelConfig&, const Options&, std::int64_t);
using Cost = double (*)(const ModelConfig&, const Options&, std::int64_t);

/// RoPE's form with trained constants, which extensions can rescale.
SchemeInfo trained_rotation(std::string_view name, std::vector<SchemeOption> options, std::string_view source, Count parameters,
                            Cost forward_flops = rotated_queries_and_keys) {
    return {.name = name,
            .kind = SchemeKind::learned,
            .scheme_class = SchemeClass::trained_constants,
            .options = std::move(options),
            .blockwise = true,
            .rotary = true,
            .source = source,
            .parameters = parameters,
            .forward_flops = forward_flops};
}

SchemeInfo learned_rope() {
    return trained_rotation(
        "learned-rope",
        {base_option(), share_option("one set of frequencies for the whole model, for each layer, or for each head of each layer")},
        "RoPE (arXiv:2104.09864, equation 34) with ln theta_j trained, from RoPE's values",
        [](const ModelConfig& model, const Options& options, std::int64_t) { return sets(model, options) * (model.head_width() / 2); });
}

SchemeInfo learned_base() {
    return trained_rotation(
        "learned-base",
        {base_option(), share_option("one base for the whole model, for each layer, or for each head of each layer")},
        "RoPE (arXiv:2104.09864, equation 34) with ln base trained",
        [](const ModelConfig& model, const Options& options, std::int64_t) { return sets(model, options); });
}

SchemeInfo ssmax() {
    SchemeInfo info = trained_rotation(
        "ssmax",
        {on_option(), base_option(),
         flag("learned", true, "whether s is trained, per head and layer"),
         number("s", 0.43, 0.001, 100, "factor of ln n, n visible keys, that multiplies the logits: where training starts, or fixed")},
        "Nakanishi 2025, arXiv:2501.19399, equation 3",
        [](const ModelConfig& model, const Options& options, std::int64_t) {
            return flag_option(options, "learned") ? model.layers * model.heads : 0;
        },
        rotated_and_tempered);
    info.relative = false;
    info.blockwise = false;
    return info;
}

SchemeInfo rope_mixed() {
    return trained_rotation(
        "rope-mixed", {number("base", 10, 1.000001, 1e12, "base of the frequencies' first magnitudes base^(-4 i / head width)")},
        "Heo et al. 2024, arXiv:2403.13298, section 3.2, in one dimension",
        [](const ModelConfig& model, const Options&, std::int64_t) { return model.layers * model.width / 2; });
}

SchemeInfo lie_rope() {
    return trained_rotation(
        "lie-rope", {base_option()},
        "Ostmeier et al. 2024, arXiv:2406.10322, section 4; Yu et al. 2025, arXiv:2506.03737, equation 10",
        [](const ModelConfig& model, const Options&, std::int64_t) { return model.layers * model.width * model.head_width(); },
        [](const ModelConfig& model, const Options& options, std::int64_t context_length) {
            return rotated_queries_and_keys(model, options, context_length) +
                   4.0 * static_cast<double>(model.layers * model.width * model.head_width());
        });
}

/// One product of the input, one sum and one rotation per pair; sines and cosines as one operation each.
SchemeInfo selective_rope() {
    return {.name = "selective-rope",
            .kind = SchemeKind::learned,
            .scheme_class = SchemeClass::content_gate,
            .options = {base_option()},
            .source = "Movahedi et al. 2025, arXiv:2511.17388: angles are sums of what the tokens contribute",
            .parameters = [](const ModelConfig& model, const Options&,
                             std::int64_t) { return model.layers * model.width / 2 * model.width; },
            .forward_flops =
                [](const ModelConfig& model, const Options& options, std::int64_t context_length) {
                    return rotated_queries_and_keys(model, options, context_length) +
                           static_cast<double>(model.layers * model.width) * (static_cast<double>(model.width) + 2.5);
                }};
}

SchemeInfo fope() {
    return {.name = "fope",
            .kind = SchemeKind::learned,
            .scheme_class = SchemeClass::learned_form,
            .options = {base_option(),
                        integer("fourier_width", 0, 0, 65536, "channels of the grid of waves; the head width if that is more"),
                        number("gain", 0.3, 0, 10, "of the noise that the weights of the waves start with"),
                        flag("unit_sine", true, "whether pairs that stand still have sine 1, as in the authors' code, or 0")},
            .relative = false,
            .source = "Hua et al. 2024, arXiv:2412.17739, section 4",
            .parameters =
                [](const ModelConfig& model, const Options& options, std::int64_t train_length) {
                    const FopeShape shape = fope_shape(model, options, train_length);
                    return 2 * model.layers * model.heads * shape.waves * shape.pairs;
                },
            .forward_flops = rotated_queries_and_keys};
}

/// Softplus as one operation, two products per channel of queries and keys; logits over twice the width.
SchemeInfo pope() {
    return {.name = "pope",
            .kind = SchemeKind::learned,
            .scheme_class = SchemeClass::learned_form,
            .options = {base_option(), choice("start", "zero", {"zero", "uniform"}, "phases start at 0 or uniform in [-2 pi, 0]")},
            .source = "Gopalakrishnan et al. 2025, arXiv:2509.10534: content is length, position angle",
            .parameters = [](const ModelConfig& model, const Options&, std::int64_t) { return model.layers * model.width; },
            .forward_flops =
                [](const ModelConfig& model, const Options&, std::int64_t context_length) {
                    return 6.0 * static_cast<double>(model.width * model.layers) +
                           2.0 * static_cast<double>(model.head_width()) * logits_per_token(model, context_length);
                }};
}

}  // namespace

FopeShape fope_shape(const ModelConfig& model, const Options& options, std::int64_t positions) {
    FopeShape shape;
    shape.width = std::max(model.head_width(), integer_option(options, "fourier_width") / 2 * 2);
    const double slowest = 2 * std::numbers::pi / static_cast<double>(positions), base = number_option(options, "base");
    while (shape.waves < shape.width / 2 &&
           std::pow(base, -2.0 * static_cast<double>(shape.waves) / static_cast<double>(shape.width)) >= slowest) {
        ++shape.waves;
    }
    shape.waves = std::max<std::int64_t>(1, shape.waves);
    shape.pairs = std::clamp<std::int64_t>(model.head_width() / 4, 1, shape.waves);
    return shape;
}

std::vector<SchemeInfo> learned_rotation_schemes() {
    return {learned_rope(), learned_base(), ssmax(), rope_mixed(), lie_rope(), fope(), pope(), selective_rope()};
}

}  // namespace overtake
