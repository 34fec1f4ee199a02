#include "models/position/path_products.hpp"

#include <cmath>

#include "models/position/scheme_under_test.hpp"

namespace overtake {
namespace {

const ModelConfig model{.layers = 2, .width = 6, .heads = 2, .mlp_width = 8, .vocabulary = 11};

/// The product over the tokens between, one matrix at a time.
at::Tensor brute_force(const at::Tensor& q, const at::Tensor& k, const at::Tensor& w, const at::Tensor& beta) {
    const std::int64_t length = q.size(2);
    at::Tensor products = at::zeros({q.size(0), q.size(1), length, length}, at::kDouble);
    for (std::int64_t b = 0; b < q.size(0); ++b) {
        for (std::int64_t n = 0; n < q.size(1); ++n) {
            for (std::int64_t i = 0; i < length; ++i) {
                at::Tensor carried = q[b][n][i];
                for (std::int64_t j = i; j >= 0; --j) {
                    products[b][n][i][j] = carried.dot(k[b][n][j]);
                    carried = carried - beta[b][n][j] * carried.dot(w[b][n][j]) * w[b][n][j];
                }
            }
        }
    }
    return products;
}

at::Tensor directions(at::IntArrayRef shape, double seed) {
    const at::Tensor raw = waves(shape, seed);
    return raw / raw.square().sum(-1, true).sqrt();
}

TEST(PathProducts, EqualBruteForceForAnyChunk) {
    for (const std::int64_t length : {1, 7, 12}) {
        const at::Tensor q = waves({2, 2, length, 3}, 1), k = waves({2, 2, length, 3}, 2), w = directions({2, 2, length, 3}, 3);
        const at::Tensor beta = waves({2, 2, length}, 4).add(1);
        const at::Tensor expected = brute_force(q, k, w, beta);
        for (const std::int64_t chunk : {1, 3, 4, 5, 64}) {
            EXPECT_LE((path_products(q, k, w, beta, chunk) - expected).abs().max().item<double>(), 1e-13) << length << " " << chunk;
        }
    }
}

TEST(PathProducts, ByHand) {
    // beta = 2 reflects: with w_1 = e_1, token 1 turns the first channel of what passes it.
    const at::Tensor q = at::tensor({0.0, 0.0, 3.0, 5.0}, at::kDouble).view({1, 1, 2, 2});
    const at::Tensor k = at::tensor({1.0, 1.0, 1.0, 1.0}, at::kDouble).view({1, 1, 2, 2});
    const at::Tensor w = at::tensor({0.0, 1.0, 1.0, 0.0}, at::kDouble).view({1, 1, 2, 2});
    const at::Tensor products = path_products(q, k, w, at::full({1, 1, 2}, 2.0, at::kDouble), 64)[0][0];
    EXPECT_NEAR(products[1][1].item<double>(), 8, 1e-15);
    EXPECT_NEAR(products[1][0].item<double>(), 5 - 3, 1e-15);
    EXPECT_NEAR(products[0][1].item<double>(), 0, 0);
}

TEST(Path, FromTheInputToTheLogits) {
    const std::int64_t length = 5;
    const SchemeUnderTest path("path", {{"rank", std::int64_t{4}}, {"forget_gate", true}}, model);
    const at::Tensor x = waves({1, length, 6}, 1), q = waves({1, 2, length, 3}, 2), k = waves({1, 2, length, 3}, 3);
    path.set("gate_bias", waves({2, 2}, 4));
    const auto of_layer = [&](const char* name) { return path.parameter(name).detach()[1]; };
    const at::Tensor raw = at::matmul(at::matmul(x[0], of_layer("down").t()), of_layer("up").t()), taps = of_layer("convolution");
    at::Tensor w = at::zeros({1, 2, length, 3}, at::kDouble);
    for (std::int64_t t = 0; t < length; ++t) {
        for (std::int64_t c = 0; c < 6; ++c) {
            double sum = 0;
            for (std::int64_t j = 0; j < 3; ++j) {
                sum += t + j >= 2 ? taps[c][j].item<double>() * raw[t + j - 2][c].item<double>() : 0;
            }
            w[0][c / 3][t][c % 3] = sum / (1 + std::exp(-sum));
        }
    }
    w = w / (w.square().sum(-1, true) + 1e-6).sqrt();
    const at::Tensor beta = at::matmul(x[0], of_layer("beta_weight").t()).sigmoid().mul(2).t().unsqueeze(0);
    const at::Tensor gates = at::log_sigmoid(at::matmul(x[0], of_layer("gate_weight").t()) + of_layer("gate_bias")).cumsum(0).t();
    const at::Tensor expected = (brute_force(q, k, w, beta)[0] + gates.unsqueeze(2) - gates.unsqueeze(1)) / std::sqrt(3.0);
    EXPECT_LE(difference_below(path.logits(x, q, k, 1)[0], expected), 1e-13);
}

TEST(Path, WithoutReflectionIsPlainAttention) {
    const SchemeUnderTest path("path", {}, model), none("none", {}, model);
    path.set("beta_weight", at::zeros({1}, at::kDouble));
    path.set("beta_bias", at::full({1}, -1000.0, at::kDouble));
    const at::Tensor x = waves({2, 70, 6}, 1), q = waves({2, 2, 70, 3}, 2), k = waves({2, 2, 70, 3}, 3);
    EXPECT_LE(difference_below(path.logits(x, q, k), none.logits(x, q, k)), 1e-14);
}

TEST(Path, DocumentsDoNotMeet) {
    const SchemeUnderTest path("path", {}, model);
    const at::Tensor document = waves({1, 4, 6}, 2), x = at::cat({waves({1, 3, 6}, 7), document}, 1);
    const at::Tensor q = waves({1, 2, 7, 3}, 2), k = waves({1, 2, 7, 3}, 3);
    const at::Tensor starts_BT = at::tensor({0, 0, 0, 3, 3, 3, 3}, at::kInt).view({1, 7});
    const at::Tensor packed = path.logits(x, q, k, 0, {.length = 7, .positions_T = {}, .starts_BT = starts_BT});
    const at::Tensor alone = path.logits(document, q.narrow(2, 3, 4), k.narrow(2, 3, 4));
    EXPECT_LE(difference_below(packed.narrow(2, 3, 4).narrow(3, 3, 4), alone), 1e-14);
}

TEST(Path, GradientsAreThoseOfDifferences) {
    const SchemeUnderTest path("path", {{"rank", std::int64_t{2}}}, model);
    const at::Tensor x = waves({1, 5, 6}, 1).requires_grad_(), q = waves({1, 2, 5, 3}, 2).requires_grad_(), k = waves({1, 2, 5, 3}, 3);
    const at::Tensor weights = waves({1, 2, 5, 5}, 5);
    expect_gradients([&] { return path.logits(x, q, k).mul(weights).tril().sum(); },
                     {x, q, path.parameter("up"), path.parameter("convolution"), path.parameter("beta_bias")}, 3);
}

}  // namespace
}  // namespace overtake
