// How much compute one scheme needs for the loss that another reaches with a given compute.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analysis/gap_path.hpp"

namespace overtake {

/// For every C that the challenger spends: log10 of C_baseline / C, where C_baseline gives the baseline the same loss. Above 0 the challenger
/// saves compute; +inf where the baseline never gets there. The band holds at all C at once (sup-t over the draws).
struct EffectiveCompute {
    std::vector<double> log10_flops, log10_multiplier, low, high;
    bool empty() const { return log10_flops.empty(); }
};

EffectiveCompute effective_compute(const GapPath& path, std::span<const double> log10_flops, double confidence);

/// "At C = 10^18.2 FLOPs rope needs 12 % more FLOPs than learned for the same loss [8 %, 16 %]." of the last point; "" if there is none.
std::string effective_compute_sentence(const EffectiveCompute& curve, const std::string& baseline, const std::string& challenger, double confidence,
                                       const std::string& unit = "FLOPs");

}  // namespace overtake
