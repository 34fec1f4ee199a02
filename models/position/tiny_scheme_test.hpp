// A scheme in fp64 with simple numbers, and its logits against a formula in plain loops: what the schemes' tests share.
#pragma once

#include <functional>
#include <string>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "models/operations.hpp"
#include "models/position/schemes.hpp"

namespace overtake {

/// Two layers of width 12, 3 heads of width 4, T = 6, parameters in fp64 with their initial values.
inline SchemePointer tiny_scheme(const std::string& name, const Options& given = {}, std::int64_t train_length = 6) {
    const ModelConfig model{.layers = 2, .width = 12, .heads = 3, .mlp_width = 24, .vocabulary = 11};
    return make_position_scheme({name, given}, {.model = model, .options = {}, .train_length = train_length, .seed = 1,
                                                .embedding_deviation = 0.5, .device = at::kCPU, .real = at::kDouble});
}

/// fp64 numbers between -1 and 1, the same for the same seed.
inline at::Tensor numbers(at::IntArrayRef sizes, double seed) {
    std::int64_t count = 1;
    for (const std::int64_t size : sizes) {
        count *= size;
    }
    return at::arange(count, at::kDouble).add(1).mul(12.9898).add(78.233 * seed).sin().mul(43758.5453).frac().view(sizes);
}

/// The parameter "position.<name>", filled with numbers of that seed; seed 0 leaves it as it is.
inline at::Tensor parameter(PositionScheme& scheme, const std::string& name, double seed = 0) {
    for (Parameter& parameter : scheme.parameters()) {
        if (parameter.name == "position." + name) {
            if (seed != 0) {
                parameter.value.detach().copy_(numbers(parameter.value.sizes(), seed));
            }
            return parameter.value.detach();
        }
    }
    ADD_FAILURE() << "no parameter " << name;
    return {};
}

/// q . k and the like: the sum over the last dimension of two rows.
inline double row_product(const at::Tensor& a, const at::Tensor& b) { return (a * b).sum().item<double>(); }

/// Compares the logits of layer 1 in fp64 with expected(n, i, k, q [N, T, H], k [N, T, H]) wherever query i sees key k.
inline void expect_logits(PositionScheme& scheme, const Placement& where,
                          const std::function<double(std::int64_t, std::int64_t, std::int64_t, const at::Tensor&, const at::Tensor&)>& expected) {
    const at::NoGradGuard no_grad;
    scheme.begin(where);
    const std::int64_t length = where.length;
    const at::Tensor q = numbers({1, 3, length, 4}, 1), k = numbers({1, 3, length, 4}, 2), x = numbers({1, length, 12}, 3);
    const at::Tensor logits = explicit_logits(scheme, x, scheme.transform({q, k}, x, 1), 1)[0];
    EXPECT_EQ(logits.scalar_type(), at::kDouble);
    for (std::int64_t n = 0; n < 3; ++n) {
        for (std::int64_t i = 0; i < length; ++i) {
            for (std::int64_t j = 0; j <= i; ++j) {
                EXPECT_NEAR(logits[n][i][j].item<double>(), expected(n, i, j, q[0], k[0]), 1e-12) << n << " " << i << " " << j;
            }
        }
    }
}

inline Placement plain(std::int64_t length) { return {.length = length, .positions_T = {}, .starts_BT = {}}; }

/// Six tokens at 0, 2, 3, 7, 8 and 9.
inline Placement spread() {
    return {.length = 6, .positions_T = at::tensor({0.0, 2.0, 3.0, 7.0, 8.0, 9.0}, at::kDouble), .starts_BT = {}};
}

}  // namespace overtake
