// Extensions: what makes a trained model fit for contexts beyond its train length. Same cost, nothing to train.
#include "sweeps/position_table.hpp"

namespace overtake {

std::vector<SchemeInfo> extensions() {
    return {
        {.name = "pi",
         .kind = SchemeKind::extension,
         .scheme_class = SchemeClass::rope_line,
         .options = {factor_option()},
         .source = "Chen et al. 2023, arXiv:2306.15595, equation 3: theta_j / factor"},
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
         .source = "Peng et al. 2023, arXiv:2309.00071, definitions 2 and 3; ramp over the pair index"},
        {.name = "clamp",
         .kind = SchemeKind::extension,
         .scheme_class = SchemeClass::learned_form,
         .has_table = true,
         .source = "positions or lags beyond a learned table use its last row"},
        {.name = "interpolate",
         .kind = SchemeKind::extension,
         .scheme_class = SchemeClass::learned_form,
         .options = {factor_option()},
         .has_table = true,
         .source = "position interpolation (Chen et al. 2023, arXiv:2306.15595, equation 3) of a learned table: row p / factor, "
                   "linear between rows, the last row beyond"},
    };
}

}  // namespace overtake
