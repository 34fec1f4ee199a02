// How many numbers of a position scheme people fixed by hand: the abscissa of the bitter-lesson figure.
#pragma once

#include <string_view>

namespace overtake {

/// Numbers that people chose, that the scheme's function of position depends on, and that training leaves as they are, at the entry's defaults:
/// - every number among the options of its entry (sweeps/position_table_*), each once however many heads or layers use it;
/// - less those that only say where a trained number starts, or how large a trained part is (widths, ranks), and those that are off by default;
/// - plus numbers that its formula has without an option (alibi's slopes 2^(-8 h / H): the 8; xpos's 0.4 and 1.4).
/// What the trial gives (train length, context, widths of the model) and choices between forms (layouts) do not count.
/// `scheme` is named as in results: "rope+yarn-x4-tuned-2%" is the sum of its parts. -1 if a part is unknown.
int hand_fixed_constants(std::string_view scheme);

}  // namespace overtake
