#include "runner/data/prepare.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <system_error>

#include "runner/data/bpe.hpp"
#include "runner/data/corpus_text.hpp"
#include "runner/data/marks.hpp"
#include "runner/data/recall.hpp"
#include "runner/data/shard_writer.hpp"
#include "runner/data/split.hpp"
#include "runner/data/token_sequence.hpp"
#include "sweeps/data_manifest.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {

namespace {

namespace fs = std::filesystem;

bool reads_shards_as_they_are(const DataConfig& data) {
    const auto is_shard = [](const std::string& name) { return fs::path(name).extension() == ".bin"; };
    if (data.corpus != "files" || !data.has_token_shards()) {
        return false;
    }
    if (!std::all_of(data.shards.begin(), data.shards.end(), is_shard)) {
        throw IoError(
            "cannot prepare a corpus of text files and token shards mixed (all shards must end in .bin, or none); "
            "turn the text into tokens first, or leave it out");
    }
    return true;
}

fs::path sources_file(const DataConfig& data) {
    return corpus_folder(data) / "sources";
}

/// Whether what is there was made from the sources that are asked for.
bool is_current(const DataConfig& data, const PrepareOptions& options) {
    std::ifstream stream(sources_file(data), std::ios::binary);
    const std::string recorded{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    return same_sources(recorded, data, options);
}

struct Written {
    std::unique_ptr<BpeTokenizer> tokenizer;  // null: none was needed
    CorpusMarks marks;
};

/// Passes tokens on to the shard, through the planter where recall is asked for.
class MarkedWriter {
  public:
    MarkedWriter(const DataConfig& data, ShardWriter& writer, RecallPlanter::Encode encode) : writer_(writer) {
        if (data.recall_share > 0) {
            planter_.emplace(data.recall_share, data.recall_distances, std::move(encode),
                             [this](std::span<const std::int64_t> ids) { writer_.append(ids); });
        }
    }

    void begin_document() {
        starts_.push_back(writer_.count());
        if (planter_) {
            planter_->begin_document();
        }
    }

    void append(std::span<const std::int64_t> ids) { planter_ ? planter_->append(ids) : writer_.append(ids); }

    void append_bytes(std::string_view bytes) {
        constexpr std::size_t piece = 1 << 16;
        if (!planter_) {
            return writer_.append_bytes(bytes);
        }
        for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
            planter_->append(byte_ids(bytes.substr(0, piece)));
        }
    }

    static std::vector<std::int64_t> byte_ids(std::string_view bytes) {
        const auto* begin = reinterpret_cast<const unsigned char*>(bytes.data());
        return {begin, begin + bytes.size()};
    }

    /// A single document has no boundaries to speak of.
    CorpusMarks marks() && {
        return {starts_.size() > 1 ? std::move(starts_) : std::vector<std::int64_t>(),
                planter_ ? planter_->answers() : std::vector<PlantedAnswer>()};
    }

  private:
    ShardWriter& writer_;
    std::optional<RecallPlanter> planter_;
    std::vector<std::int64_t> starts_;
};

Written write_tokens(const DataConfig& data, const PrepareOptions& options, ShardWriter& writer) {
    if (data.corpus == "synthetic") {
        SyntheticText text = synthetic_text(options.synthetic.value_or(SyntheticOptions{}), data.vocabulary);
        writer.append(text.tokens);
        return {nullptr, {std::move(text.passage_starts), {}}};
    }
    const CorpusText text = corpus_text(data, options);
    Written written;
    if (data.tokenizer == "bpe") {
        const std::string model = train_bpe(text.stream, text.bytes, data.vocabulary);
        write_aside(corpus_folder(data) / "tokenizer.model", model);
        written.tokenizer = std::make_unique<BpeTokenizer>(model);
    }
    const BpeTokenizer* tokenizer = written.tokenizer.get();
    MarkedWriter marked(data, writer, [tokenizer](std::string_view piece) {
        return tokenizer == nullptr ? MarkedWriter::byte_ids(piece) : tokenizer->encode(piece);
    });
    text.stream([&](std::string_view piece, bool begins_document) {
        if (begins_document) {
            marked.begin_document();
        }
        tokenizer == nullptr ? marked.append_bytes(piece) : marked.append(tokenizer->encode(piece));
    });
    written.marks = std::move(marked).marks();
    return written;
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

Split corpus_split(const DataConfig& data, std::int64_t total, const CorpusMarks& marks) {
    const bool whole_documents = data.corpus != "synthetic" && !marks.document_starts.empty();
    return whole_documents ? split_documents(total, marks.document_starts) : split_corpus(total);
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
    Written written;
    if (!reads_shards_as_they_are(data)) {
        ShardWriter writer(corpus_shards(data).front(), data.vocabulary);
        written = write_tokens(data, options, writer);
        split_corpus(writer.count());
        writer.finish();
        write_marks(data, written.marks);
    }
    const TokenSequence sequence(corpus_shards(data));
    const Split split = corpus_split(data, sequence.size(), written.marks);
    DataManifest manifest;
    manifest.corpus = data.corpus;
    manifest.tokenizer = data.tokenizer;
    manifest.vocabulary = data.vocabulary;
    manifest.digest =
        checked_digest(folder, sequence, data.vocabulary, split.text + "\n" + marks_text(data, written.marks));
    manifest.train_tokens = split.train_tokens();
    manifest.heldout_tokens = split.heldout_tokens();
    manifest.bytes_per_token = heldout_bytes_per_token(data, written.tokenizer.get(), sequence, split);
    write_aside(sources_file(data), sources);
    write_data_manifest(data, manifest);
    return {manifest, false};
}

}  // namespace overtake
