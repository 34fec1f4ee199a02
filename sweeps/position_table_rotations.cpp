// Schemes that transform queries and keys (H2): RoPE, its relatives, and what is learned in its form.
#include "sweeps/position_table.hpp"

namespace overtake {

std::vector<SchemeInfo> rotation_schemes() {
    return {
        {.name = "rope",
         .kind = SchemeKind::hand_made,
         .scheme_class = SchemeClass::rope_line,
         .options = {base_option(),
                     later(choice("layout", "half", {"half", "interleaved"},
                                  "half: channels j and j + d/2 are a pair; interleaved: channels 2 j and 2 j + 1"))},
         .blockwise = true,
         .rotary = true,
         .source = "Su et al. 2021, arXiv:2104.09864, equation 34; pairs (j, j + d/2)",
         .forward_flops = rotated_queries_and_keys},
        {.name = "rope-interleaved",
         .kind = SchemeKind::hand_made,
         .scheme_class = SchemeClass::rope_line,
         .options = {base_option()},
         .blockwise = true,
         .rotary = true,
         .source = "Su et al. 2021, arXiv:2104.09864, equation 34; pairs (2 j, 2 j + 1)",
         .forward_flops = rotated_queries_and_keys},
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
         .blockwise = true,
         .rotary = true,
         .source = "RoPE (arXiv:2104.09864, equation 34) with ln theta_j trained, from RoPE's values",
         .parameters =
             [](const ModelConfig& model, const Options& options, std::int64_t) {
                 const std::string share = string_option(options, "share");
                 const std::int64_t sets = share == "all"     ? 1
                                           : share == "layer" ? model.layers
                                                              : model.layers * model.heads;
                 return sets * (model.head_width() / 2);
             },
         .forward_flops = rotated_queries_and_keys},
    };
}

}  // namespace overtake
