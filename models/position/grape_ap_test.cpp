#include <cmath>

#include <torch/csrc/autograd/autograd.h>

#include "models/position/alibi.hpp"
#include "models/position/scheme_under_test.hpp"
#include "models/position/sum_between.hpp"
#include "sweeps/errors.hpp"

namespace overtake {
namespace {

constexpr std::int64_t length = 6, heads = 2, path_width = 4, width = 6;
const ModelConfig model{.layers = 2, .width = width, .heads = heads, .mlp_width = 8, .vocabulary = 11};

/// The sum over the keys between, written out; p_NTW is the projected input.
at::Tensor written_out(const at::Tensor& p_NTW) {
    at::Tensor bias = at::zeros({heads, length, length}, at::kDouble);
    for (std::int64_t n = 0; n < heads; ++n) {
        const auto p = [&](std::int64_t t, std::int64_t c) { return p_NTW[n][t][c].item<double>(); };
        const auto share = [&](std::int64_t i, std::int64_t l) {
            double squares = 0, product = 0;
            for (std::int64_t c = 0; c < path_width; ++c) {
                squares += p(l, c) * p(l, c);
            }
            const double root = std::sqrt(squares / path_width), angle = static_cast<double>(l);
            for (std::int64_t c = 0; c < path_width / 2; ++c) {
                const double a = p(l, c) / root, b = p(l, c + path_width / 2) / root;
                product += p(i, c) * (a * std::cos(angle) + b * std::sin(angle)) +
                           p(i, c + path_width / 2) * (b * std::cos(angle) - a * std::sin(angle));
            }
            return -alibi_slopes(heads)[static_cast<std::size_t>(n)] * std::log1p(std::exp(-product / path_width));
        };
        for (std::int64_t i = 0; i < length; ++i) {
            for (std::int64_t k = 0; k <= i; ++k) {
                for (std::int64_t l = k + 1; l <= i; ++l) {
                    bias[n][i][k] += share(i, l);
                }
            }
        }
    }
    return bias;
}

TEST(GrapeAp, EqualsItsSum) {
    const SchemeUnderTest grape("grape-ap", {{"path_width", path_width}}, model);
    const at::Tensor projection = waves({2, heads * path_width, width}, 1), x = waves({1, length, width}, 2);
    grape.set("projection", projection);
    const at::Tensor p_NTW = at::matmul(x[0], projection[1].t()).view({length, heads, path_width}).transpose(0, 1);
    const at::Tensor zero = at::zeros({1, heads, length, 3}, at::kDouble);
    EXPECT_LE(difference_below(grape.logits(x, zero, zero, 1)[0], written_out(p_NTW)), 1e-13);
}

TEST(GrapeAp, SilentPathsTakeHalfAGateEach) {
    const SchemeUnderTest grape("grape-ap", {}, model);
    grape.set("projection", at::zeros({1}, at::kDouble));
    const at::Tensor zero = at::zeros({1, heads, length, 3}, at::kDouble);
    const at::Tensor logits = grape.logits(waves({1, length, width}, 2), zero, zero)[0];
    EXPECT_NEAR(logits[0][5][2].item<double>(), -3 * alibi_slopes(heads)[0] * 0.6931471805599453, 1e-14);
    EXPECT_NEAR(logits[1][4][0].item<double>(), -4 * alibi_slopes(heads)[1] * 0.6931471805599453, 1e-14);
}

TEST(GrapeAp, AnglesRestartWithDocuments) {
    const SchemeUnderTest grape("grape-ap", {}, model);
    const at::Tensor document = waves({1, 3, width}, 2), x = at::cat({document, document}, 1);
    const at::Tensor zero = at::zeros({1, heads, length, 3}, at::kDouble);
    const at::Tensor starts_BT = at::tensor({0, 0, 0, 3, 3, 3}, at::kInt).view({1, 6});
    const at::Tensor logits = grape.logits(x, zero, zero, 0, {.length = length, .positions_T = {}, .starts_BT = starts_BT})[0];
    EXPECT_LE(difference_below(logits.narrow(1, 0, 3).narrow(2, 0, 3), logits.narrow(1, 3, 3).narrow(2, 3, 3)), 1e-14);
}

TEST(GrapeAp, RefusesOddWidths) {
    EXPECT_THROW(SchemeUnderTest("grape-ap", {{"path_width", std::int64_t{5}}}, model), ConfigError);
}

TEST(GrapeAp, LibTorchSumsTheSame) {
    const at::Tensor s = waves({2, heads, length, length}, 1).mul(3).requires_grad_(), weights = waves({2, heads, length, length}, 3);
    const at::Tensor slopes_N = at::tensor(alibi_slopes(heads), at::kDouble);
    const at::Tensor ours = sum_between(s, slopes_N), theirs = sum_between_with_aten(s, slopes_N);
    EXPECT_LE((ours - theirs).abs().max().item<double>(), 1e-14);
    const auto mine = torch::autograd::grad({ours.mul(weights).sum()}, {s}), reference = torch::autograd::grad({theirs.mul(weights).sum()}, {s});
    EXPECT_LE((mine[0] - reference[0]).abs().max().item<double>(), 1e-14);
}

TEST(GrapeAp, GradientOfTheSumBetween) {
    const SchemeUnderTest grape("grape-ap", {}, model);
    const at::Tensor x = waves({1, length, width}, 2), zero = at::zeros({1, heads, length, 3}, at::kDouble);
    const at::Tensor weights = waves({1, heads, length, length}, 5);
    const auto value = [&] { return grape.logits(x, zero, zero, 0).mul(weights).tril().sum(); };
    expect_gradients(value, {grape.parameter("projection")}, 7);
}

}  // namespace
}  // namespace overtake
