// The first 64 bytes of our own shard format.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <type_traits>

#include "runner/data/digest.hpp"

namespace overtake {

struct ShardHeader {
    std::array<char, 8> magic{'o', 'v', 't', 'o', 'k', 'e', 'n', 's'};
    std::uint32_t version = 1;
    std::uint32_t token_bytes = 2;  // 1, 2 or 4
    std::uint64_t vocabulary = 0;   // every id is below it
    std::uint64_t count = 0;        // tokens that follow
    Sha256Value checksum{};         // SHA-256 of the tokens as they lie there
};

static_assert(sizeof(ShardHeader) == 64 && std::is_trivially_copyable_v<ShardHeader>);
static_assert(std::endian::native == std::endian::little);

/// Bytes that an id below `vocabulary` needs: 1, 2 or 4.
constexpr std::int64_t token_bytes_for(std::int64_t vocabulary) {
    return vocabulary <= 256 ? 1 : vocabulary <= 65536 ? 2 : 4;
}

}  // namespace overtake
