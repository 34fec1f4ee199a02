#include <cmath>

#include <torch/csrc/autograd/autograd.h>

#include "models/position/counted_positions.hpp"
#include "models/position/scheme_under_test.hpp"

namespace overtake {
namespace {

constexpr std::int64_t length = 9, heads = 2, width = 4;
const ModelConfig model{.layers = 2, .width = heads * width, .heads = heads, .mlp_width = 8, .vocabulary = 11};

double product(const at::Tensor& a, const at::Tensor& b) { return (a * b).sum().item<double>(); }

/// Equations 3 to 6 as they are written, one pair at a time.
at::Tensor counted(const at::Tensor& q, const at::Tensor& k, const at::Tensor& table_PH, bool scaled) {
    const double root = std::sqrt(static_cast<double>(width)), last = static_cast<double>(table_PH.size(0) - 1);
    at::Tensor logits = at::zeros({q.size(0), length, length}, at::kDouble);
    for (std::int64_t n = 0; n < q.size(0); ++n) {
        for (std::int64_t i = 0; i < length; ++i) {
            for (std::int64_t j = 0; j <= i; ++j) {
                double position = 0;
                for (std::int64_t t = j; t <= i; ++t) {
                    position += 1 / (1 + std::exp(-product(q[n][i], k[n][t]) / root));
                }
                position = std::min(position, last);
                const double below = std::floor(position), share = position - below;
                const double read = share * product(q[n][i], table_PH[static_cast<std::int64_t>(std::ceil(position))]) +
                                    (1 - share) * product(q[n][i], table_PH[static_cast<std::int64_t>(below)]);
                logits[n][i][j] = product(q[n][i], k[n][j]) / root + (scaled ? read / root : read);
            }
        }
    }
    return logits;
}

TEST(Cope, EqualsTheEquations) {
    const at::Tensor q = waves({1, heads, length, width}, 1), k = waves({1, heads, length, width}, 2);
    for (const bool scaled : {true, false}) {
        const SchemeUnderTest cope("cope", {{"npos", std::int64_t{4}}, {"scaled", scaled}}, model);
        const at::Tensor table = waves({2, 4, width}, 3);
        cope.set("table", table);
        EXPECT_LE(difference_below(cope.logits({}, q, k, 1)[0], counted(q[0], k[0], table[1], scaled)), 1e-13);
    }
}

TEST(Cope, PositionsByHand) {
    const ModelConfig one{.layers = 1, .width = 1, .heads = 1, .mlp_width = 1, .vocabulary = 2};
    const SchemeUnderTest cope("cope", {{"npos", std::int64_t{3}}}, one);
    cope.set("table", at::tensor({0.0, 10.0, 30.0}, at::kDouble));
    // q . k = 0 opens every gate by half: positions 0.5, 1, 1.5, 2 and, held, 2 back from the query; q . e interpolates.
    const at::Tensor logits = cope.logits({}, at::ones({1, 1, 5, 1}, at::kDouble), at::zeros({1, 1, 5, 1}, at::kDouble))[0][0];
    const std::vector<double> expected{30, 30, 20, 10, 5};
    for (std::int64_t k = 0; k < 5; ++k) {
        EXPECT_NEAR(logits[4][k].item<double>(), expected[static_cast<std::size_t>(k)], 1e-14) << k;
    }
}

TEST(Cope, LibTorchReadsTheSame) {
    const at::Tensor gates = waves({1, heads, length, length}, 1).sigmoid().requires_grad_();
    const at::Tensor entries = waves({1, heads, length, 4}, 2).requires_grad_(), weights = waves({1, heads, length, length}, 3);
    const at::Tensor ours = read_positions(gates, entries), theirs = read_positions_with_aten(gates, entries);
    EXPECT_LE((ours - theirs).abs().max().item<double>(), 1e-14);
    const auto mine = torch::autograd::grad({ours.mul(weights).sum()}, {gates, entries});
    const auto reference = torch::autograd::grad({theirs.mul(weights).sum()}, {gates, entries});
    EXPECT_LE((mine[0] - reference[0]).abs().max().item<double>(), 1e-14);
    EXPECT_LE((mine[1] - reference[1]).abs().max().item<double>(), 1e-14);
}

TEST(Cope, GradientsAreThoseOfDifferences) {
    const SchemeUnderTest cope("cope", {{"npos", std::int64_t{4}}}, model);
    cope.set("table", waves({2, 4, width}, 3));
    const at::Tensor q = waves({1, heads, length, width}, 1).requires_grad_(), k = waves({1, heads, length, width}, 2).requires_grad_();
    const at::Tensor weights = waves({1, heads, length, length}, 5);
    const auto value = [&] { return cope.logits({}, q, k, 0).mul(weights).tril().sum(); };
    expect_gradients(value, {q, k, cope.parameter("table")}, 5);
}

}  // namespace
}  // namespace overtake
