// Shaw, Music Transformer, Transformer-XL and DeBERTa against their equations in plain loops, by lag and at sampled positions.
#include <cmath>

#include "models/position/deberta.hpp"
#include "models/position/tiny_scheme_test.hpp"

namespace overtake {
namespace {

std::int64_t lag_of(const Placement& where, std::int64_t i, std::int64_t j) {
    return where.sampled() ? static_cast<std::int64_t>((where.positions_T[i] - where.positions_T[j]).item<double>()) : i - j;
}

TEST(Shaw, KeysByClippedLag) {
    const SchemePointer scheme = tiny_scheme("shaw", {{"clip", std::int64_t{3}}});
    const at::Tensor keys = parameter(*scheme, "keys", 4)[1];
    for (const Placement& where : {plain(9), plain(3), spread()}) {
        expect_logits(*scheme, where, [&](auto n, auto i, auto j, const auto& q, const auto& k) {
            return row_product(q[n][i], k[n][j] + keys[std::min<std::int64_t>(lag_of(where, i, j), 3)]) / 2;
        });
    }
}

TEST(Shaw, ValuesByClippedLag) {
    const at::NoGradGuard no_grad;
    const SchemePointer scheme = tiny_scheme("shaw", {{"clip", std::int64_t{3}}});
    const at::Tensor keys = parameter(*scheme, "keys", 4)[1], values = parameter(*scheme, "values", 5)[1];
    const at::Tensor q = numbers({1, 3, 6, 4}, 1), k = numbers({1, 3, 6, 4}, 2), v = numbers({1, 3, 6, 4}, 3);
    for (const Placement& where : {plain(6), spread()}) {
        scheme->begin(where);
        const at::Tensor out = Attention(*scheme)(at::zeros({1, 6, 12}), {q.to(at::kFloat), k.to(at::kFloat)}, v.to(at::kFloat), 1).view({6, 3, 4});
        for (std::int64_t n = 0; n < 3; ++n) {
            for (std::int64_t i = 0; i < 6; ++i) {
                at::Tensor sum = at::zeros({4}, at::kDouble);
                double normaliser = 0;
                for (std::int64_t j = 0; j <= i; ++j) {
                    const std::int64_t row = std::min<std::int64_t>(lag_of(where, i, j), 3);
                    const double weight = std::exp(row_product(q[0][n][i], k[0][n][j] + keys[row]) / 2);
                    sum += weight * (v[0][n][j] + values[row]);
                    normaliser += weight;
                }
                EXPECT_LE((out[i][n] - sum / normaliser).abs().max().item<double>(), 1e-6) << n << " " << i;
            }
        }
    }
}

TEST(MusicTransformer, SkewIsTheSumOverPairs) {
    const SchemePointer scheme = tiny_scheme("music-transformer");
    const at::Tensor keys = parameter(*scheme, "keys", 4)[1];
    for (const Placement& where : {plain(6), plain(4), plain(9), spread()}) {
        expect_logits(*scheme, where, [&](auto n, auto i, auto j, const auto& q, const auto& k) {
            return row_product(q[n][i], k[n][j] + keys[n][std::min<std::int64_t>(lag_of(where, i, j), 5)]) / 2;
        });
    }
}

TEST(MusicTransformer, InterpolatesBetweenRows) {
    const SchemePointer scheme = tiny_scheme("music-transformer");
    const at::Tensor keys = parameter(*scheme, "keys", 4)[1];
    scheme->extend({"interpolate", {{"factor", 2.0}}});
    expect_logits(*scheme, plain(12), [&](auto n, auto i, auto j, const auto& q, const auto& k) {
        const std::int64_t below = std::min<std::int64_t>((i - j) / 2, 5), above = std::min<std::int64_t>((i - j + 1) / 2, 5);
        return row_product(q[n][i], k[n][j] + (keys[n][below] + keys[n][above]) / 2) / 2;
    });
}

at::Tensor sinusoid(double lag) {
    const at::Tensor row = at::empty({12}, at::kDouble);
    for (std::int64_t j = 0; j < 6; ++j) {
        const double angle = lag * std::pow(10000.0, -2 * static_cast<double>(j) / 12);
        row[j] = std::sin(angle);
        row[6 + j] = std::cos(angle);
    }
    return row;
}

TEST(TransformerXl, FourTerms) {
    for (const std::int64_t clamp : {0, 2}) {
        const SchemePointer scheme = tiny_scheme("transformer-xl", {{"clamp_length", clamp}});
        const at::Tensor u = parameter(*scheme, "content_bias", 4), v = parameter(*scheme, "position_bias", 5), w = parameter(*scheme, "projection", 6)[1];
        for (const Placement& where : {plain(6), plain(9), spread()}) {
            expect_logits(*scheme, where, [&](auto n, auto i, auto j, const auto& q, const auto& k) {
                const std::int64_t lag = clamp > 0 ? std::min(lag_of(where, i, j), clamp) : lag_of(where, i, j);
                const at::Tensor relative = at::mv(w.narrow(0, 4 * n, 4), sinusoid(static_cast<double>(lag)));
                return (row_product(q[n][i] + u[n], k[n][j]) + row_product(q[n][i] + v[n], relative)) / 2;
            });
        }
    }
}

TEST(Deberta, BucketsByHand) {
    // 256 buckets, 512 lags: one each up to 128; then ceil(127 ln(r/128) / ln(511/128)) + 128: 129 is 0.714 -> 1, 256 is 63.59 -> 64.
    for (const auto& [lag, bucket] : std::vector<std::pair<std::int64_t, std::int64_t>>{
             {0, 0}, {1, 1}, {127, 127}, {128, 128}, {129, 129}, {130, 130}, {256, 192}, {510, 255}, {511, 255}, {512, 255}, {100000, 255}}) {
        EXPECT_EQ(deberta_bucket(lag, 256, 512), bucket) << lag;
    }
}

TEST(Deberta, ContentMeetsPositionBothWays) {
    const SchemePointer scheme = tiny_scheme("deberta", {{"buckets", std::int64_t{6}}, {"max_distance", std::int64_t{8}}});
    const at::Tensor table = parameter(*scheme, "table", 4), key = parameter(*scheme, "key_projection", 5)[1], query = parameter(*scheme, "query_projection", 6)[1];
    for (const Placement& where : {plain(6), plain(12), spread()}) {
        expect_logits(*scheme, where, [&](auto n, auto i, auto j, const auto& q, const auto& k) {
            const at::Tensor row = table[deberta_bucket(lag_of(where, i, j), 6, 8)];
            const at::Tensor of_key = at::mv(key.narrow(0, 4 * n, 4), row), of_query = at::mv(query.narrow(0, 4 * n, 4), row);
            return (row_product(q[n][i], k[n][j]) + row_product(q[n][i], of_key) + row_product(k[n][j], of_query)) / std::sqrt(12.0);
        });
    }
}

}  // namespace
}  // namespace overtake
