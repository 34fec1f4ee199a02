// One entry per position scheme: what it is called, what it can be told, what it trains, what it costs.
//
// Costs are forward FLOPs per token of the whole model. Formed once per step and shared by the batch, hence not
// counted: tables of angles, slopes and biases by lag. A bias matrix costs one addition per head, query and visible
// key.
#include "sweeps/position_table.hpp"

namespace overtake {

namespace {

using Model = ModelConfig;

std::int64_t no_parameters(const Model&, const Options&, std::int64_t) {
    return 0;
}

double no_flops(const Model&, const Options&, std::int64_t) {
    return 0;
}

/// x += P[p], once, D additions.
double added_to_input(const Model& model, const Options&, std::int64_t) {
    return static_cast<double>(model.width);
}

/// Four products and two sums per pair of channels, D / 2 pairs, queries and keys, every layer.
double rotated_queries_and_keys(const Model& model, const Options&, std::int64_t) {
    return 6.0 * static_cast<double>(model.width) * static_cast<double>(model.layers);
}

/// One addition per head and visible key, (N + 1) / 2 keys on average, every layer.
double added_to_logits(const Model& model, const Options&, std::int64_t context_length) {
    return static_cast<double>(model.layers * model.heads) * static_cast<double>(context_length + 1) / 2;
}

SchemeOption base_option() {
    return {.name = "base",
            .default_value = 10000.0,
            .minimum = 1.000001,
            .maximum = 1e12,
            .choices = {},
            .meaning = "base of the frequencies theta_j = base^(-2 j / head width), radians per position"};
}

SchemeOption factor_option() {
    return {.name = "factor",
            .default_value = 1.0,
            .minimum = 1,
            .maximum = 1e6,
            .choices = {},
            .meaning = "longest evaluation length over train length"};
}

std::vector<SchemeInfo> hand_made_schemes() {
    return {
        {.name = "none",
         .kind = SchemeKind::hand_made,
         .scheme_class = SchemeClass::control,
         .options = {},
         .fused_attention = true,
         .limited_to_train_length = false,
         .source = "Haviv et al. 2022, arXiv:2203.16634: the causal mask is all",
         .parameters = no_parameters,
         .forward_flops = no_flops},
        {.name = "sinusoidal",
         .kind = SchemeKind::hand_made,
         .scheme_class = SchemeClass::control,
         .options = {},
         .fused_attention = true,
         .limited_to_train_length = false,
         .source = "Vaswani et al. 2017, arXiv:1706.03762, section 3.5, interleaved",
         .parameters = no_parameters,
         .forward_flops = added_to_input},
        {.name = "rope",
         .kind = SchemeKind::hand_made,
         .scheme_class = SchemeClass::rope_line,
         .options = {base_option()},
         .fused_attention = true,
         .limited_to_train_length = false,
         .source = "Su et al. 2021, arXiv:2104.09864, equation 34; pairs (j, j + d/2)",
         .parameters = no_parameters,
         .forward_flops = rotated_queries_and_keys},
        {.name = "alibi",
         .kind = SchemeKind::hand_made,
         .scheme_class = SchemeClass::control,
         .options = {},
         .fused_attention = false,
         .limited_to_train_length = false,
         .source = "Press et al. 2021, arXiv:2108.12409, section 3",
         .parameters = no_parameters,
         .forward_flops = added_to_logits},
    };
}

std::vector<SchemeInfo> learned_schemes() {
    return {
        {.name = "learned",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::learned_form,
         .options = {},
         .fused_attention = true,
         .limited_to_train_length = true,
         .source = "Gehring et al. 2017, arXiv:1705.03122, section 3.1: a table of T rows",
         .parameters = [](const Model& model, const Options&,
                          std::int64_t train_length) { return train_length * model.width; },
         .forward_flops = added_to_input},
        {.name = "t5",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::learned_form,
         .options = {{.name = "buckets",
                      .default_value = std::int64_t{32},
                      .minimum = 2,
                      .maximum = 65536,
                      .choices = {},
                      .meaning = "number of lag buckets; the first half holds one lag each"},
                     {.name = "max_distance",
                      .default_value = std::int64_t{128},
                      .minimum = 2,
                      .maximum = 1e9,
                      .choices = {},
                      .meaning = "lag in tokens from which on all lags share the last bucket"}},
         .fused_attention = false,
         .limited_to_train_length = false,
         .source = "Raffel et al. 2019, arXiv:1910.10683, section 2.1; one table for all layers",
         .parameters = [](const Model& model, const Options& options,
                          std::int64_t) { return integer_option(options, "buckets") * model.heads; },
         .forward_flops = added_to_logits},
        {.name = "kerple-log",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::learned_form,
         .options = {},
         .fused_attention = false,
         .limited_to_train_length = false,
         .source =
             "Chi et al. 2022, arXiv:2205.09921, equation 7: -p ln(1 + a r), p and a per head, one set for all layers",
         .parameters = [](const Model& model, const Options&, std::int64_t) { return 2 * model.heads; },
         .forward_flops = added_to_logits},
        {.name = "learned-rope",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::trained_constants,
         .options =
             {base_option(),
              {.name = "share",
               .default_value = std::string("all"),
               .minimum = 0,
               .maximum = 0,
               .choices = {"all", "layer", "head"},
               .meaning =
                   "one set of frequencies for the whole model, for each layer, or for each head of each layer"}},
         .fused_attention = true,
         .limited_to_train_length = false,
         .source = "RoPE (arXiv:2104.09864, equation 34) with ln theta_j trained, from RoPE's values",
         .parameters =
             [](const Model& model, const Options& options, std::int64_t) {
                 const std::string share = string_option(options, "share");
                 const std::int64_t sets = share == "all"     ? 1
                                           : share == "layer" ? model.layers
                                                              : model.layers * model.heads;
                 return sets * (model.head_width() / 2);
             },
         .forward_flops = rotated_queries_and_keys},
    };
}

/// Extensions change the frequencies of a trained model: same cost, nothing to train.
std::vector<SchemeInfo> extensions() {
    return {
        {.name = "pi",
         .kind = SchemeKind::extension,
         .scheme_class = SchemeClass::rope_line,
         .options = {factor_option()},
         .fused_attention = true,
         .limited_to_train_length = false,
         .source = "Chen et al. 2023, arXiv:2306.15595, equation 3: theta_j / factor",
         .parameters = no_parameters,
         .forward_flops = no_flops},
        {.name = "yarn",
         .kind = SchemeKind::extension,
         .scheme_class = SchemeClass::rope_line,
         .options = {factor_option(),
                     {.name = "beta_fast",
                      .default_value = 32.0,
                      .minimum = 0.001,
                      .maximum = 1e6,
                      .choices = {},
                      .meaning = "pairs that turn more often than this within the train length stay as they are"},
                     {.name = "beta_slow",
                      .default_value = 1.0,
                      .minimum = 0.001,
                      .maximum = 1e6,
                      .choices = {},
                      .meaning = "pairs that turn less often than this are interpolated in full"},
                     {.name = "truncate",
                      .default_value = true,
                      .minimum = 0,
                      .maximum = 0,
                      .choices = {},
                      .meaning = "whether the ramp's ends are rounded outwards to whole pairs"},
                     {.name = "attention_factor",
                      .default_value = 0.0,
                      .minimum = 0,
                      .maximum = 100,
                      .choices = {},
                      .meaning = "factor of the cosine and sine tables; 0 means 0.1 ln(factor) + 1"}},
         .fused_attention = true,
         .limited_to_train_length = false,
         .source = "Peng et al. 2023, arXiv:2309.00071, definitions 2 and 3; ramp over the pair index",
         .parameters = no_parameters,
         .forward_flops = no_flops},
    };
}

}  // namespace

std::vector<SchemeInfo> make_position_table() {
    std::vector<SchemeInfo> table;
    for (const auto& part : {hand_made_schemes(), learned_schemes(), extensions()}) {
        table.insert(table.end(), part.begin(), part.end());
    }
    return table;
}

}  // namespace overtake
