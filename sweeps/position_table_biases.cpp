// Schemes that add numbers to the logits by lag or by pair, whatever the content (H3), and temperatures (H5).
#include "sweeps/position_table.hpp"

namespace overtake {

namespace {

std::int64_t bucket_parameters(const ModelConfig& model, const Options& options, std::int64_t) {
    return integer_option(options, "buckets") * model.heads;
}

std::int64_t two_per_head(const ModelConfig& model, const Options&, std::int64_t) { return 2 * model.heads; }

/// Rate, threshold, and a network 1 - hidden - heads, for each layer or once.
std::int64_t fire_parameters(const ModelConfig& model, const Options& options, std::int64_t) {
    const std::int64_t hidden = integer_option(options, "hidden");
    return (string_option(options, "share") == "layer" ? model.layers : 1) * (2 + 2 * hidden + (hidden + 1) * model.heads);
}

/// Table, its LayerNorm, two projections, and buckets if asked for.
std::int64_t tupe_parameters(const ModelConfig& model, const Options& options, std::int64_t rows) {
    const std::int64_t vectors = flag_option(options, "projection_bias") ? 4 : 2;
    const std::int64_t absolute = (rows + vectors + 2 * model.width) * model.width;
    return absolute + (flag_option(options, "relative_bias") ? bucket_parameters(model, options, rows) : 0);
}

std::vector<SchemeOption> bucket_options() {
    return {integer("buckets", 32, 2, 65536, "number of lag buckets; the first half holds one lag each"),
            integer("max_distance", 128, 2, 1e9, "lag in tokens from which on all lags share the last bucket")};
}

}  // namespace

std::vector<SchemeInfo> bias_schemes() {
    return {
        {.name = "alibi",
         .kind = SchemeKind::hand_made,
         .scheme_class = SchemeClass::control,
         .fused_attention = false,
         .blockwise = true,
         .source = "Press et al. 2021, arXiv:2108.12409, section 3",
         .forward_flops = added_to_logits},
        {.name = "t5",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::learned_form,
         .options = bucket_options(),
         .fused_attention = false,
         .blockwise = true,
         .whole_positions = true,
         .source = "Raffel et al. 2019, arXiv:1910.10683, section 2.1; one table for all layers",
         .parameters = bucket_parameters,
         .forward_flops = added_to_logits},
        {.name = "kerple-log",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::learned_form,
         .fused_attention = false,
         .blockwise = true,
         .source =
             "Chi et al. 2022, arXiv:2205.09921, equation 7: -p ln(1 + a r), p and a per head, one set for all layers",
         .parameters = two_per_head,
         .forward_flops = added_to_logits},
        {.name = "kerple-power",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::learned_form,
         .fused_attention = false,
         .source = "Chi et al. 2022, arXiv:2205.09921, section 4, the power kernel: -a r^p, a and p per head, one set for all layers",
         .parameters = two_per_head,
         .forward_flops = added_to_logits},
        {.name = "sandwich",
         .kind = SchemeKind::hand_made,
         .scheme_class = SchemeClass::control,
         .options = {integer("width", 128, 2, 1 << 20, "width of the sinusoidal embeddings whose products are the bias; even"),
                     choice("normalisation", "sum", {"sum", "centred"},
                            "sum of cosines as in the authors' code, or less its value at lag 0: the same weights"),
                     base_option()},
         .fused_attention = false,
         .source = "Chi et al. 2022, arXiv:2212.10356, section 5 and appendix: sum of cos(r theta_j) over 8 n / N",
         .forward_flops = added_to_logits},
        {.name = "fire",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::learned_form,
         .options = {integer("hidden", 32, 1, 4096, "hidden width of the network"),
                     choice("share", "layer", {"layer", "all"}, "numbers of its own for each layer, or one set for all (FIRE-S)"),
                     number("rate", 0.1, 1e-9, 1e9, "initial c of psi(x) = ln(|c x| + 1)"),
                     integer("threshold", 512, 1, 1e9, "L: queries before it are normalised as if they stood at |m| L, m trained")},
         .fused_attention = false,
         .relative = false,
         .source = "Li et al. 2023, arXiv:2310.04418, section 3: f(psi(i - k) / psi(max(i, L)))",
         .parameters = fire_parameters,
         .forward_flops =
             [](const ModelConfig& model, const Options& options, std::int64_t context_length) {
                 const double heads = static_cast<double>(model.heads), hidden = static_cast<double>(integer_option(options, "hidden"));
                 return logits_per_token(model, context_length) +
                        logits_per_token(model, context_length) / heads * hidden * (3 + 2 * heads) /
                            (string_option(options, "share") == "all" ? static_cast<double>(model.layers) : 1);
             }},
        {.name = "tupe",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::learned_form,
         .options =
             [] {
                 std::vector<SchemeOption> options = bucket_options();
                 options.push_back(flag("relative_bias", false, "whether T5's bias by bucket is added (TUPE-R)"));
                 options.push_back(beyond_option());
                 options.push_back(projection_bias_option());
                 return options;
             }(),
         .fused_attention = false,
         .limited_to_train_length = true,
         .has_table = true,
         .whole_positions = true,
         .relative = false,
         .source = "Ke et al. 2020, arXiv:2006.15595, section 3, without [CLS]: untied, one matrix for all layers",
         .parameters = tupe_parameters,
         .forward_flops = added_to_logits},
    };
}

}  // namespace overtake
