#include "sweeps/data_manifest.hpp"

#include <fstream>
#include <nlohmann/json.hpp>

#include "sweeps/canonical_text.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {

std::filesystem::path corpus_folder(const DataConfig& data) {
    std::string name = data.corpus + "-" + data.tokenizer;
    if (data.tokenizer == "bpe") {
        name += "-" + to_text(data.vocabulary);
    }
    if (data.corpus == "files") {
        std::string list;
        for (const std::string& shard : data.shards) {
            list += shard + "\n";
        }
        name += "-" + sha256_hex(list, 8);
    }
    if (data.recall_share > 0) {
        CanonicalText recall;
        recall.set("distances", data.recall_distances);
        recall.set("share", data.recall_share);
        name += "-recall-" + sha256_hex(recall.text("recall"), 8);
    }
    return std::filesystem::path(data.folder) / name;
}

std::optional<DataManifest> find_data_manifest(const DataConfig& data) {
    const std::filesystem::path file = corpus_folder(data) / "manifest.json";
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) {
        return std::nullopt;
    }
    try {
        std::ifstream in(file);
        const nlohmann::json json = nlohmann::json::parse(in);
        return DataManifest{.corpus = json.at("corpus").get<std::string>(),
                            .tokenizer = json.at("tokenizer").get<std::string>(),
                            .digest = json.at("digest").get<std::string>(),
                            .vocabulary = json.at("vocabulary").get<std::int64_t>(),
                            .train_tokens = json.at("train_tokens").get<std::int64_t>(),
                            .heldout_tokens = json.at("heldout_tokens").get<std::int64_t>(),
                            .bytes_per_token = json.at("bytes_per_token").get<double>()};
    } catch (const nlohmann::json::exception& error) {
        throw IoError("could not read the data manifest " + file.string() + ": " + error.what() +
                      "; prepare the corpus again with `overtake data`");
    }
}

void write_data_manifest(const DataConfig& data, const DataManifest& manifest) {
    const nlohmann::json json{{"corpus", manifest.corpus},
                              {"tokenizer", manifest.tokenizer},
                              {"digest", manifest.digest},
                              {"vocabulary", manifest.vocabulary},
                              {"train_tokens", manifest.train_tokens},
                              {"heldout_tokens", manifest.heldout_tokens},
                              {"bytes_per_token", manifest.bytes_per_token}};
    write_aside(corpus_folder(data) / "manifest.json", json.dump(2) + "\n");
}

}  // namespace overtake
