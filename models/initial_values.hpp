// Initial values of parameters: each draws from its own counter-based stream, so no parameter shifts another one's numbers.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace overtake {

/// Random numbers of one parameter: element i is a function of (seed, name, i) alone, the same on every platform whose
/// double arithmetic is IEEE 754. Hash: FNV-1a of the name; mixing: SplitMix64 (Steele, Lea, Flood 2014, OOPSLA).
class ParameterStream {
  public:
    ParameterStream(std::int64_t seed, std::string_view name);

    /// In (0, 1), never 0 or 1: (53 random bits + 1/2) / 2^53.
    double uniform(std::uint64_t index) const;

    /// Standard normal, by Acklam's rational inverse of the normal distribution (relative error below 1.2e-9), which needs
    /// one uniform number per value.
    double normal(std::uint64_t index) const;

    /// values[i] = mean + standard_deviation * normal(i), rounded to fp32.
    void fill_normal(std::span<float> values, double mean, double standard_deviation) const;

    /// values[i] in (low, high).
    void fill_uniform(std::span<float> values, double low, double high) const;

  private:
    std::uint64_t key_;
};

}  // namespace overtake
