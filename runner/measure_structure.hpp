// The task "structure": what training made of a scheme's positions, and what it costs to put a simple stand-in in their place.
#pragma once

#include <functional>
#include <vector>

#include "models/gpt.hpp"
#include "sweeps/results/records.hpp"

namespace overtake {

/// Rows of one trained model at its train length T. `window_losses` answers the mean loss of each held-out window with the model as it
/// is then; it is called once per stand-in, and every rank of the team must come along. The model is left as it was.
///
/// Metrics; a number under chance is beside its value as .null-low and .null-high (models/position/table_structure.hpp):
///     table.line-share-K, table.flatness, table.toeplitz, table.effective-rank    of a table by position
///     table.grid-base, table.grid-residual-octaves       of the strongest frequency of each channel
///     frequencies.S.base, .residual-octaves, .moved-octaves, .J     of each trained set S and its pairs J (radians per position)
///     bias.L.N.FAMILY.bic, .held-out-r2                  of layer L and head N, BIC above the best family's
///     bias.L.N.at-R                                      bias at lag R less that at lag 0
///     swap.NAME                                          loss with the stand-in less loss without [nats per token], over windows
std::vector<TaskResult> measure_structure(Gpt& model, std::int64_t train_length,
                                          const std::function<std::vector<double>()>& window_losses);

}  // namespace overtake
