#include "runner/data/prepare.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <system_error>

#include "runner/data/bpe.hpp"
#include "runner/data/gcide.hpp"
#include "runner/data/shard_writer.hpp"
#include "runner/data/split.hpp"
#include "runner/data/text_files.hpp"
#include "runner/data/token_sequence.hpp"
#include "sweeps/data_manifest.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {

namespace {

namespace fs = std::filesystem;

bool reads_shards_as_they_are(const DataConfig& data) {
    const auto is_shard = [](const std::string& name) { return fs::path(name).extension() == ".bin"; };
    if (data.corpus != "files" || std::none_of(data.shards.begin(), data.shards.end(), is_shard)) {
        return false;
    }
    if (!std::all_of(data.shards.begin(), data.shards.end(), is_shard)) {
        throw IoError(
            "cannot prepare a corpus of text files and token shards mixed (all shards must end in .bin, or none); "
            "turn the text into tokens first, or leave it out");
    }
    return true;
}

/// One line per source; the first word and number change when we clean or generate differently.
std::string sources_text(const DataConfig& data, const PrepareOptions& options) {
    if (data.corpus == "gcide") {
        return "gcide 1, " + options.dictionary.value_or(debian_gcide).string() + "\n";
    }
    if (data.corpus == "synthetic") {
        const SyntheticOptions synthetic = options.synthetic.value_or(SyntheticOptions{});
        return "synthetic 1, tokens " + std::to_string(synthetic.tokens) + ", seed " + std::to_string(synthetic.seed) +
               "\n";
    }
    std::string text = "files 1, vocabulary " + std::to_string(data.vocabulary) + "\n";
    for (const std::string& name : data.shards) {
        const MappedFile file(name);
        text += std::to_string(file.bytes().size()) + " " + std::to_string(file.modified_ns()) + " " + name + "\n";
    }
    return text;
}

fs::path sources_file(const DataConfig& data) {
    return corpus_folder(data) / "sources";
}

/// Whether what is there was made from the sources that are asked for. What the options leave open is as it was.
bool is_current(const DataConfig& data, const PrepareOptions& options) {
    std::ifstream stream(sources_file(data), std::ios::binary);
    const std::string recorded{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    const bool left_open =
        (data.corpus == "gcide" && !options.dictionary) || (data.corpus == "synthetic" && !options.synthetic);
    return left_open ? recorded.starts_with(data.corpus + " 1, ") : recorded == sources_text(data, options);
}

struct Text {
    TextStream stream;
    std::int64_t bytes = 0;
};

Text text_of(const DataConfig& data, const PrepareOptions& options) {
    if (data.corpus == "gcide") {
        const auto text = std::make_shared<const std::string>(
            clean_gcide(read_dictionary(options.dictionary.value_or(debian_gcide))));
        return {[text](const std::function<void(std::string_view)>& take) { take(*text); },
                static_cast<std::int64_t>(text->size())};
    }
    Text text{stream_text_files({data.shards.begin(), data.shards.end()})};
    for (const std::string& name : data.shards) {
        text.bytes += static_cast<std::int64_t>(fs::file_size(name));
    }
    return text;
}

std::unique_ptr<BpeTokenizer> write_tokens(const DataConfig& data, const PrepareOptions& options, ShardWriter& writer) {
    if (data.corpus == "synthetic") {
        writer.append(synthetic_tokens(options.synthetic.value_or(SyntheticOptions{}), data.vocabulary));
        return nullptr;
    }
    const Text text = text_of(data, options);
    if (data.tokenizer == "bytes") {
        text.stream([&writer](std::string_view piece) { writer.append_bytes(piece); });
        return nullptr;
    }
    const std::string model = train_bpe(text.stream, text.bytes, data.vocabulary);
    write_aside(corpus_folder(data) / "tokenizer.model", model);
    auto tokenizer = std::make_unique<BpeTokenizer>(model);
    text.stream([&](std::string_view piece) { writer.append(tokenizer->encode(piece)); });
    return tokenizer;
}

/// Mean bytes of text per held-out token; 0 where nobody knows.
double heldout_bytes_per_token(const DataConfig& data, const BpeTokenizer* tokenizer, const TokenSequence& sequence,
                               const Split& split) {
    if (tokenizer == nullptr) {
        return data.tokenizer == "bytes" && data.vocabulary == 256 ? 1.0 : 0.0;
    }
    std::vector<std::int64_t> piece_bytes, ids;
    for (std::int64_t id = 0; id < tokenizer->vocabulary(); ++id) {
        piece_bytes.push_back(tokenizer->piece_bytes(id));
    }
    std::int64_t bytes = 0;
    for (const Stretch& block : split.heldout) {
        ids.resize(static_cast<std::size_t>(block.size()));
        sequence.read(block.begin, ids);
        for (const std::int64_t id : ids) {
            bytes += piece_bytes[static_cast<std::size_t>(id)];
        }
    }
    return static_cast<double>(bytes) / static_cast<double>(split.heldout_tokens());
}

void find_vocabulary_problems(const DataConfig& data) {
    const std::string has = "vocabulary is " + std::to_string(data.vocabulary);
    if (data.corpus == "synthetic" && data.tokenizer != "bytes") {
        throw ConfigError({Problem{"data.tokenizer",
                                   "the synthetic language has tokens of its own (no text to train a tokenizer on); "
                                   "use tokenizer = \"bytes\""}});
    }
    if (data.corpus == "synthetic" && data.vocabulary < least_synthetic_vocabulary) {
        throw ConfigError({Problem{"data.vocabulary", has + " (the synthetic language needs at least 32); use 256"}});
    }
    if (data.corpus != "synthetic" && data.tokenizer == "bytes" && data.vocabulary < 256 &&
        !reads_shards_as_they_are(data)) {
        throw ConfigError({Problem{"data.vocabulary", has + " (bytes need 256); use 256"}});
    }
}

}  // namespace

std::vector<fs::path> corpus_shards(const DataConfig& data) {
    if (reads_shards_as_they_are(data)) {
        return {data.shards.begin(), data.shards.end()};
    }
    return {corpus_folder(data) / "tokens.bin"};
}

PreparedCorpus prepare_corpus(const DataConfig& data, const PrepareOptions& options) {
    const fs::path folder = corpus_folder(data);
    if (const auto manifest = find_data_manifest(data); manifest && manifest->vocabulary == data.vocabulary &&
                                                        is_current(data, options) &&
                                                        fs::exists(corpus_shards(data).front())) {
        return {*manifest, true};
    }
    find_vocabulary_problems(data);
    std::error_code problem;
    fs::create_directories(folder, problem);
    if (problem) {
        throw IoError("cannot make the folder '" + folder.string() + "' (" + problem.message() +
                      "); choose another with --folder or $OVERTAKE_DATA");
    }
    const std::string sources = sources_text(data, options);
    std::unique_ptr<BpeTokenizer> tokenizer;
    if (!reads_shards_as_they_are(data)) {
        ShardWriter writer(corpus_shards(data).front(), data.vocabulary);
        tokenizer = write_tokens(data, options, writer);
        split_corpus(writer.count());
        writer.finish();
    }
    const TokenSequence sequence(corpus_shards(data));
    const Split split = split_corpus(sequence.size());
    DataManifest manifest;
    manifest.corpus = data.corpus;
    manifest.tokenizer = data.tokenizer;
    manifest.vocabulary = data.vocabulary;
    manifest.digest = checked_digest(folder, sequence, data.vocabulary, split);
    manifest.train_tokens = split.train_tokens();
    manifest.heldout_tokens = split.heldout_tokens();
    manifest.bytes_per_token = heldout_bytes_per_token(data, tokenizer.get(), sequence, split);
    write_aside(sources_file(data), sources);
    write_data_manifest(data, manifest);
    return {manifest, false};
}

}  // namespace overtake
