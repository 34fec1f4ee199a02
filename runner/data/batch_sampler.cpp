#include "runner/data/batch_sampler.hpp"

#include <bit>

#include "runner/data/random_stream.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

/// A seeded permutation of [0, count): a balanced Feistel network over the next power of four, walked until it lands
/// inside.
class Permutation {
  public:
    Permutation(std::uint64_t key, std::uint64_t count) : key_(key), count_(count) {
        const int bits = count > 1 ? static_cast<int>(std::bit_width(count - 1)) : 1;
        half_bits_ = (bits + 1) / 2;
        half_mask_ = (std::uint64_t{1} << half_bits_) - 1;
    }

    std::uint64_t operator()(std::uint64_t index) const {
        do {
            index = scramble(index);
        } while (index >= count_);
        return index;
    }

  private:
    static constexpr std::uint64_t rounds = 6;

    std::uint64_t scramble(std::uint64_t index) const {
        std::uint64_t left = index >> half_bits_, right = index & half_mask_;
        for (std::uint64_t round = 0; round < rounds; ++round) {
            const std::uint64_t next =
                left ^ (mix_bits(key_ ^ mix_bits(right + (round + 1) * 0x9E3779B97F4A7C15ULL)) & half_mask_);
            left = right;
            right = next;
        }
        return left << half_bits_ | right;
    }

    std::uint64_t key_, count_, half_mask_;
    int half_bits_;
};

}  // namespace

std::vector<std::int64_t> batch_windows(std::int64_t seed, std::int64_t step, std::int64_t batch_sequences,
                                        std::int64_t windows) {
    expects(windows >= 1, "there is at least one window");
    expects(step >= 0 && batch_sequences >= 0, "step and batch are not negative");
    std::vector<std::int64_t> chosen;
    chosen.reserve(static_cast<std::size_t>(batch_sequences));
    std::int64_t position = step * batch_sequences;
    const std::int64_t end = position + batch_sequences;
    while (position < end) {
        const std::int64_t epoch = position / windows;
        const std::uint64_t key =
            mix_bits(mix_bits(static_cast<std::uint64_t>(seed)) + static_cast<std::uint64_t>(epoch));
        const Permutation permutation(key, static_cast<std::uint64_t>(windows));
        for (; position < end && position / windows == epoch; ++position) {
            chosen.push_back(static_cast<std::int64_t>(permutation(static_cast<std::uint64_t>(position % windows))));
        }
    }
    return chosen;
}

}  // namespace overtake
