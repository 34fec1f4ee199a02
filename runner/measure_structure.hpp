// The task "structure": what training made of a scheme's positions, and what it costs to put a simple stand-in in their place.
#pragma once

#include <vector>

#include "runner/structure_findings.hpp"

namespace overtake {

struct LearnedStructure {
    std::vector<TaskResult> rows;         // single numbers
    std::vector<StructureSeries> series;  // curves; kinds in sweeps/results/FORMAT.md
};

/// Of one trained model of that shape, at its train length T. `text.losses` is called once per stand-in. The model is left as it was.
///
/// Metrics; a number under chance is beside its value as .null-low and .null-high (models/position/table_structure.hpp):
///     SOURCE.line-share-K, .flatness, .toeplitz, .effective-rank    of a table by position (SOURCE table, attention-input) or of vectors
///         by lag (keys, queries, values); means over layers where each has its own, those under layer.L.SOURCE. ...
///     table.grid-base, table.grid-residual-octaves       of the strongest frequency of each channel
///     frequencies.S.base, .residual-octaves, .moved-octaves, .J     of each trained set S and its pairs J (radians per position)
///     waves.S.count                                      of FoPE: exp(entropy) of the shares of its waves in a pair, mean over pairs
///     strength.PART.L                                    of the parts of universal
///     bias.L.N.FAMILY.bic, .held-out-r2                  of layer L (0 if all share it) and head N, BIC above the best family's
///     bias.L.N.at-R                                      bias at lag R less that at lag 0
///     bias-toeplitz                                      of biases by pair, and by content: mean share of their variance that the lag explains
///     gate.NAME.median, .spread                          of what content sets: means over layers and heads of the median, and of the 95th less
///                                                        the 5th percentile
///     temperature, layer.L.temperature.N                 factor of the logits at T visible keys over ln T
///     best-family.FAMILY                                 share of the heads that it fits best
///     swap.mean-over-lag                                 the price of biases by pair or by content for their means over the lag: what
///                                                        more than the lag is worth
///     swap.NAME                                          loss with the stand-in less loss without [nats per token], over windows
LearnedStructure measure_structure(Gpt& model, const ModelConfig& shape, std::int64_t train_length, const StructureText& text);

}  // namespace overtake
