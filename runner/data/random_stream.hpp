// A small portable random stream: the same numbers from the same seed on every machine, for ever.
#pragma once

#include <cstdint>

namespace overtake {

/// Finaliser of SplitMix64: a bijection of 64-bit words that leaves no visible pattern.
/// Source: Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195, with Stafford's variant 13 constants.
constexpr std::uint64_t mix_bits(std::uint64_t word) {
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9ULL;
    word = (word ^ (word >> 27)) * 0x94D049BB133111EBULL;
    return word ^ (word >> 31);
}

/// SplitMix64. What it yields is part of the prepared corpora's digests: golden tests pin it.
class RandomStream {
  public:
    explicit constexpr RandomStream(std::uint64_t seed) : state_(seed) {}

    constexpr std::uint64_t next() {
        state_ += 0x9E3779B97F4A7C15ULL;
        return mix_bits(state_);
    }

    /// Whole number in [0, bound), bound in [1, 2^32]; the bias is below bound / 2^32.
    constexpr std::int64_t below(std::int64_t bound) {
        return static_cast<std::int64_t>(((next() >> 32) * static_cast<std::uint64_t>(bound)) >> 32);
    }

  private:
    std::uint64_t state_;
};

}  // namespace overtake
