// Writes a shard in our own format, token by token, aside and then renamed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string_view>

#include "runner/data/digest.hpp"

namespace overtake {

/// Move-free, one per file. Until finish() the tokens lie in a file of another name, which the destructor removes; so a
/// reader never sees half a shard, and two processes that write the same shard don't meet.
class ShardWriter {
  public:
    /// Ids take 1, 2 or 4 bytes, the fewest that hold `vocabulary`. Throws IoError if the file can't be made.
    ShardWriter(const std::filesystem::path& file, std::int64_t vocabulary);
    ~ShardWriter();
    ShardWriter(const ShardWriter&) = delete;
    ShardWriter& operator=(const ShardWriter&) = delete;

    /// Throws std::logic_error if an id is not in [0, vocabulary).
    void append(std::span<const std::int64_t> ids);
    /// Every byte is a token; vocabulary must be at least 256.
    void append_bytes(std::string_view bytes);
    /// Completes the header, flushes to the disk, renames. Throws IoError.
    void finish();
    std::int64_t count() const { return count_; }

  private:
    void write(std::span<const std::byte> bytes);

    std::filesystem::path file_, aside_;
    std::ofstream stream_;
    Sha256 sum_;
    std::int64_t vocabulary_, token_bytes_, count_ = 0;
    bool finished_ = false;
};

}  // namespace overtake
