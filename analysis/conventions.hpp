// What N and C count: the same points under several conventions, to see whether a verdict hangs on one.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analysis/observations.hpp"

namespace overtake {

/// N: without embeddings and position parameters; with position parameters; all trained numbers. Which one is taken moved the exponent of N*
/// from .73 to .5 between two famous papers (Pearce and Song 2024, arXiv:2406.12907).
enum class ParameterCount { backbone, with_position, total };
enum class ComputeCount { exact, six_nd, seconds };  // six_nd: 6 N D with the same N; seconds: see solo_seconds.hpp

struct Convention {
    ParameterCount parameters = ParameterCount::backbone;
    ComputeCount compute = ComputeCount::exact;
    bool operator==(const Convention&) const = default;
};

/// "backbone/exact", as the command line and JSON call it.
std::string name_of(const Convention& convention);
/// "N without embeddings, exact C".
std::string words_of(const Convention& convention);
/// Throws ConfigError for a name that is none.
Convention parse_convention(const std::string& name);

/// Those that the points have the counts for, the default first: backbone/exact, backbone/6nd, position/exact, total/exact, total/6nd. A table without
/// such counts has its own N as `backbone`, and 6 N D alone if it has no FLOPs. Seconds are no count of the same thing, hence not among them.
std::vector<Convention> conventions_of(std::span<const Observation> observations);

/// The points with N and C counted so, seconds apart. A point that lacks a count keeps what it has.
std::vector<Observation> count_by(std::span<const Observation> observations, const Convention& convention);

}  // namespace overtake
