// The sum of a step's gradients over shards and ranks: one balanced tree, the same bits for every width (design 7).
#pragma once

#include <cstdint>
#include <vector>

#include <ATen/ATen.h>

#include "cluster/comm/device_group.hpp"
#include "cluster/comm/process_group.hpp"
#include "runner/arena.hpp"

namespace overtake {

/// The ranks that run one stage, on hosts and, where there are GPUs, on devices.
struct Team {
    ProcessGroup group;        // empty: one rank
    DeviceGroup device_group;  // empty on a CPU; else the same ranks, and gradients are summed through it
    int rank() const { return group.rank(); }
    int width() const { return group.size(); }
};

/// Sums the parts of one step. Per step: for each local shard in order, backward adds into the zeroed arena, then
/// `add_shard()`; at the end `reduce()`. The tree's leaves are the shards in batch order, its inner nodes left + right.
class GradientSum {
  public:
    /// local_shards: a power of two. `deterministic`: the tree between ranks too; otherwise one all-reduce.
    GradientSum(Arena& arena, const Team& team, std::int64_t local_shards, bool deterministic);

    /// Zeroes the arena and its tail for the next shard.
    void begin_shard();
    /// Takes the arena's content as the next leaf. After the last local shard the arena holds their sum.
    void add_shard();
    /// Sums the arena, tail included, over the team. Every rank of the team must call.
    void reduce();

  private:
    Arena& arena_;
    const Team& team_;
    std::int64_t local_shards_, next_ = 0;
    bool deterministic_;
    std::vector<at::Tensor> levels_;  // spare arenas, one per level of the local tree
    at::Tensor scratch_;              // for the exchange between ranks
};

}  // namespace overtake
