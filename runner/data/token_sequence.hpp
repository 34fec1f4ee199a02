// Several shards as one long sequence of tokens, and its digest.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "runner/data/token_shard.hpp"

namespace overtake {

class TokenSequence {
  public:
    /// Maps every shard, in order. Throws IoError.
    explicit TokenSequence(const std::vector<std::filesystem::path>& files);

    std::int64_t size() const { return ends_.empty() ? 0 : ends_.back(); }
    const std::vector<TokenShard>& shards() const { return shards_; }
    /// Copies tokens [begin, begin + out.size()), across shards. Throws std::logic_error if they are not all there.
    void read(std::int64_t begin, std::span<std::int64_t> out) const;

  private:
    std::vector<TokenShard> shards_;
    std::vector<std::int64_t> ends_;  // place after each shard's last token
};

/// First 32 hex digits of SHA-256 over vocabulary, `rule` (lines on the split and on marks) and every id (1, 2 or 4
/// bytes by vocabulary, whatever the file has): the same tokens have the same digest in every format. Reads everything,
/// and checks checksums and ids on the way. Throws IoError if a shard is damaged or has an id that is not below
/// `vocabulary`, with its place.
std::string corpus_digest(const TokenSequence& sequence, std::int64_t vocabulary, const std::string& rule);

/// corpus_digest, remembered in `folder` / "checked" with size and time of each shard: milliseconds while those stay
/// the same. A folder that can't be written only costs the time.
std::string checked_digest(const std::filesystem::path& folder, const TokenSequence& sequence, std::int64_t vocabulary,
                           const std::string& rule);

}  // namespace overtake
