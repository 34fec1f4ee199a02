// Schemes without a place in attention: none, and those that add a table or a function to the input (H1).
#include "sweeps/position_table.hpp"

namespace overtake {

std::vector<SchemeInfo> input_schemes() {
    return {
        {.name = "none",
         .kind = SchemeKind::hand_made,
         .scheme_class = SchemeClass::control,
         .blockwise = true,
         .source = "Haviv et al. 2022, arXiv:2203.16634: the causal mask is all"},
        {.name = "sinusoidal",
         .kind = SchemeKind::hand_made,
         .scheme_class = SchemeClass::control,
         .blockwise = true,
         .source = "Vaswani et al. 2017, arXiv:1706.03762, section 3.5, interleaved",
         .options = {later(choice("layout", "interleaved", {"interleaved", "halves", "halves-minus-one"},
                                  "interleaved: sin and cos in turn (the paper); halves: all sines first; halves-minus-one: so, and the "
                                  "slowest frequency is 1 / base")),
                     later(number("base", 10000, 1.000001, 1e12, "base of the frequencies base^(-2 j / width)"))},
         .source = "Vaswani et al. 2017, arXiv:1706.03762, section 3.5",
         .forward_flops = added_to_input},
        {.name = "learned",
         .kind = SchemeKind::learned,
         .scheme_class = SchemeClass::learned_form,
         .limited_to_train_length = true,
         .blockwise = true,
         .source = "Gehring et al. 2017, arXiv:1705.03122, section 3.1: a table of T rows",
         .parameters = [](const ModelConfig& model, const Options&,
                          std::int64_t train_length) { return train_length * model.width; },
         .forward_flops = added_to_input},
    };
}

}  // namespace overtake
