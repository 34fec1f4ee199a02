// FIRE against its equation in plain loops: by lag, beyond the threshold, at sampled positions and in documents.
#include <cmath>

#include "models/position/tiny_scheme_test.hpp"

namespace overtake {
namespace {

struct Network {
    SchemePointer scheme;
    double rate, threshold;
    at::Tensor hidden_weight, hidden_bias, output_weight, output_bias;

    explicit Network(std::int64_t first_threshold)
        : scheme(tiny_scheme("fire", {{"hidden", std::int64_t{5}}, {"threshold", first_threshold}})) {
        parameter(*scheme, "rate").copy_(at::tensor({0.1, -0.3}, at::kDouble));
        parameter(*scheme, "threshold").copy_(at::tensor({1.0, -1.25}, at::kDouble));
        rate = 0.3;
        threshold = 1.25 * static_cast<double>(first_threshold);
        hidden_weight = parameter(*scheme, "hidden.weight", 4)[1];
        hidden_bias = parameter(*scheme, "hidden.bias", 5)[1];
        output_weight = parameter(*scheme, "output.weight", 6)[1];
        output_bias = parameter(*scheme, "output.bias", 7)[1];
    }

    double bias(std::int64_t n, double lag, double place) const {
        const double share = std::log(rate * lag + 1) / (std::log(rate * std::max(place, threshold) + 1) + 1e-6);
        double sum = output_bias[n].item<double>();
        for (std::int64_t w = 0; w < 5; ++w) {
            const double hidden = hidden_weight[w].item<double>() * share + hidden_bias[w].item<double>();
            sum += output_weight[n][w].item<double>() * std::max(hidden, 0.0);
        }
        return sum;
    }
};

TEST(Fire, TheFormulaWhereverTokensStand) {
    for (const std::int64_t first_threshold : {2, 100}) {
        const Network network(first_threshold);
        for (const Placement& where : {plain(9), spread()}) {
            const auto place = [&](std::int64_t i) { return where.sampled() ? where.positions_T[i].item<double>() : static_cast<double>(i); };
            expect_logits(*network.scheme, where, [&](auto n, auto i, auto j, const auto& q, const auto& k) {
                return row_product(q[n][i], k[n][j]) / 2 + network.bias(n, place(i) - place(j), place(i));
            });
        }
    }
}

TEST(Fire, BiasIsByLagBeforeTheThresholdAlone) {
    const Network far(100), near(2);
    far.scheme->begin(plain(9));
    near.scheme->begin(plain(9));
    EXPECT_TRUE(far.scheme->static_bias(1).by_lag_NT.defined());
    EXPECT_TRUE(near.scheme->static_bias(1).by_pair_NTT.defined());
}

TEST(Fire, DocumentsCountFromTheirStart) {
    const Network network(2);
    const Placement where{.length = 8, .positions_T = {}, .starts_BT = at::tensor({0, 0, 0, 3, 3, 3, 3, 3}, at::kInt).view({1, 8})};
    expect_logits(*network.scheme, where, [&](auto n, auto i, auto j, const auto& q, const auto& k) {
        return row_product(q[n][i], k[n][j]) / 2 + network.bias(n, static_cast<double>(i - j), static_cast<double>(i < 3 ? i : i - 3));
    });
}

}  // namespace
}  // namespace overtake
