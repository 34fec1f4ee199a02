// Whether the replicas of a team still hold the same bits, and whose host is to be suspected when numbers differ that must not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runner/arena.hpp"
#include "runner/gradient_sum.hpp"

namespace overtake {

/// 64 bits over the bits of weights and moments; any single bit that flips changes it. One pass over the three on their device.
std::uint64_t replica_hash(const Arena& arena);

/// What one rank of a team says.
struct Testimony {
    std::uint64_t value = 0;
    std::string host;
};

/// The testimonies of all ranks, in their order. Every rank of the team must call.
std::vector<Testimony> hear_all(const Team& team, std::uint64_t value);

/// "rank 2 of the team on node7" for those whose value is not that of more than half; all of them if no value is.
std::string suspects_among(const std::vector<Testimony>& testimonies);

/// The same for those whose value is not 0, whatever their number.
std::string name_the_flagged(const std::vector<Testimony>& testimonies);

/// Whether all ranks of the team say the same. Every rank must call; all get the same answer.
bool is_alike(const Team& team, std::uint64_t value);

/// nullopt if all replicas hold the same bits; else why the stage can't go on, with the suspects. Every rank of the team must call; all
/// get the same words.
std::optional<std::string> find_unlike_replica(const Arena& arena, const Team& team);

/// Equal bits; two NaN are equal whatever they carry.
bool same_number(float a, float b);

}  // namespace overtake
