// Every operation against LibTorch's own, values and gradients, in both precisions.
#include "models/operations.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "models/tensor_data.hpp"

namespace overtake {
namespace {

at::Tensor noise(at::IntArrayRef shape, std::int64_t seed) {
    at::Tensor values = at::empty(shape, at::kFloat);
    at::Generator generator = at::globalContext().defaultGenerator(at::kCPU).clone();
    generator.set_current_seed(static_cast<std::uint64_t>(seed));
    return values.normal_(0, 1, generator);
}

double difference(const at::Tensor& a, const at::Tensor& b) {
    return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

using Operation = std::function<at::Tensor(const std::vector<at::Tensor>&)>;

/// Value and gradients of `ours` and of `theirs` (given fp64 copies) agree within `tolerance` of the largest entry.
void expect_same(const Operation& ours, const Operation& theirs, const std::vector<at::Tensor>& inputs, double tolerance) {
    std::vector<at::Tensor> mine, reference;
    for (const at::Tensor& input : inputs) {
        mine.push_back(input.detach().clone().set_requires_grad(true));
        reference.push_back(input.detach().to(at::kDouble).set_requires_grad(true));
    }
    const at::Tensor a = ours(mine), b = theirs(reference);
    ASSERT_EQ(a.sizes(), b.sizes());
    EXPECT_LE(difference(a, b), tolerance * b.abs().max().item<double>());
    const at::Tensor weights = noise(b.sizes(), 99).to(at::kDouble);
    a.mul(weights.to(a.scalar_type())).sum().backward();
    b.mul(weights).sum().backward();
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        ASSERT_TRUE(mine[i].grad().defined()) << "input " << i;
        EXPECT_LE(difference(mine[i].grad(), reference[i].grad()), tolerance * (reference[i].grad().abs().max().item<double>() + 1e-3))
            << "gradient of input " << i;
    }
}

class Operations : public testing::TestWithParam<at::ScalarType> {
  protected:
    at::Tensor compute(const at::Tensor& x) const { return x.to(GetParam()); }
    double tolerance() const { return GetParam() == at::kFloat ? 2e-5 : 2e-2; }
};
INSTANTIATE_TEST_SUITE_P(Precisions, Operations, testing::Values(at::kFloat, at::kBFloat16),
                         [](const auto& precision) { return precision.param == at::kFloat ? "fp32" : "bf16"; });

TEST_P(Operations, WeightAppliesAtOddSizes) {
    for (const auto& [rows, in, out] : {std::tuple{7, 3, 5}, {100, 48, 33}, {300, 300, 70}}) {
        expect_same([](const auto& x) { return apply_weight(x[0], x[1]); },
                    [](const auto& x) { return at::linear(x[0], x[1]); }, {compute(noise({rows, in}, 1)), noise({out, in}, 2)},
                    tolerance());
    }
}

TEST_P(Operations, NormAddsAndNormalises) {
    const auto norm = [](const at::Tensor& x, const at::Tensor& gain) {
        return x / (x.square().mean(-1, true) + 1e-5).sqrt() * gain;
    };
    const at::ScalarType type = GetParam();
    expect_same(
        [type](const auto& x) {
            const Normed result = add_and_norm(x[0], x[1], x[2], type);
            return result.stream_RD + result.normed_RD;
        },
        [&](const auto& x) { return x[0] + x[1] + norm(x[0] + x[1], x[2]); },
        {noise({50, 24}, 1), compute(noise({50, 24}, 2)), noise({24}, 3)}, tolerance());
    expect_same([type](const auto& x) { return add_and_norm(x[0], {}, x[1], type).normed_RD; },
                [&](const auto& x) { return norm(x[0], x[1]); }, {noise({5, 24}, 1), noise({24}, 3)}, tolerance());
}

TEST_P(Operations, Activations) {
    const at::Tensor x = compute(noise({20, 34}, 1).mul(4));
    expect_same([](const auto& i) { return apply_gelu(i[0]); }, [](const auto& i) { return at::gelu(i[0], "tanh"); }, {x}, tolerance());
    expect_same([](const auto& i) { return apply_swiglu(i[0]); },
                [](const auto& i) { return at::silu(i[0].narrow(1, 0, 17)) * i[0].narrow(1, 17, 17); }, {x}, tolerance());
}

TEST_P(Operations, CrossEntropy) {
    const at::Tensor targets = at::arange(9).mul(5).remainder(37);
    expect_same([&](const auto& x) { return cross_entropy(x[0], targets); },
                [&](const auto& x) { return at::cross_entropy_loss(x[0], targets, {}, at::Reduction::None); },
                {compute(noise({9, 37}, 1).mul(5))}, tolerance());
}

TEST_P(Operations, HeadsSplitAndRotate) {
    const auto reference = [](const at::Tensor& projected, const at::Tensor& cosine, const at::Tensor& sine) {
        const at::Tensor all = projected.view({2, 5, 3, 3, 8}).permute({2, 0, 3, 1, 4});
        const at::Tensor a = all[0].narrow(-1, 0, 4), b = all[0].narrow(-1, 4, 4);
        return at::cat({a * cosine - b * sine, b * cosine + a * sine}, -1) + 2 * all[1] + all[2] * all[2];
    };
    for (const at::Tensor& cosine : {noise({5, 4}, 2), noise({3, 5, 4}, 2)}) {
        expect_same(
            [](const auto& x) {
                const Heads heads = split_heads(x[0], 2, 3);
                return rotate_pairs(heads.qk.q_BNTH, x[1], x[2]) + 2 * heads.qk.k_BNTH + heads.v_BNTH * heads.v_BNTH;
            },
            [&](const auto& x) { return reference(x[0], x[1], x[2]); },
            {compute(noise({10, 72}, 1)), cosine, noise(cosine.sizes(), 3)}, tolerance());
    }
}

/// A scheme whose biases are given from outside.
class GivenBias final : public PositionScheme {
  public:
    GivenBias() : PositionScheme(*find_position_scheme("none"), {}) {}
    StaticBias static_bias(std::int64_t) const override { return fixed; }
    at::Tensor content_bias(const at::Tensor&, const QueryKey&, std::int64_t) const override { return content; }
    bool changes_weights() const override { return in_the_open; }
    double scale() const override { return 0.3; }
    at::Tensor key_bias(const at::Tensor&, std::int64_t) const override { return by_key; }
    std::int64_t first_key(std::int64_t query, std::int64_t) const override { return std::max<std::int64_t>(0, query - window + 1); }
    LagTerms lag_terms(const QueryKey&, std::int64_t) const override { return lags; }
    StaticBias fixed;
    LagTerms lags;
    at::Tensor content, by_key;
    std::int64_t window = 1000;
    bool in_the_open = false;
};

at::Tensor plain_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& bias,
                           const at::Tensor& hidden = {}) {
    const std::int64_t length = q.size(2);
    const at::Tensor future = at::ones({length, length}, at::kBool).triu(1);
    at::Tensor logits = at::matmul(q, k.transpose(-2, -1)) * 0.3;
    logits = (bias.defined() ? logits + bias : logits)
                 .masked_fill(hidden.defined() ? hidden.logical_or(future) : future, -std::numeric_limits<double>::infinity());
    return at::matmul(at::softmax(logits, -1), v).transpose(1, 2).reshape({q.size(0) * length, -1});
}

/// Our attention under a scheme that stands at `where`.
at::Tensor attend(GivenBias& scheme, const std::vector<at::Tensor>& qkv, const at::Tensor& starts_BT = {}) {
    scheme.begin({.length = qkv[0].size(2), .positions_T = {}, .starts_BT = starts_BT});
    return Attention(scheme)(at::zeros({qkv[0].size(0), qkv[0].size(2), 1}), {qkv[0], qkv[1]}, qkv[2], 0);
}

TEST_P(Operations, AttentionWithoutBias) {
    GivenBias scheme;
    for (const auto& [length, width] : {std::pair{1, 2}, {5, 6}, {47, 16}, {48, 8}, {130, 20}}) {
        const auto heads = [&, &length = length, &width = width](std::int64_t seed) { return compute(noise({2, 3, length, width}, seed)); };
        expect_same(
            [&](const auto& x) { return attend(scheme, x); },
            [](const auto& x) { return plain_attention(x[0], x[1], x[2], {}); }, {heads(1), heads(2), heads(3)}, tolerance());
    }
}

TEST_P(Operations, AttentionWithBiases) {
    constexpr std::int64_t length = 53;
    const auto heads = [&](std::int64_t seed) { return compute(noise({2, 3, length, 8}, seed)); };
    const at::Tensor lag = (at::arange(length).unsqueeze(1) - at::arange(length)).clamp_min(0);
    for (const bool in_the_open : {false, true}) {
        const auto ours = [&](const StaticBias& fixed, const at::Tensor& content, const std::vector<at::Tensor>& x) {
            GivenBias scheme;
            scheme.fixed = fixed;
            scheme.content = content;
            scheme.in_the_open = in_the_open;
            return attend(scheme, x);
        };
        expect_same([&](const auto& x) { return ours({.by_lag_NT = x[3], .by_pair_NTT = {}}, {}, x); },
                    [&](const auto& x) { return plain_attention(x[0], x[1], x[2], at::index_select(x[3], 1, lag.flatten()).view({3, length, length})); },
                    {heads(1), heads(2), heads(3), noise({3, length}, 4)}, tolerance());
        expect_same([&](const auto& x) { return ours({.by_lag_NT = {}, .by_pair_NTT = x[3]}, {}, x); },
                    [&](const auto& x) { return plain_attention(x[0], x[1], x[2], x[3]); },
                    {heads(1), heads(2), heads(3), noise({3, length, length}, 4)}, tolerance());
        expect_same([&](const auto& x) { return ours({.by_lag_NT = x[3], .by_pair_NTT = {}}, x[4], x); },
                    [&](const auto& x) {
                        return plain_attention(x[0], x[1], x[2], at::index_select(x[3], 1, lag.flatten()).view({3, length, length}) + x[4]);
                    },
                    {heads(1), heads(2), heads(3), noise({3, length}, 4), noise({2, 3, length, length}, 5)}, tolerance());
    }
}

TEST_P(Operations, QueriesAndKeysMayBeWiderThanValues) {
    GivenBias scheme;
    expect_same([&](const auto& x) { return attend(scheme, x); }, [](const auto& x) { return plain_attention(x[0], x[1], x[2], {}); },
                {compute(noise({2, 3, 61, 24}, 1)), compute(noise({2, 3, 61, 24}, 2)), compute(noise({2, 3, 61, 8}, 3))}, tolerance());
}

TEST_P(Operations, AttentionSeesWindowsAndDocuments) {
    constexpr std::int64_t length = 130;
    const at::Tensor index = at::arange(length), lag = index.unsqueeze(1) - index;
    const at::Tensor starts_BT = at::stack({index.div(50, "floor").mul(50), index.div(37, "floor").mul(37)}).to(at::kInt);
    const auto heads = [&](std::int64_t seed) { return compute(noise({2, 3, length, 8}, seed)); };
    for (const bool in_the_open : {false, true}) {
        GivenBias scheme;
        scheme.in_the_open = in_the_open;
        const std::vector<at::Tensor> inputs{heads(1), heads(2), heads(3), noise({3, length}, 4)};
        const auto with_lags = [&](const auto& x, const at::Tensor& hidden) {
            return plain_attention(x[0], x[1], x[2], at::index_select(x[3], 1, lag.clamp_min(0).flatten()).view({3, length, length}), hidden);
        };
        const auto ours = [&](const auto& x, const at::Tensor& starts) {
            scheme.fixed = {.by_lag_NT = x[3], .by_pair_NTT = {}};
            return attend(scheme, x, starts);
        };
        const at::Tensor elsewhere = index.lt(starts_BT.unsqueeze(-1)).unsqueeze(1);
        expect_same([&](const auto& x) { return ours(x, starts_BT); }, [&](const auto& x) { return with_lags(x, elsewhere); }, inputs,
                    tolerance());
        scheme.window = 21;
        expect_same([&](const auto& x) { return ours(x, {}); }, [&](const auto& x) { return with_lags(x, lag.ge(21)); }, inputs, tolerance());
        expect_same([&](const auto& x) { return ours(x, starts_BT); },
                    [&](const auto& x) { return with_lags(x, elsewhere.logical_or(lag.ge(21))); }, inputs, tolerance());
    }
}

TEST_P(Operations, KeyBiasNeedsNoMatrix) {
    constexpr std::int64_t length = 70;
    const auto heads = [&](std::int64_t seed) { return compute(noise({2, 3, length, 8}, seed)); };
    const std::vector<at::Tensor> inputs{heads(1), heads(2), heads(3), noise({2, 3, length}, 4)};
    const auto theirs = [](const auto& x) { return plain_attention(x[0], x[1], x[2], x[3].unsqueeze(2)); };
    for (const bool in_the_open : {false, true}) {
        expect_same(
            [&](const auto& x) {
                GivenBias scheme;
                scheme.in_the_open = in_the_open;
                scheme.by_key = x[3];
                return attend(scheme, x);
            },
            theirs, inputs, tolerance());
    }
    expect_same(
        [&](const auto& x) {
            GivenBias scheme;
            const QueryKey wide = append_key_bias({x[0], x[1]}, x[3], 0.3);
            EXPECT_EQ(wide.q_BNTH.size(3), 16);
            return attend(scheme, {wide.q_BNTH, wide.k_BNTH, x[2]});
        },
        theirs, inputs, tolerance());
}

/// Vectors of the lag for keys (with queries of their own), queries and values; fewer rows than lags, as many, and more.
TEST_P(Operations, AttentionWithVectorsOfTheLag) {
    constexpr std::int64_t length = 101;
    const at::Tensor index = at::arange(length), lag = (index.unsqueeze(1) - index).clamp_min(0);
    const at::Tensor starts_BT = at::stack({index.div(60, "floor").mul(60), index.div(37, "floor").mul(37)}).to(at::kInt);
    const at::Tensor elsewhere = index.lt(starts_BT.unsqueeze(-1)).unsqueeze(1);
    const auto heads = [&](std::int64_t seed) { return compute(noise({2, 3, length, 8}, seed)); };
    for (const std::int64_t rows : {2, 5, 101, 130}) {
        const auto of_pairs = [&](const at::Tensor& table) {
            return table.index_select(1, lag.clamp_max(rows - 1).flatten()).view({-1, length, length, 8}).unsqueeze(0);
        };
        for (const bool in_the_open : {false, true}) {
            expect_same(
                [&](const auto& x) {
                    GivenBias scheme;
                    scheme.in_the_open = in_the_open;
                    scheme.lags = {.q_BNTH = x[3], .keys_NRH = x[4], .queries_NRH = x[5], .values_NRH = x[6]};
                    return attend(scheme, x, starts_BT);
                },
                [&](const auto& x) {
                    const at::Tensor relative = (x[3].unsqueeze(3) * of_pairs(x[4])).sum(-1) + (x[1].unsqueeze(2) * of_pairs(x[5])).sum(-1);
                    const at::Tensor hidden = elsewhere.logical_or(at::ones({length, length}, at::kBool).triu(1));
                    const at::Tensor logits = ((at::matmul(x[0], x[1].transpose(-2, -1)) + relative) * 0.3)
                                                  .masked_fill(hidden, -std::numeric_limits<double>::infinity());
                    const at::Tensor weights = at::softmax(logits, -1);
                    const at::Tensor out = at::matmul(weights, x[2]) + (weights.unsqueeze(-1) * of_pairs(x[6])).sum(3);
                    return out.transpose(1, 2).reshape({2 * length, -1});
                },
                {heads(1), heads(2), heads(3), heads(4), noise({3, rows, 8}, 5), noise({1, rows, 8}, 6), noise({1, rows, 8}, 7)}, tolerance());
        }
    }
}

/// ALiBi's bias reaches thousands at long contexts, where a bf16 number is tens off; its parts must still tell a lag of 1.
TEST(Operations, AppendedChannelsKeepLargeBiasesExact) {
    const at::Tensor zero = at::zeros({1, 1, 3, 8}, at::kBFloat16);
    const at::Tensor bias = at::tensor({5000.25F, 5000.75F, 5001.5F}).view({1, 1, 3});
    const QueryKey wide = append_key_bias({zero, zero}, bias, 0.25);
    const at::Tensor sum = at::matmul(wide.q_BNTH.to(at::kDouble), wide.k_BNTH.to(at::kDouble).transpose(-2, -1)).mul(0.25);
    EXPECT_LE(difference(sum[0][0][0], bias[0][0]), 5e-4);
}

TEST(Operations, ThreadsDoNotChangeBits) {
    const at::Tensor x = noise({700, 40}, 1), weight = noise({90, 40}, 2), gain = noise({40}, 3);
    const auto gradients = [&](int threads) {
        at::set_num_threads(threads);
        const at::Tensor a = x.clone().set_requires_grad(true), w = weight.clone().set_requires_grad(true),
                         g = gain.clone().set_requires_grad(true);
        apply_weight(add_and_norm(a, {}, g, at::kFloat).normed_RD, w).square().sum().backward();
        at::set_num_threads(1);
        return std::vector{a.grad(), w.grad(), g.grad()};
    };
    const auto one = gradients(1), two = gradients(2);
    for (std::size_t i = 0; i < one.size(); ++i) {
        EXPECT_TRUE(one[i].equal(two[i])) << i;
    }
}

}  // namespace
}  // namespace overtake
