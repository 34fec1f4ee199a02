// state.h5: the newest checkpoint of a stage, with its curve, so that the two can't disagree.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sweeps/results/records.hpp"
#include "sweeps/sweep_folder.hpp"

namespace overtake {

/// Writes state.h5 aside, flushes, fsyncs, keeps the file before as state.previous.h5, renames, fsyncs the folder.
/// Throws Hdf5Error or IoError (disk full shows at flush and close, which are checked); then the file before is untouched.
void write_state(const SweepFolder& folder, const StageState& state);

struct LoadedState {
    StageState state;
    std::string warning;   // not empty: state.h5 was damaged and this is the one before; says so in words
};

/// The newest state whose checksum holds; nullopt if there is none.
std::optional<LoadedState> read_state(const SweepFolder& folder, std::string_view stage_id);

/// The state of that step, whichever of the two it is: a member of a job array that lost the stage may have put one older checkpoint over
/// the last.
std::optional<LoadedState> read_state_at(const SweepFolder& folder, std::string_view stage_id, std::int64_t step);

/// Whether one of the two, by its header, is the state in which the stage ended: of that step, and of a search with a model's weights but no moments.
/// Its checksum is left to whoever reads it. Quick; never throws.
bool has_end_state(const SweepFolder& folder, std::string_view stage_id, std::int64_t end_step, bool is_search);

/// Puts each state of a stage that is damaged (the system gives its bytes, no newer program wrote it, and it is no state) aside, under a name that nobody
/// looks for: what is left counts, which may be the one before, or none. False if there was no such file.
bool set_damaged_states_aside(const SweepFolder& folder, std::string_view stage_id);

/// Removes both states of a stage; absent files are no error.
void remove_states(const SweepFolder& folder, std::string_view stage_id);

}  // namespace overtake
