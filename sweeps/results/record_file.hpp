// record.h5: what a finished stage found, written once.
#pragma once

#include <optional>
#include <string_view>

#include "sweeps/results/records.hpp"
#include "sweeps/sweep_folder.hpp"

namespace overtake {

/// Written aside, flushed, fsynced, renamed, its folder fsynced. A reason longer than 2000 bytes is cut. Throws Hdf5Error or IoError.
void write_record(const SweepFolder& folder, const StageRecord& record);

/// The same where several may have done the stage: the first record stays, unless it is damaged.
void write_record_once(const SweepFolder& folder, const StageRecord& record);

/// nullopt if there is none or its checksum fails (then the stage counts as not done).
std::optional<StageRecord> read_record(const SweepFolder& folder, std::string_view stage_id);

/// Its status; nullopt as above. Verifies the whole record, so that this and read_record() never disagree (half a millisecond).
std::optional<StageStatus> read_record_status(const SweepFolder& folder, std::string_view stage_id);

}  // namespace overtake
