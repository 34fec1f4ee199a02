#include "runner/data/token_shard.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "runner/data/digest.hpp"
#include "runner/data/shard_header.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& reason, const std::string& hint) {
    throw IoError("cannot read tokens from '" + file.string() + "' (" + reason + "); " + hint);
}

template <typename Id>
void widen(std::span<const std::byte> from, std::span<std::int64_t> out) {
    for (std::size_t i = 0; i < out.size(); ++i) {
        Id id;
        std::memcpy(&id, from.data() + i * sizeof(Id), sizeof(Id));
        out[i] = id;
    }
}

}  // namespace

TokenShard::TokenShard(const std::filesystem::path& file) : file_(file), mapping_(file) {
    const std::span<const std::byte> bytes = mapping_.bytes();
    const ShardHeader expected;
    if (bytes.size() >= expected.magic.size() &&
        std::memcmp(bytes.data(), expected.magic.data(), expected.magic.size()) == 0) {
        read_own_header();
        return;
    }
    if (read_llmc_header()) {
        return;
    }
    if (file.extension() != ".bin") {
        refuse(file, "it has neither our header nor llm.c's",
               "name headerless uint16 tokens *.bin, or give text files as *.txt");
    }
    if (bytes.empty() || bytes.size() % 2 != 0) {
        refuse(file,
               "headerless uint16 tokens need an even number of bytes and there are " + std::to_string(bytes.size()),
               "write it again with numpy's uint16 tofile, or give it llm.c's header");
    }
    tokens_ = bytes;
    token_bytes_ = 2;
}

void TokenShard::read_own_header() {
    const std::span<const std::byte> bytes = mapping_.bytes();
    const std::string again = "make it again with `overtake data`";
    ShardHeader header;
    if (bytes.size() < sizeof header) {
        refuse(file_, "it ends within its header", again);
    }
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.version != ShardHeader{}.version) {
        refuse(file_, "its format version is " + std::to_string(header.version) + " and this program reads version 1",
               again);
    }
    if (header.token_bytes != 1 && header.token_bytes != 2 && header.token_bytes != 4) {
        refuse(file_, "its tokens have " + std::to_string(header.token_bytes) + " bytes (must be 1, 2 or 4)", again);
    }
    const std::size_t payload = bytes.size() - sizeof header;
    if (payload % header.token_bytes != 0 || payload / header.token_bytes != header.count) {
        refuse(file_,
               "its header promises " + std::to_string(header.count) + " tokens and " + std::to_string(payload) +
                   " bytes follow",
               again);
    }
    tokens_ = bytes.subspan(sizeof header);
    token_bytes_ = header.token_bytes;
    vocabulary_ = static_cast<std::int64_t>(header.vocabulary);
}

bool TokenShard::read_llmc_header() {
    constexpr std::int32_t gpt2_magic = 20240520, llama3_magic = 20240801;
    const std::span<const std::byte> bytes = mapping_.bytes();
    if (bytes.empty()) {
        return false;
    }
    std::array<std::int32_t, 256> header{};
    std::memcpy(header.data(), bytes.data(), std::min(bytes.size(), sizeof header));
    const auto [magic, version, count] = std::array{header[0], header[1], header[2]};
    if (magic != gpt2_magic && magic != llama3_magic) {
        return false;
    }
    const std::string again = "make it again with llm.c's data scripts";
    if (bytes.size() < sizeof header) {
        refuse(file_, "it ends within llm.c's header", again);
    }
    if (version != (magic == gpt2_magic ? 1 : 7)) {
        refuse(file_,
               "llm.c's magic " + std::to_string(magic) + " with version " + std::to_string(version) +
                   " (20240520 goes with 1, 20240801 with 7)",
               again);
    }
    token_bytes_ = magic == gpt2_magic ? 2 : 4;
    tokens_ = bytes.subspan(sizeof header);
    if (count < 0 || static_cast<std::size_t>(count) * static_cast<std::size_t>(token_bytes_) != tokens_.size()) {
        refuse(file_,
               "llm.c's header promises " + std::to_string(count) + " tokens of " + std::to_string(token_bytes_) +
                   " bytes and " + std::to_string(tokens_.size()) + " bytes follow",
               again);
    }
    return true;
}

void TokenShard::read(std::int64_t begin, std::span<std::int64_t> out) const {
    const auto count = static_cast<std::int64_t>(out.size());
    expects(begin >= 0 && begin + count <= size(), "the tokens lie within the shard");
    const auto from = tokens_.subspan(static_cast<std::size_t>(begin * token_bytes_),
                                      out.size() * static_cast<std::size_t>(token_bytes_));
    switch (token_bytes_) {
        case 1:
            return widen<std::uint8_t>(from, out);
        case 2:
            return widen<std::uint16_t>(from, out);
        default:
            return widen<std::uint32_t>(from, out);
    }
}

void TokenShard::verify() const {
    const ShardHeader expected;
    const std::span<const std::byte> bytes = mapping_.bytes();
    if (bytes.size() < sizeof expected ||
        std::memcmp(bytes.data(), expected.magic.data(), expected.magic.size()) != 0) {
        return;
    }
    ShardHeader header;
    std::memcpy(&header, bytes.data(), sizeof header);
    Sha256 sum;
    sum.add(tokens_);
    if (sum.finish() != header.checksum) {
        refuse(file_, "its checksum is wrong, so it was damaged after it was written",
               "remove it and make it again with `overtake data`");
    }
}

}  // namespace overtake
