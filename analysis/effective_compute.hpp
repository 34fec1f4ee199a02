// How much compute one scheme needs for the loss that another reaches with a given compute.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analysis/band.hpp"
#include "analysis/gap_path.hpp"

namespace overtake {

/// For every C that the challenger spends: log10 of C_baseline / C, where C_baseline gives the baseline the same loss. Above 0 the challenger
/// saves compute; +inf where the baseline never gets there. An end of the band is infinite where it lies more than three decades from C.
struct EffectiveCompute {
    std::vector<double> log10_flops, log10_multiplier, low, high;
    bool empty() const { return log10_flops.empty(); }
};

/// `of_gap` is the sup-t band of the gap at the same computes. A multiplier lies within where the baseline's loss at that compute is not told from the
/// challenger's at C: the band of the gap, inverted, with its critical value and its spread times the ratio of the standard errors there and at C (as in
/// Fieller 1954). So 1 lies within exactly where the gap's band holds 0.
EffectiveCompute effective_compute(const GapPath& path, std::span<const double> log10_flops, const SimultaneousBand& of_gap);

/// "At C = 10^18.2 FLOPs rope needs 12 % more FLOPs than learned for the same loss [8 %, 16 %]." of the last point; "" if there is none.
std::string effective_compute_sentence(const EffectiveCompute& curve, const std::string& baseline, const std::string& challenger, double confidence,
                                       const std::string& unit = "FLOPs");

}  // namespace overtake
