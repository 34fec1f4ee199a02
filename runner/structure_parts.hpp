// The parts of a scheme that the task "structure" looks at, one function each; a scheme without such a part adds nothing.
#pragma once

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "runner/structure_findings.hpp"

namespace overtake {

/// Tables by position (what a scheme adds to the input, TUPE's) and trained vectors by lag.
void measure_tables(StructureFindings& findings);

/// Trained frequencies of rotations, and strengths of universal's parts.
void measure_frequencies(StructureFindings& findings);

/// Rotations whose frequencies are no parameters: FoPE's sums of waves, PoPE's phases, the paces of selective-rope.
void measure_waves(StructureFindings& findings);

/// Biases that depend on positions alone, over the lag, of every layer and head that has its own.
void measure_biases(StructureFindings& findings);

/// What content decides: biases over the lag, their mean and spread; gates; and temperatures.
void measure_content(StructureFindings& findings);

/// Biases by lag, fp64 on the host, of the layers that have their own; shared: one for all. Where more than the lag counts: means.
struct LagBiases {
    std::string source = "bias";  // or "content"
    bool shared = false, means = false;
    std::vector<at::Tensor> by_layer_NT;
};

/// Fits every head of every layer, and prices the fits, and the means where these are no biases themselves, in the biases' place.
void fit_and_price(StructureFindings& findings, const LagBiases& biases);

/// 0 to 8, then so many a doubling, to the last: fewer where there are many curves.
at::Tensor drawn_lags(std::int64_t length, std::int64_t curves);

/// Sets of frequencies in the order of layers, then heads, [sets, pairs], and how many layers and heads have their own.
struct FrequencySets {
    at::Tensor theta_SJ;
    std::int64_t layers = 1, heads = 1;
    std::int64_t layer(std::int64_t set) const { return layers > 1 ? set / heads : -1; }
    std::int64_t head(std::int64_t set) const { return heads > 1 ? set % heads : -1; }
};

/// Curves and numbers of each set, and how much queries and keys make of its pairs in held-out text.
void describe_frequencies(StructureFindings& findings, const FrequencySets& sets, const at::Tensor& start_J);

}  // namespace overtake
