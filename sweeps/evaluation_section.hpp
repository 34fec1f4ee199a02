// Section [evaluation] of a sweep file: lengths, sliding windows, tasks, block-wise evaluation.
#pragma once

#include "sweeps/section_reader.hpp"
#include "sweeps/settings.hpp"

namespace overtake {

/// Fills settings.evaluation and settings.lengths; complains about what is wrong.
void read_evaluation(SectionReader& section, Settings& settings, Complaints& complaints);

}  // namespace overtake
