// Which schemes of a study share the irreducible loss E, or whatever else they are asked to share.
#pragma once

#include <string>
#include <vector>

#include "analysis/joint_fit.hpp"
#include "analysis/scheme_law.hpp"

namespace overtake {

enum class SharedFloor { by_test, always, never };

/// p-values of the test: below the second laws are separate; between the two they share, but it is in doubt. The first trades coverage where E
/// differ against width where they do not (METHODS.md has both measured).
constexpr double perhaps_unequal = 0.2, surely_unequal = 1e-3;

struct FloorDecision {
    SharedTest test;
    bool shared = false;
    std::vector<SharingModel> models;    // the ways of sharing, if they were to be compared, for members and their separate fits
    std::vector<std::size_t> members;    // schemes that share E; empty if not shared
    std::vector<std::string> left_out;   // schemes whose law stays degenerate even with a shared E: they keep their own
};

/// Fits all `usable` schemes with what `sharing` says in common (one E by default), unless the test or the options forbid it, and puts the joint laws into `schemes`. A scheme
/// that stays degenerate (an exponent outside 0.02 .. 3) would bend everybody's E, so it is taken out and the rest is fitted again.
FloorDecision share_floor(std::vector<SchemeLaw>& schemes, std::vector<std::size_t> usable, SharedFloor wish, const FitOptions& options, const Sharing& sharing,
                          bool compare_ways);

}  // namespace overtake
