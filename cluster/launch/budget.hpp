// What a sweep takes of disk and memory, estimated from the shapes alone.
#pragma once

#include <vector>

#include "cluster/launch/sweep_view.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

/// Bytes of one checkpoint: weights and both moments in fp32, and the curve so far.
double state_bytes(const Stage& stage);

/// Most disk that the stages without a record will hold at once under `keep`: two checkpoints are kept of a stage; trunk segments
/// stay under "trunks" and "all", cooldowns under "all"; the others only while up to `ranks` of them are open. Records come on top.
double disk_bytes(const SweepView& view, std::int64_t ranks);

/// Most memory of one rank: arenas, spare arenas of the deterministic tree, activations of one shard. An estimate, within about 2 x.
double memory_bytes_per_rank(const SweepView& view);

struct Machine {
    double free_disk_bytes = -1;     // of the file system of the sweep folder; < 0: unknown
    double memory_bytes = -1;        // < 0: unknown
};
Machine machine_here(const std::filesystem::path& folder);

/// What can't fit, each with the number and a way out; empty if all does. Memory counts on a CPU only.
std::vector<Problem> problems_of_fit(const SweepView& view, std::int64_t ranks, const Machine& machine);

}  // namespace overtake
