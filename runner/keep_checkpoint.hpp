// A checkpoint on the way to a stage's end, as its team leaves it.
#pragma once

#include "runner/stage_work.hpp"
#include "sweeps/results/records.hpp"

namespace overtake {

/// Writes it durably. Who lost the stage to another member of a job array leaves none: others are further. Throws IoError or Hdf5Error.
void keep_checkpoint(const StageWork& work, const StageState& state);

}  // namespace overtake
