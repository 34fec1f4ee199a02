// The manifest that `overtake data` leaves beside a prepared corpus: what stage ids and plans need to know of the data.
#pragma once

#include <filesystem>
#include <optional>

#include "sweeps/specification.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

/// Folder of the prepared corpus: data.folder / "<corpus>-<tokenizer>" ("gcide-bytes", "gcide-bpe-4096"; for corpus =
/// "files" a short hash of the shard list follows; for planted recall one of its share and distances).
std::filesystem::path corpus_folder(const DataConfig& data);

/// corpus_folder(data) / "manifest.json", or nullopt if it is absent. Throws IoError if it is there and can't be read.
std::optional<DataManifest> find_data_manifest(const DataConfig& data);

/// Written aside and renamed.
void write_data_manifest(const DataConfig& data, const DataManifest& manifest);

}  // namespace overtake
