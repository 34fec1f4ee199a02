// One file of tokens: our own format, nanoGPT's headerless uint16 and llm.c's .bin, memory-mapped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "runner/data/mapped_file.hpp"

namespace overtake {

/// A shard open for reading. Numbers on disk are little-endian, as is every machine that we build for.
class TokenShard {
  public:
    /// Tells the format by the first bytes:
    /// - ours: 64 bytes of header (README.md), then tokens of 1, 2 or 4 bytes;
    /// - llm.c: 256 int32 (magic 20240520 version 1: uint16 tokens; magic 20240801 version 7: uint32), then tokens;
    /// - anything else that ends in .bin: nanoGPT, uint16 tokens from the first byte on.
    /// Throws IoError, with a hint, if header and size disagree, a version is unknown, or the file is none of these.
    explicit TokenShard(const std::filesystem::path& file);

    std::int64_t size() const { return static_cast<std::int64_t>(tokens_.size()) / token_bytes_; }
    /// Bytes per token on disk: 1, 2 or 4.
    std::int64_t token_bytes() const { return token_bytes_; }
    /// One more than the largest id, as the header promises; 0 if the format doesn't say.
    std::int64_t vocabulary() const { return vocabulary_; }
    const std::filesystem::path& file() const { return file_; }
    std::int64_t modified_ns() const { return mapping_.modified_ns(); }
    std::int64_t file_bytes() const { return static_cast<std::int64_t>(mapping_.bytes().size()); }

    /// Copies tokens [begin, begin + out.size()). Throws std::logic_error if they are not all there.
    void read(std::int64_t begin, std::span<std::int64_t> out) const;
    /// Reads everything and compares with the header's SHA-256; formats without one pass. Throws IoError.
    void verify() const;

  private:
    void read_own_header();
    bool read_llmc_header();

    std::filesystem::path file_;
    MappedFile mapping_;
    std::span<const std::byte> tokens_;
    std::int64_t token_bytes_ = 0;
    std::int64_t vocabulary_ = 0;
};

}  // namespace overtake
