// One scheme alone, in fp64, for tests of values: parameters by name, logits before the mask.
#pragma once

#include <functional>

#include <gtest/gtest.h>

#include "models/operations.hpp"
#include "models/position/position_scheme.hpp"

namespace overtake {

struct SchemeUnderTest {
    std::unique_ptr<PositionScheme> scheme;

    SchemeUnderTest(const std::string& name, const Options& options, const ModelConfig& model, at::ScalarType real = at::kDouble)
        : scheme(make_position_scheme({name, options}, {.model = model,
                                                        .options = {},
                                                        .train_length = 16,
                                                        .seed = 1,
                                                        .embedding_deviation = 1,
                                                        .device = at::kCPU,
                                                        .real = real})) {}

    at::Tensor parameter(const std::string& name) const {
        for (const Parameter& parameter : scheme->parameters()) {
            if (parameter.name == "position." + name) {
                return parameter.value;
            }
        }
        throw std::logic_error("no parameter " + name);
    }

    void set(const std::string& name, const at::Tensor& values) const {
        at::Tensor into = parameter(name).detach();
        into.copy_(values.numel() == into.numel() ? values.reshape(into.sizes()) : values.expand_as(into));
    }

    /// [B, N, T, T] of queries and keys as they come from the projections; undefined x_BTD: zeros.
    at::Tensor logits(at::Tensor x_BTD, const at::Tensor& q_BNTH, const at::Tensor& k_BNTH, std::int64_t layer = 0,
                      Placement where = {}) const {
        where.length = q_BNTH.size(2);
        scheme->begin(std::move(where));
        if (!x_BTD.defined()) {
            x_BTD = at::zeros({q_BNTH.size(0), q_BNTH.size(2), q_BNTH.size(1) * q_BNTH.size(3)}, q_BNTH.options());
        }
        return explicit_logits(*scheme, x_BTD, scheme->transform({q_BNTH, k_BNTH}, x_BTD, layer), layer);
    }
};

/// Values that look random but are written down: sin(seed + 1.7 i).
inline at::Tensor waves(at::IntArrayRef shape, double seed) {
    std::int64_t count = 1;
    for (const std::int64_t extent : shape) {
        count *= extent;
    }
    return at::arange(count, at::kDouble).mul(1.7).add(seed).sin().view(shape);
}

/// The gradients of value() with respect to each leaf are those of central differences; every `stride`-th entry is tried.
inline void expect_gradients(const std::function<at::Tensor()>& value, const std::vector<at::Tensor>& leaves, std::int64_t stride) {
    value().backward();
    for (std::size_t leaf = 0; leaf < leaves.size(); ++leaf) {
        ASSERT_TRUE(leaves[leaf].grad().defined()) << "leaf " << leaf;
        at::Tensor flat = leaves[leaf].detach().view(-1);
        const at::Tensor gradient = leaves[leaf].grad().contiguous().view(-1);
        for (std::int64_t i = 0; i < flat.numel(); i += stride) {
            const double was = flat[i].item<double>(), step = 1e-6;
            flat[i] = was + step;
            const double up = value().item<double>();
            flat[i] = was - step;
            const double down = value().item<double>();
            flat[i] = was;
            EXPECT_NEAR(gradient[i].item<double>(), (up - down) / (2 * step), 1e-7) << "leaf " << leaf << ", entry " << i;
        }
    }
}

/// Largest difference at or below the diagonal.
inline double difference_below(const at::Tensor& a, const at::Tensor& b) {
    return (a.to(at::kDouble) - b.to(at::kDouble)).tril().abs().max().item<double>();
}

}  // namespace overtake
