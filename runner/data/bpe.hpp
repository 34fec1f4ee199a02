// Byte-pair encoding by SentencePiece, trained on the corpus; a program built without it says so.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace overtake {

/// Takes a piece of text; `begins_document` says that a new document begins with it.
using TakeText = std::function<void(std::string_view piece, bool begins_document)>;

/// Calls its argument with the text in pieces, in order.
using TextStream = std::function<void(const TakeText&)>;

/// Trains a model of exactly `vocabulary` pieces (257 of them: the unknown piece and every byte, so that any text is
/// encoded and decoded as it was) on up to 8 MB of lines taken evenly from the text, in one thread: the same text gives
/// the same model. Returns the model file's bytes. Throws IoError: built without SentencePiece, or SentencePiece
/// refused and why. Source: Sennrich et al. 2016, arXiv:1508.07909; Kudo and Richardson 2018, arXiv:1808.06226.
std::string train_bpe(const TextStream& text, std::int64_t text_bytes, std::int64_t vocabulary);

class BpeTokenizer {
  public:
    /// Throws IoError: built without SentencePiece, or not a model.
    explicit BpeTokenizer(std::string_view model);
    ~BpeTokenizer();
    BpeTokenizer(BpeTokenizer&&) noexcept;
    BpeTokenizer& operator=(BpeTokenizer&&) noexcept;

    std::int64_t vocabulary() const;
    /// Ids of a text; cut texts at ends of lines, or pieces that span the cut are missed.
    std::vector<std::int64_t> encode(std::string_view text) const;
    std::string decode(const std::vector<std::int64_t>& ids) const;
    /// Bytes of text that id stands for.
    std::int64_t piece_bytes(std::int64_t id) const;

  private:
    struct Processor;
    std::unique_ptr<Processor> processor_;
};

}  // namespace overtake
