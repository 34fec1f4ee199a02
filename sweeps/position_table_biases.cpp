// Schemes that add numbers to the logits by lag or by pair, whatever the content (H3), and temperatures (H5).
#include "sweeps/position_table.hpp"

namespace overtake {

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
         .blockwise = true,
         .source = "Raffel et al. 2019, arXiv:1910.10683, section 2.1; one table for all layers",
         .parameters = [](const ModelConfig& model, const Options& options,
                          std::int64_t) { return integer_option(options, "buckets") * model.heads; },
         .forward_flops = added_to_logits},
        {.name = "kerple-log",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::learned_form,
         .fused_attention = false,
         .blockwise = true,
         .source =
             "Chi et al. 2022, arXiv:2205.09921, equation 7: -p ln(1 + a r), p and a per head, one set for all layers",
         .parameters = [](const ModelConfig& model, const Options&, std::int64_t) { return 2 * model.heads; },
         .forward_flops = added_to_logits},
    };
}

}  // namespace overtake
