// TUPE against its equation in plain loops, with T5's bias and beyond its table.
#include <cmath>

#include "models/position/t5.hpp"
#include "models/position/tiny_scheme_test.hpp"

namespace overtake {
namespace {

at::Tensor normed(const at::Tensor& row_D, const at::Tensor& gain_D, const at::Tensor& bias_D) {
    const double mean = row_D.mean().item<double>(), variance = (row_D - mean).square().mean().item<double>();
    return (row_D - mean) / std::sqrt(variance + 1e-5) * gain_D + bias_D;
}

TEST(Tupe, UntiedAbsoluteBias) {
    for (const bool relative : {false, true}) {
        const SchemePointer scheme = tiny_scheme("tupe", {{"relative_bias", relative}, {"buckets", std::int64_t{4}}, {"max_distance", std::int64_t{6}}});
        const at::Tensor table = parameter(*scheme, "table", 4), gain = parameter(*scheme, "norm.gain", 5), shift = parameter(*scheme, "norm.bias", 6),
                         query = parameter(*scheme, "query_projection", 7), key = parameter(*scheme, "key_projection", 8),
                         buckets = relative ? parameter(*scheme, "bias", 9) : at::zeros({3, 4}, at::kDouble);
        expect_logits(*scheme, plain(6), [&](auto n, auto i, auto j, const auto& q, const auto& k) {
            const at::Tensor of_query = at::mv(query.narrow(0, 4 * n, 4), normed(table[i], gain, shift));
            const at::Tensor of_key = at::mv(key.narrow(0, 4 * n, 4), normed(table[j], gain, shift));
            return (row_product(q[n][i], k[n][j]) + row_product(of_query, of_key)) / std::sqrt(8.0) + buckets[n][t5_bucket(i - j, 4, 6)].template item<double>();
        });
    }
}

TEST(Tupe, TableEndsUnlessExtended) {
    EXPECT_EQ(tiny_scheme("tupe")->longest_context(), 6);
    EXPECT_GT(tiny_scheme("tupe", {{"beyond", std::string("clamp")}})->longest_context(), 1000000);
    const SchemePointer scheme = tiny_scheme("tupe");
    scheme->extend({"clamp", {}});
    EXPECT_GT(scheme->longest_context(), 1000000);
    scheme->begin(plain(9));
    const at::Tensor bias = scheme->static_bias(0).by_pair_NTT;
    EXPECT_LE((bias[0][8] - bias[0][5]).abs().max().item<double>(), 1e-14) << "position 8 is the last row, 5";
}

}  // namespace
}  // namespace overtake
