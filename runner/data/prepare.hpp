// From what a sweep asks for to tokens on disk: text, tokenizer, shard, split, manifest.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "runner/data/linux_source.hpp"
#include "runner/data/marks.hpp"
#include "runner/data/split.hpp"
#include "runner/data/synthetic.hpp"
#include "sweeps/specification.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

/// What a sweep file doesn't say. Unset: the default, or whatever a prepared corpus was made with.
struct PrepareOptions {
    std::optional<std::filesystem::path> dictionary;  // gcide: the .dict.dz (or plain .dict) file
    std::optional<LinuxOptions> source;               // linux
    std::optional<SyntheticOptions> synthetic;        // vocabulary comes from DataConfig
};

struct PreparedCorpus {
    DataManifest manifest;
    bool was_there = false;  // nothing had to be done
};

/// Prepares the corpus in corpus_folder(data) unless it is there already, made from the same sources. Everything is
/// written aside and renamed, the manifest last; two processes that prepare at once write the same bytes. Throws
/// IoError in words (no dictionary, empty text, SentencePiece missing), ConfigError for a vocabulary that can't be.
PreparedCorpus prepare_corpus(const DataConfig& data, const PrepareOptions& options = {});

/// Shards of a prepared corpus in order: the files of a "files" corpus as they are if they are *.bin, else our own.
std::vector<std::filesystem::path> corpus_shards(const DataConfig& data);

/// What is held out: whole documents where the corpus knows them, blocks otherwise and of the synthetic language.
Split corpus_split(const DataConfig& data, std::int64_t total, const CorpusMarks& marks);

}  // namespace overtake
