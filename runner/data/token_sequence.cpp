#include "runner/data/token_sequence.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

#include "runner/data/digest.hpp"
#include "runner/data/shard_header.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {

namespace {

void check_ids(const TokenShard& shard, std::int64_t begin, std::span<const std::int64_t> ids,
               std::int64_t vocabulary) {
    const auto bad = std::find_if(ids.begin(), ids.end(), [vocabulary](std::int64_t id) { return id >= vocabulary; });
    if (bad != ids.end()) {
        throw IoError("cannot use '" + shard.file().string() + "' (token " +
                      std::to_string(begin + (bad - ids.begin())) + " has id " + std::to_string(*bad) +
                      " and the vocabulary is " + std::to_string(vocabulary) +
                      "); set vocabulary to the tokenizer's, or check that the file holds what its format says");
    }
}

/// What the cache must say to be believed, but for the digest.
std::string fingerprint(const TokenSequence& sequence, std::int64_t vocabulary, const std::string& rule) {
    std::string text = "checked 1, vocabulary " + std::to_string(vocabulary) + "\n" + rule;
    for (const TokenShard& shard : sequence.shards()) {
        text += std::to_string(shard.file_bytes()) + " " + std::to_string(shard.modified_ns()) + " " +
                shard.file().string() + "\n";
    }
    return text;
}

}  // namespace

TokenSequence::TokenSequence(const std::vector<std::filesystem::path>& files) {
    for (const std::filesystem::path& file : files) {
        shards_.emplace_back(file);
        ends_.push_back(size() + shards_.back().size());
    }
}

void TokenSequence::read(std::int64_t begin, std::span<std::int64_t> out) const {
    expects(begin >= 0 && begin + static_cast<std::int64_t>(out.size()) <= size(),
            "the tokens lie within the sequence");
    auto shard = static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), begin) - ends_.begin());
    while (!out.empty()) {
        const std::int64_t shard_begin = shard == 0 ? 0 : ends_[shard - 1];
        const std::size_t here = std::min(out.size(), static_cast<std::size_t>(ends_[shard] - begin));
        shards_[shard].read(begin - shard_begin, out.first(here));
        out = out.subspan(here);
        begin += static_cast<std::int64_t>(here);
        ++shard;
    }
}

std::string corpus_digest(const TokenSequence& sequence, std::int64_t vocabulary, const std::string& rule) {
    Sha256 sum;
    sum.add("tokens 1, vocabulary " + std::to_string(vocabulary) + "\n" + rule);
    const auto width = static_cast<std::size_t>(token_bytes_for(vocabulary));
    constexpr std::int64_t chunk = 1 << 16;
    std::vector<std::int64_t> ids;
    std::vector<std::byte> packed;
    for (const TokenShard& shard : sequence.shards()) {
        shard.verify();
        for (std::int64_t begin = 0; begin < shard.size(); begin += chunk) {
            ids.resize(static_cast<std::size_t>(std::min(chunk, shard.size() - begin)));
            shard.read(begin, ids);
            check_ids(shard, begin, ids, vocabulary);
            packed.resize(ids.size() * width);
            for (std::size_t i = 0; i < ids.size(); ++i) {
                std::memcpy(packed.data() + i * width, &ids[i], width);
            }
            sum.add(packed);
        }
    }
    return to_hex(sum.finish()).substr(0, 32);
}

std::string checked_digest(const std::filesystem::path& folder, const TokenSequence& sequence, std::int64_t vocabulary,
                           const std::string& rule) {
    const std::filesystem::path cache = folder / "checked";
    const std::string wanted = fingerprint(sequence, vocabulary, rule);
    std::ifstream stream(cache, std::ios::binary);
    const std::string found{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    if (found.size() == wanted.size() + 33 && found.starts_with(wanted)) {
        return found.substr(wanted.size(), 32);
    }
    std::string digest = corpus_digest(sequence, vocabulary, rule);
    try {
        write_aside(cache, wanted + digest + "\n");
    } catch (const IoError&) {
        // A read-only folder of data is fine; the next one to open checks again.
    }
    return digest;
}

}  // namespace overtake
