#include "runner/data/bpe.hpp"

#include <algorithm>
#include <unordered_map>

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include "sweeps/errors.hpp"

namespace overtake {

namespace {

constexpr std::int64_t sample_bytes = 8 << 20;
constexpr std::int64_t stretch_bytes = 64 << 10;  // what the sample is taken in
constexpr std::size_t longest_line = 4096;        // SentencePiece skips longer ones

/// Lines of every k-th stretch of the text, so that all of it is represented.
std::vector<std::string> sample_lines(const TextStream& text, std::int64_t text_bytes) {
    const std::int64_t every = std::max<std::int64_t>(1, (text_bytes + sample_bytes - 1) / sample_bytes);
    std::vector<std::string> lines;
    std::string line;
    std::int64_t place = 0;
    text([&](std::string_view piece, bool) {
        for (const char character : piece) {
            if (character == '\n' || line.size() == longest_line) {
                if (!line.empty() && place / stretch_bytes % every == 0) {
                    lines.push_back(line);
                }
                line.clear();
            }
            if (character != '\n') {
                line += character;
            }
            ++place;
        }
    });
    if (!line.empty()) {
        lines.push_back(line);
    }
    return lines;
}

class Lines final : public sentencepiece::SentenceIterator {
  public:
    explicit Lines(const std::vector<std::string>& lines) : lines_(lines) {}
    bool done() const override { return next_ == lines_.size(); }
    void Next() override { ++next_; }
    const std::string& value() const override { return lines_[next_]; }
    sentencepiece::util::Status status() const override { return {}; }

  private:
    const std::vector<std::string>& lines_;
    std::size_t next_ = 0;
};

}  // namespace

std::string train_bpe(const TextStream& text, std::int64_t text_bytes, std::int64_t vocabulary) {
    const std::vector<std::string> lines = sample_lines(text, text_bytes);
    const std::unordered_map<std::string, std::string> settings{
        {"model_type", "bpe"},
        {"vocab_size", std::to_string(vocabulary)},
        {"num_threads", "1"},
        {"byte_fallback", "true"},
        {"character_coverage", "0.9999"},
        {"normalization_rule_name", "identity"},
        {"remove_extra_whitespaces", "false"},
        {"add_dummy_prefix", "false"},
        {"max_sentence_length", "8192"},
        {"bos_id", "-1"},
        {"eos_id", "-1"},
        {"pad_id", "-1"},
        {"minloglevel", "2"},
    };
    Lines iterator(lines);
    std::string model;
    const auto status = sentencepiece::SentencePieceTrainer::Train(settings, &iterator, &model);
    if (!status.ok()) {
        throw IoError("cannot train a BPE vocabulary of " + std::to_string(vocabulary) +
                      " (SentencePiece: " + status.ToString() + "); use another vocabulary or more text");
    }
    return model;
}

struct BpeTokenizer::Processor {
    sentencepiece::SentencePieceProcessor pieces;
};

BpeTokenizer::BpeTokenizer(std::string_view model) : processor_(std::make_unique<Processor>()) {
    const auto status = processor_->pieces.LoadFromSerializedProto({model.data(), model.size()});
    if (!status.ok()) {
        throw IoError("cannot read the BPE model (SentencePiece: " + status.ToString() +
                      "); remove it and run `overtake data` again");
    }
}
BpeTokenizer::~BpeTokenizer() = default;
BpeTokenizer::BpeTokenizer(BpeTokenizer&&) noexcept = default;
BpeTokenizer& BpeTokenizer::operator=(BpeTokenizer&&) noexcept = default;

std::int64_t BpeTokenizer::vocabulary() const {
    return processor_->pieces.GetPieceSize();
}

std::vector<std::int64_t> BpeTokenizer::encode(std::string_view text) const {
    std::vector<std::int64_t> all;
    std::vector<int> ids;
    while (!text.empty()) {
        const std::size_t line = std::min(text.find('\n'), text.size() - 1) + 1;
        const auto status = processor_->pieces.Encode({text.data(), line}, &ids);
        if (!status.ok()) {
            throw IoError("cannot encode text (SentencePiece: " + status.ToString() + "); check that it is UTF-8");
        }
        all.insert(all.end(), ids.begin(), ids.end());
        text.remove_prefix(line);
    }
    return all;
}

std::string BpeTokenizer::decode(const std::vector<std::int64_t>& ids) const {
    const std::vector<int> narrow(ids.begin(), ids.end());
    std::string text;
    const auto status = processor_->pieces.Decode(narrow, &text);
    expects(status.ok(), "the ids are the tokenizer's");
    return text;
}

std::int64_t BpeTokenizer::piece_bytes(std::int64_t id) const {
    const auto index = static_cast<int>(id);
    if (processor_->pieces.IsByte(index)) {
        return 1;
    }
    constexpr std::string_view space = "\xE2\x96\x81";
    const std::string& piece = processor_->pieces.IdToPiece(index);
    std::int64_t bytes = static_cast<std::int64_t>(piece.size());
    for (std::size_t at = piece.find(space); at != std::string::npos; at = piece.find(space, at + space.size())) {
        bytes -= 2;
    }
    return bytes;
}

}  // namespace overtake
