// record.h5: what a finished stage found, written once.
#pragma once

#include <optional>
#include <string_view>

#include "sweeps/results/records.hpp"
#include "sweeps/sweep_folder.hpp"

namespace overtake {

/// Written aside, flushed, fsynced, renamed, its folder fsynced. Throws Hdf5Error or IoError.
void write_record(const SweepFolder& folder, const StageRecord& record);

/// nullopt if there is none or its checksum fails (then the stage counts as not done).
std::optional<StageRecord> read_record(const SweepFolder& folder, std::string_view stage_id);

/// Status without reading the curve; nullopt as above.
std::optional<StageStatus> read_record_status(const SweepFolder& folder, std::string_view stage_id);

}  // namespace overtake
