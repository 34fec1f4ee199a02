// Schemes without a place in attention: none, and those that add a table or a function to inputs (H1).
#include "sweeps/position_table.hpp"

namespace overtake {

std::vector<SchemeInfo> input_schemes() {
    SchemeOption beyond = beyond_option();
    beyond.later = true;
    return {
        {.name = "none",
         .kind = SchemeKind::hand_made,
         .scheme_class = SchemeClass::control,
         .blockwise = true,
         .source = "Haviv et al. 2022, arXiv:2203.16634: the causal mask is all"},
        {.name = "sinusoidal",
         .kind = SchemeKind::hand_made,
         .scheme_class = SchemeClass::control,
         .options = {later(choice("layout", "interleaved", {"interleaved", "halves", "halves-minus-one"},
                                  "interleaved: sin and cos in turn (the paper); halves: all sines first; halves-minus-one: so, and the "
                                  "slowest frequency is 1 / base")),
                     later(number("base", 10000, 1.000001, 1e12, "base of the frequencies base^(-2 j / width)"))},
         .blockwise = true,
         .source = "Vaswani et al. 2017, arXiv:1706.03762, section 3.5",
         .forward_flops = added_to_input},
        {.name = "learned",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::learned_form,
         .options = {beyond},
         .limited_to_train_length = true,
         .blockwise = true,
         .has_table = true,
         .whole_positions = true,
         .source = "Gehring et al. 2017, arXiv:1705.03122, section 3.1: a table of T rows",
         .parameters = [](const ModelConfig& model, const Options&, std::int64_t rows) { return rows * model.width; },
         .forward_flops = added_to_input},
        {.name = "fourier-features",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::learned_form,
         .options = {integer("features", 64, 2, 1 << 16, "cosines and sines, together; even numbers are used in full"),
                     integer("hidden", 32, 1, 1 << 16, "hidden width of the network behind them"),
                     number("gamma", 10, 1e-6, 1e9, "initial frequencies are normal with deviation 1 / gamma, radians per position")},
         .source = "Li et al. 2021, arXiv:2106.02795, section 3, for one dimension",
         .parameters =
             [](const ModelConfig& model, const Options& options, std::int64_t) {
                 const std::int64_t frequencies = integer_option(options, "features") / 2, hidden = integer_option(options, "hidden");
                 return frequencies + 2 * frequencies * hidden + hidden + hidden * model.width + model.width;
             },
         .forward_flops = added_to_input},
        {.name = "floater",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::learned_form,
         .options = {number("dt", 0.1, 1e-6, 1e6, "time that passes from one token to the next"),
                     integer("stride", 4, 1, 1024, "tokens per step of the integrator; between steps a cubic is laid")},
         .whole_positions = true,
         .source = "Liu et al. 2020, arXiv:2003.09229, section 3: p(t) of a neural ODE in every block",
         .parameters =
             [](const ModelConfig& model, const Options&, std::int64_t) {
                 return 2 * model.width * model.width + (3 + model.layers) * model.width;
             },
         .forward_flops = [](const ModelConfig& model, const Options&,
                             std::int64_t) { return static_cast<double>(model.layers * model.width); }},
    };
}

}  // namespace overtake
