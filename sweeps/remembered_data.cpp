#include "sweeps/remembered_data.hpp"

#include <tuple>

#include "sweeps/errors.hpp"

namespace overtake {

namespace {

/// The same corpus, looked for inside the sweep folder: there is its manifest alone, under the same name.
DataConfig within(const SweepFolder& folder, DataConfig data) {
    data.folder = folder.corpora().string();
    return data;
}

bool give_the_same_bits(const DataManifest& a, const DataManifest& b) {
    return std::tie(a.digest, a.vocabulary, a.train_tokens, a.heldout_tokens) ==
           std::tie(b.digest, b.vocabulary, b.train_tokens, b.heldout_tokens);
}

std::string in_words(const DataManifest& manifest) {
    return "digest " + manifest.digest + ", vocabulary " + std::to_string(manifest.vocabulary) + ", " +
           std::to_string(manifest.train_tokens) + " training tokens";
}

}  // namespace

SpecificationContext data_of(const SweepFolder& folder) {
    return {.find_manifest = [folder](const DataConfig& data) {
        const std::optional<DataManifest> remembered = find_data_manifest(within(folder, data));
        const std::optional<DataManifest> at_hand = find_data_manifest(data);
        if (remembered && at_hand && !give_the_same_bits(*remembered, *at_hand)) {
            throw IoError("cannot use sweep folder '" + folder.root.string() + "' with the corpus in '" +
                          corpus_folder(data).string() + "' (the folder was begun on " + in_words(*remembered) +
                          ", and the corpus has " + in_words(*at_hand) +
                          "); point OVERTAKE_DATA or data.folder at the corpus that it was begun on, or at an empty "
                          "folder to only "
                          "look at the sweep, or begin a new sweep folder with --in");
        }
        return remembered ? remembered : at_hand;
    }};
}

void remember_data(const SweepFolder& folder, const DataConfig& data, const DataManifest& manifest) {
    const std::optional<DataManifest> there = find_data_manifest(within(folder, data));
    if (!there || !give_the_same_bits(*there, manifest) || there->bytes_per_token != manifest.bytes_per_token) {
        write_data_manifest(within(folder, data), manifest);
    }
}

}  // namespace overtake
