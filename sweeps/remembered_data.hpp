// What a sweep folder remembers of its corpora, so that its stages have names where the corpora aren't at hand.
#pragma once

#include "sweeps/data_manifest.hpp"
#include "sweeps/specification.hpp"
#include "sweeps/sweep_folder.hpp"

namespace overtake {

/// Where the specification of a sweep folder takes its manifests from: what the folder remembers, else the corpus at
/// hand. It throws IoError, naming both digests and the cure, if both are there and would give different bits. The
/// folder need not exist.
SpecificationContext data_of(const SweepFolder& folder);

/// Keeps a copy of the manifest in the folder, durably. Call it before the folder's first stage runs.
void remember_data(const SweepFolder& folder, const DataConfig& data, const DataManifest& manifest);

}  // namespace overtake
