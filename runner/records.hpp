// A stage's record as its team leaves it.
#pragma once

#include "runner/say.hpp"
#include "runner/stage_work.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/results/records.hpp"

namespace overtake {

/// A record with identity, status and provenance filled in; curve and evaluations are the caller's. `seconds`: all attempts.
StageRecord begin_record(const StageWork& work, const StageResult& result, double seconds);

/// The sweep folder doesn't take what a stage found (a full disk, a folder that became read-only). That is no stage's fault and goes into no record:
/// the program ends, and what it did since the newest checkpoints is done again.
class FolderRefused : public IoError {
  public:
    using IoError::IoError;
};

/// Writes it durably; among members of a job array the first record of a stage stays, and who lost the stage leaves no failure. Throws FolderRefused.
void keep_record(const StageWork& work, const StageRecord& record);
/// The same for the state at a stage's end.
void keep_state(const StageWork& work, const StageState& state);

}  // namespace overtake
