// Vectors of the lag of one head on one core: their products with a tile of queries, without a T x T matrix in memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "models/matrix_kernel.hpp"

namespace overtake {

/// Consecutive queries; query i sees the keys from first_key[i] (0 if null) to i.
struct QueryTile {
    std::int64_t begin, end;
    const std::int32_t* first_key;
    std::int64_t first(std::int64_t i) const { return first_key == nullptr ? 0 : first_key[i]; }
};

/// Numbers by pair, "rows by key": row i - begin has key k at column k.
struct PairRows {
    float* data;
    std::int64_t row_floats;
    float* of(const QueryTile& tile, std::int64_t i) const { return data + (i - tile.begin) * row_floats; }
};

/// One table [rows, width] whose row c belongs to lag rows - 1 - c; row 0 to all longer lags too. Reused from head to head.
class LagTable {
  public:
    /// Tiles have at most `tile` queries.
    explicit LagTable(std::int64_t tile) : tile_(tile) {}

    void begin(const float* table, std::int64_t rows, std::int64_t width);

    /// to[i, k] += left[i] . vector of lag i - k, for the keys that query i sees. left: row-major [end - begin, width].
    void spread(const QueryTile& tile, const float* left, const PairRows& to);

    /// Keeps sums of from[i, k] by lag, for the two calls below.
    void gather(const QueryTile& tile, const PairRows& from);

    /// product[i] = (add ? product[i] : 0) + sum over lags of the gathered number times the lag's vector.
    void collect(const QueryTile& tile, float* product, std::int64_t row_floats, bool add) const;

    /// Gradient of each vector += sum over queries of the gathered number times left[i]; left packed for all queries.
    void accumulate(const QueryTile& tile, const Panels& left);

    /// gradient[rows, width] += factor times what was accumulated since `begin`.
    void add_gradient(float factor, float* gradient) const;

  private:
    /// Row of the longest lag in the tile: those before it take no part, unless it is row 0.
    std::int64_t longest(const QueryTile& tile) const { return rows_ > tile.end ? rows_ - tile.end : 0; }

    std::int64_t tile_, rows_ = 0, width_ = 0, band_floats_ = 0, gradient_floats_ = 0;
    Panels transposed_, panels_;
    std::vector<float> band_, gradient_;
};

/// One table [length, width] whose row r belongs to lag r and meets keys: key k adds key[k] . row[i - k] to its pair with query i.
/// Blocks of keys meet the lags that a tile can have with them: a band of pairs along the block's diagonal, taken in bands of few rows,
/// so that products outside it are few.
class KeyLagTable {
  public:
    /// Key k is keys[k * row_stride .. + width); there are as many as rows. Pointers stay valid until the last call for this head.
    template <class T>
    void begin(const float* table, const T* keys, std::int64_t row_stride, std::int64_t length, std::int64_t width);

    void spread(const QueryTile& tile, const PairRows& to);

    /// d_keys[k] += sum over queries of from[i, k] times row[i - k], in rows of whole panels; keys packed for all of them.
    void accumulate(const QueryTile& tile, const PairRows& from, const Panels& keys, float* d_keys);

    /// gradient[length, width] += factor times what was accumulated since `begin`.
    void add_gradient(float factor, float* gradient) const;

  private:
    static constexpr std::int64_t block = 128;  // keys at a time
    static constexpr std::int64_t chunk = 16;   // lags of a product, or keys

    struct Range {
        std::int64_t begin, end;
    };
    /// Keys `whole` that one of the tile's queries meets at one of `lags`; the same with keys and lags changed round.
    static Range met(const QueryTile& tile, Range lags, Range whole) {
        return {std::max(whole.begin, tile.begin - lags.end + 1), std::min(whole.end, tile.end - lags.begin)};
    }

    /// Calls action(keys, lags) for the blocks of which the tile sees a key, with the lags that it can have with them.
    template <class Action>
    void for_blocks(const QueryTile& tile, const Action& action);
    /// Calls action(part, those of `others` that it meets) for `whole`, a chunk at a time.
    template <class Action>
    static void for_chunks(const QueryTile& tile, Range whole, Range others, const Action& action);

    const float* table_ = nullptr;
    std::int64_t length_ = 0, width_ = 0, gradient_floats_ = 0;
    std::vector<Panels> blocks_;  // keys transposed, `block` columns each
    Panels rows_;
    std::vector<float> by_lag_, gradient_;  // by_lag_: [lags of the tile, block]
};

}  // namespace overtake
