// Hand-made schemes that transform queries and keys (H2): RoPE and its relatives, and temperatures on top of it (H5).
#include "sweeps/position_table.hpp"

namespace overtake {

namespace {

/// A hand-made scheme whose frequencies extensions can rescale, at RoPE's cost.
SchemeInfo rotation(std::string_view name, std::vector<SchemeOption> options, std::string_view source) {
    return {.name = name,
            .kind = SchemeKind::hand_made,
            .scheme_class = SchemeClass::rope_line,
            .options = std::move(options),
            .blockwise = true,
            .rotary = true,
            .source = source,
            .forward_flops = rotated_queries_and_keys};
}

SchemeInfo partial_rope() {
    SchemeInfo info = rotation(
        "partial-rope",
        {base_option(), number("rotated_share", 0.25, 0, 1, "share of the channels that rotate, on a grid of their own width")},
        "Black et al. 2022, arXiv:2204.06745, section 2.1: the first channels alone rotate");
    info.forward_flops = [](const ModelConfig& model, const Options& options, std::int64_t) {
        const std::int64_t pairs = rotated_pairs(model, {"partial-rope", options});
        return 12.0 * static_cast<double>(pairs * model.heads * model.layers);
    };
    return info;
}

SchemeInfo i_rope() {
    SchemeInfo info = rotation(
        "i-rope",
        {base_option(),
         integer("every", 4, 1, 1000, "layer l has no position if l + 1 is a multiple of it"),
         integer("chunk", 0, 0, 1e9, "tokens that a layer with RoPE sees at most, in fixed chunks; 0: all"),
         number("temperature_scale", 0.1, 0, 100, "scale of the temperature 1 + scale ln(1 + floor((i + 1) / floor)) of layers without"),
         integer("temperature_floor", 8192, 1, 1e12, "tokens from which on that temperature is above 1")},
        "Meta 2025, Llama 4, as in Hugging Face transformers");
    info.relative = false;
    info.blockwise = false;
    info.forward_flops = [](const ModelConfig& model, const Options& options, std::int64_t) {
        const std::int64_t still = model.layers / integer_option(options, "every");
        return static_cast<double>(model.width) * static_cast<double>(6 * (model.layers - still) + still);
    };
    return info;
}

SchemeInfo log_n() {
    SchemeInfo info = rotation("log-n", {on_option(), base_option()},
                               "Chiang and Cholak 2022, arXiv:2202.12172, section 5.3: max(1, ln n / ln T)");
    info.relative = false;
    info.blockwise = false;
    info.forward_flops = rotated_and_tempered;
    return info;
}

}  // namespace

std::vector<SchemeInfo> rotation_schemes() {
    return {
        rotation("rope", {base_option(), later(layout_option("half"))}, "Su et al. 2021, arXiv:2104.09864, equation 34"),
        rotation("rope-interleaved", {base_option()},
                 "Su et al. 2021, arXiv:2104.09864, equation 34; pairs (2 j, 2 j + 1)"),
        rotation("p-rope",
                 {base_option(), number("rotated_share", 0.75, 0, 1, "share of the frequencies that stay, the highest; the others are 0")},
                 "Barbero et al. 2024, arXiv:2410.06205, section 6"),
        partial_rope(),
        rotation("xpos",
                 {base_option(), layout_option("interleaved"),
                  number("scale_base", 512, 1, 1e9, "lag in tokens over which the score of pair j decays by (2 j / d + 0.4) / 1.4")},
                 "Sun et al. 2022, arXiv:2212.10554, equation 14"),
        rotation("resonance", {base_option()}, "Wang et al. 2024, arXiv:2403.00071, section 4"),
        i_rope(),
        log_n(),
    };
}

}  // namespace overtake
