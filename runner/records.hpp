// A stage's record as its team leaves it.
#pragma once

#include "runner/say.hpp"
#include "runner/stage_work.hpp"
#include "sweeps/results/records.hpp"

namespace overtake {

/// A record with identity, status and provenance filled in; curve and evaluations are the caller's. `seconds`: all attempts.
StageRecord begin_record(const StageWork& work, const StageResult& result, double seconds);

/// Writes it durably. Throws IoError or Hdf5Error.
void keep_record(const StageWork& work, const StageRecord& record);

}  // namespace overtake
