// Schemes whose queries or keys meet a trained vector of the lag (H4), and whose outputs may take one too (H6).
#include <algorithm>

#include "sweeps/position_table.hpp"

namespace overtake {

namespace {

/// Rows of `width` numbers, products of each token with the rows that it can see, and one addition per logit, every layer.
double products_with_lags(const ModelConfig& model, std::int64_t rows, std::int64_t context_length) {
    const double seen = std::min(static_cast<double>(rows), static_cast<double>(context_length + 1) / 2);
    return 2 * seen * static_cast<double>(model.width * model.layers) + logits_per_token(model, context_length);
}

}  // namespace

std::vector<SchemeInfo> relative_schemes() {
    return {
        {.name = "shaw",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::learned_form,
         .options = {integer("clip", 16, 0, 1 << 20, "K, lag in tokens from which on all lags share a vector")},
         .fused_attention = false,
         .has_table = true,
         .whole_positions = true,
         .source = "Shaw et al. 2018, arXiv:1803.02155, equations 3 and 4: vectors of the lag for keys and values, per layer; of the "
                   "2 K + 1 the causal half",
         .parameters = [](const ModelConfig& model, const Options& options,
                          std::int64_t) { return 2 * model.layers * (integer_option(options, "clip") + 1) * model.head_width(); },
         .forward_flops =
             [](const ModelConfig& model, const Options& options, std::int64_t context_length) {
                 return 2 * products_with_lags(model, integer_option(options, "clip") + 1, context_length);
             }},
        {.name = "music-transformer",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::learned_form,
         .fused_attention = false,
         .has_table = true,
         .whole_positions = true,
         .source = "Huang et al. 2018, arXiv:1809.04281, section 3.4: a vector of each lag up to T, per head and layer; longer lags "
                   "use the last",
         .parameters = [](const ModelConfig& model, const Options&,
                          std::int64_t rows) { return model.layers * rows * model.width; },
         .forward_flops = [](const ModelConfig& model, const Options&,
                             std::int64_t context_length) { return products_with_lags(model, context_length, context_length); }},
        {.name = "transformer-xl",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::learned_form,
         .options = {integer("clamp_length", 0, 0, 1 << 24, "lag in tokens from which on all lags are that one; 0: none")},
         .fused_attention = false,
         .whole_positions = true,
         .source = "Dai et al. 2019, arXiv:1901.02860, section 3.3: u, v for all layers, W_r per layer over a sinusoid of the lag",
         .parameters = [](const ModelConfig& model, const Options&,
                          std::int64_t) { return 2 * model.width + model.layers * model.width * model.width; },
         .forward_flops =
             [](const ModelConfig& model, const Options&, std::int64_t context_length) {
                 return products_with_lags(model, context_length, context_length) + 2 * static_cast<double>(model.width * model.layers);
             }},
        {.name = "deberta",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::learned_form,
         .options = {integer("buckets", 256, 4, 65536, "lag buckets; the first half holds one lag each, then they widen by the logarithm"),
                     integer("max_distance", 512, 4, 1e9, "lag in tokens from which on all lags share the last bucket"),
                     projection_bias_option()},
         .fused_attention = false,
         .whole_positions = true,
         .source = "He et al. 2020, arXiv:2006.03654, equation 4, with the buckets of version 3: content to position and position to "
                   "content; of the table the causal half",
         .parameters =
             [](const ModelConfig& model, const Options& options, std::int64_t) {
                 const std::int64_t biases = flag_option(options, "projection_bias") ? 1 : 0;
                 return integer_option(options, "buckets") * model.width + 2 * model.layers * model.width * (model.width + biases);
             },
         .forward_flops =
             [](const ModelConfig& model, const Options& options, std::int64_t context_length) {
                 return 2 * products_with_lags(model, integer_option(options, "buckets"), context_length);
             }},
    };
}

}  // namespace overtake
