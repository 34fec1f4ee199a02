// What every position scheme of the table owes, and the values of each one by hand.
#include <cmath>

#include <gtest/gtest.h>

#include "models/operations.hpp"
#include "models/position/alibi.hpp"
#include "models/position/position_scheme.hpp"
#include "models/position/rotary.hpp"
#include "models/position/schemes.hpp"
#include "models/position/sinusoidal.hpp"
#include "models/position/t5.hpp"
#include "models/position/trainable_schemes_test.hpp"
#include "models/tensor_data.hpp"
#include "sweeps/counts.hpp"
#include "sweeps/position_rules.hpp"

namespace overtake {
namespace {

constexpr std::int64_t length = trainable_length;

ModelConfig tiny() { return {.layers = 2, .width = 24, .heads = 3, .mlp_width = 40, .vocabulary = 11}; }

SchemeSetup tiny_setup() {
    return {.model = tiny(), .options = {}, .train_length = length, .seed = 1, .embedding_deviation = 1, .device = at::kCPU};
}

at::Tensor some_tokens(std::int64_t tokens) { return at::arange(2 * tokens).mul(7).add(3).remainder(11).view({2, tokens}); }

class Laws : public testing::TestWithParam<PositionConfig> {
  protected:
    Gpt model() const { return Gpt(tiny(), GetParam(), length, 5, Precision::fp32, at::kCPU); }
    const SchemeInfo& info() const { return *find_position_scheme(GetParam().scheme); }
};
INSTANTIATE_TEST_SUITE_P(Schemes, Laws, testing::ValuesIn(trainable_schemes()), name_of_trainable_scheme);

TEST_P(Laws, ParametersAreThoseOfTheTable) {
    Gpt gpt = model();
    std::int64_t position = 0, others = 0;
    bool position_began = false;
    for (const Parameter& parameter : gpt.parameters()) {
        const bool is_position = parameter.group == ParameterGroup::position;
        (is_position ? position : others) += parameter.value.numel();
        EXPECT_EQ(is_position, parameter.name.starts_with("position.")) << parameter.name;
        EXPECT_TRUE(is_position || !position_began) << "position parameters come last";
        position_began = position_began || is_position;
        EXPECT_EQ(parameter.value.scalar_type(), at::kFloat);
        EXPECT_TRUE(parameter.value.isfinite().all().item<bool>());
    }
    const ParameterCounts counts = count_parameters(tiny(), GetParam(), length);
    EXPECT_EQ(position, counts.position);
    EXPECT_EQ(others, counts.backbone + counts.embedding);
}

TEST_P(Laws, GradientsReachEveryParameter) {
    Gpt gpt = model();
    const at::Tensor loss_BT = gpt.loss(some_tokens(length), some_tokens(length).add(1).remainder(11));
    EXPECT_EQ(loss_BT.sizes(), at::IntArrayRef({2, length}));
    EXPECT_TRUE(loss_BT.isfinite().all().item<bool>());
    loss_BT.mean().backward();
    for (const Parameter& parameter : gpt.parameters()) {
        ASSERT_TRUE(parameter.value.grad().defined()) << parameter.name;
        EXPECT_TRUE(parameter.value.grad().isfinite().all().item<bool>()) << parameter.name;
        EXPECT_GT(parameter.value.grad().abs().max().item<double>(), 0) << parameter.name;
    }
}

TEST_P(Laws, TheFutureChangesNothing) {
    const Gpt gpt = model();
    const at::Tensor tokens = some_tokens(length), changed = tokens.clone();
    changed.narrow(1, length / 2, length - length / 2).add_(1).remainder_(11);
    const at::Tensor before = gpt.logits(tokens), after = gpt.logits(changed);
    EXPECT_TRUE(before.narrow(1, 0, length / 2).equal(after.narrow(1, 0, length / 2)));
    EXPECT_FALSE(before.equal(after));
}

TEST_P(Laws, LongerContextsWorkOrAreRefusedByName) {
    const Gpt gpt = model();
    const at::Tensor tokens = some_tokens(3 * length);
    if (longest_context(GetParam(), std::nullopt, length) == length) {
        EXPECT_EQ(gpt.longest_context(), length);
        try {
            gpt.logits(tokens);
            FAIL() << "not refused";
        } catch (const ConfigError& error) {
            EXPECT_NE(std::string(error.what()).find("at most 24 tokens"), std::string::npos) << error.what();
        }
        return;
    }
    const at::Tensor longer = gpt.logits(tokens);
    EXPECT_TRUE(longer.isfinite().all().item<bool>());
    EXPECT_LE((longer.narrow(1, 0, length) - gpt.logits(tokens.narrow(1, 0, length).contiguous())).abs().max().item<double>(), 1e-5)
        << "a longer window changes no earlier position";
}

/// A scheme that has begun a pass of `length` tokens.
SchemePointer begun(const PositionConfig& position, const Placement& where = {.length = length, .positions_T = {}, .starts_BT = {}}) {
    auto scheme = make_position_scheme(position, tiny_setup());
    scheme->begin(where);
    return scheme;
}

/// Logits of layer 1 before the mask where every token is the same one, [N, T, T].
at::Tensor logits_of_one_token(const PositionScheme& scheme) {
    const at::Tensor same = at::arange(8, at::kFloat).add(1).view({1, 1, 1, 8}).expand({1, 3, length, 8}).contiguous();
    const at::Tensor x_BTD = at::arange(24, at::kFloat).cos().expand({1, length, 24}).contiguous();
    return explicit_logits(scheme, x_BTD, scheme.transform({same, same}, x_BTD, 1), 1)[0];
}

/// On constant content a shift changes no logit; schemes that are absolute in the input alone pass too. The first two tokens are left
/// out: convolutions over tokens or keys begin there.
TEST_P(Laws, AttentionSeesOnlyLags) {
    const at::Tensor logits = logits_of_one_token(*begun(GetParam()));
    const at::Tensor shifted = logits.narrow(1, 7, length - 7).narrow(2, 7, length - 7);
    const at::Tensor original = logits.narrow(1, 2, length - 7).narrow(2, 2, length - 7);
    if (info().relative) {
        EXPECT_LE((shifted - original).tril().abs().max().item<double>(), 1e-3);
    }
}

/// The second of two documents in a window gets what it gets alone.
TEST_P(Laws, DocumentsInAWindowDoNotMeet) {
    constexpr std::int64_t first = 9;
    const Gpt gpt = model();
    const at::Tensor tokens = some_tokens(length), starts_BT = at::zeros({2, length}, at::kInt);
    starts_BT.narrow(1, first, length - first).fill_(first);
    const at::Tensor packed = gpt.logits(tokens, {.length = 0, .positions_T = {}, .starts_BT = starts_BT});
    for (const auto& [begin, count] : {std::pair{std::int64_t{0}, first}, std::pair{first, length - first}}) {
        const at::Tensor alone = gpt.logits(tokens.narrow(1, begin, count).contiguous());
        EXPECT_LE((packed.narrow(1, begin, count) - alone).abs().max().item<double>(), 1e-5) << "document at " << begin;
    }
}

/// Positions that a sampler draws: the plain ones change nothing, and others keep what is relative where it was.
TEST_P(Laws, SampledPositionsTakePartAsPlainOnesDo) {
    const Gpt gpt = model();
    const at::Tensor tokens = some_tokens(length), plain = gpt.logits(tokens);
    const at::Tensor sampled = gpt.logits(tokens, {.length = 0, .positions_T = at::arange(length, at::kDouble), .starts_BT = {}});
    EXPECT_LE((sampled - plain).abs().max().item<double>(), 1e-5);
}

TEST_P(Laws, Bf16StaysNearFp32) {
    const at::Tensor tokens = some_tokens(length), exact = model().logits(tokens);
    const Gpt half(tiny(), GetParam(), length, 5, Precision::bf16, at::kCPU);
    EXPECT_LE((half.logits(tokens) - exact).abs().max().item<double>(), 0.15);
}

TEST_P(Laws, OnlyAbsoluteSchemesChangeTheInput) {
    const auto scheme = begun(GetParam());
    const at::Tensor x_BTD = at::ones({1, length, 24});
    const at::Tensor changed = scheme->add_to_input(x_BTD), in_blocks = scheme->add_to_attention_input(x_BTD[0], 1);
    const std::string& name = GetParam().scheme;
    const bool absolute = name == "sinusoidal" || name == "learned" || name == "fourier-features";
    EXPECT_EQ(absolute, !changed.equal(x_BTD));
    EXPECT_EQ(absolute, !changed[0][1].equal(changed[0][2]));
    EXPECT_EQ(name == "floater", !in_blocks.equal(x_BTD[0]));
}

TEST_P(Laws, HooksAgreeWithWhatTheTableSays) {
    const auto scheme = begun(GetParam());
    const at::Tensor x_BTD = at::ones({1, length, 24}), heads = at::ones({1, 3, length, 8});
    const QueryKey qk = scheme->transform({heads, heads}, x_BTD, 0);
    const bool matrix = scheme->static_bias(0).defined() || scheme->content_bias(x_BTD, qk, 0).defined() || scheme->lag_terms(qk, 0).defined();
    EXPECT_EQ(scheme->fused_attention(), !matrix && !scheme->changes_weights());
    EXPECT_EQ(scheme->kind(), info().kind);
    for (const std::string_view name : names_of_kind(SchemeKind::extension)) {
        if (name == "continue") {
            continue;  // trains on without asking the scheme
        }
        const SchemeInfo& method = *find_position_scheme(name);
        const Options options = method.options.empty() ? Options{} : Options{{"factor", 2.0}};
        std::vector<Problem> problems;
        const ExtensionConfig extension{std::string(name), complete_options(method, options, "test", problems)};
        if (why_not_extended(method, info()).empty()) {
            EXPECT_NO_THROW(scheme->extend(extension)) << name;
        } else {
            EXPECT_THROW(scheme->extend(extension), ConfigError) << name;
        }
    }
}

TEST(Alibi, SlopesByHand) {
    EXPECT_EQ(alibi_slopes(4), (std::vector{0.25, 0.0625, 0.015625, 0.00390625}));
    EXPECT_EQ(alibi_slopes(8), (std::vector{0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625}));
    EXPECT_EQ(alibi_slopes(6), (std::vector{0.25, 0.0625, 0.015625, 0.00390625, 0.5, 0.125}));
}

TEST(Sinusoidal, HalvesByHand) {
    const at::Tensor position = at::tensor({2.0}, at::kDouble);
    const at::Tensor halves = sinusoidal_table(position, 6, SinusoidalLayout::halves, 1000)[0];  // 1, 0.1, 0.01
    const at::Tensor minus_one = sinusoidal_table(position, 6, SinusoidalLayout::halves_minus_one, 100)[0];  // 1, 0.1, 0.01
    const std::vector<double> expected{std::sin(2.0), std::sin(0.2), std::sin(0.02), std::cos(2.0), std::cos(0.2), std::cos(0.02)};
    for (std::int64_t i = 0; i < 6; ++i) {
        EXPECT_NEAR(halves[i].item<double>(), expected[static_cast<std::size_t>(i)], 1e-14) << i;
        EXPECT_NEAR(minus_one[i].item<double>(), expected[static_cast<std::size_t>(i)], 1e-14) << i;
    }
}

TEST(Sinusoidal, EntriesByHand) {
    const at::Tensor rows = sinusoidal_table(at::arange(3, at::kDouble), 4).contiguous();
    const std::vector<double> table(rows.data_ptr<double>(), rows.data_ptr<double>() + 12);
    const std::vector<double> expected{0, 1, 0, 1, std::sin(1.0), std::cos(1.0), std::sin(0.01), std::cos(0.01),
                                       std::sin(2.0), std::cos(2.0), std::sin(0.02), std::cos(0.02)};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_NEAR(table[i], expected[i], 1e-14) << i;
    }
}

TEST(T5, BucketsByHand) {
    const std::vector<std::pair<std::int64_t, std::int64_t>> expected{
        {0, 0},   {1, 1},   {15, 15}, {16, 16}, {18, 16},  {19, 17},  {20, 17},  {21, 18},  {32, 21},
        {63, 26}, {64, 26}, {90, 29}, {91, 29}, {112, 30}, {113, 31}, {127, 31}, {128, 31}, {100000, 31}};
    for (const auto& [lag, bucket] : expected) {
        EXPECT_EQ(t5_bucket(lag, 32, 128), bucket) << "lag " << lag;
    }
}

TEST(Kerple, BiasByHand) {
    const PositionConfig position = position_of(*find_position_scheme("kerple-log"));
    auto scheme = make_position_scheme(position, tiny_setup());
    ASSERT_EQ(scheme->parameters()[0].name, "position.scale");
    at::Tensor scale = scheme->parameters()[0].value, rate = scheme->parameters()[1].value;
    scale.detach().copy_(at::tensor({2.0F, 0.5F, -3.0F}).view({3, 1}));
    rate.detach().copy_(at::tensor({1.0F, 0.25F, 1.0F}).view({3, 1}));
    scheme->begin({.length = 8, .positions_T = {}, .starts_BT = {}});
    const at::Tensor bias = scheme->static_bias(0).by_lag_NT;
    EXPECT_NEAR(bias[0][0].item<double>(), 0, 0);
    EXPECT_NEAR(bias[0][1].item<double>(), -2 * std::log(2.0), 1e-6);
    EXPECT_NEAR(bias[1][4].item<double>(), -0.5 * std::log(2.0), 1e-6);
    EXPECT_NEAR(bias[2][1].item<double>(), -0.01 * std::log(2.0), 1e-7) << "held at 0.01";
    bias.sum().backward();
    EXPECT_LT(scale.grad()[2].item<double>(), 0) << "a gradient that leads back is kept";
    scale.mutable_grad().zero_();
    scheme->begin({.length = 8, .positions_T = {}, .starts_BT = {}});
    scheme->static_bias(0).by_lag_NT.neg().sum().backward();
    EXPECT_EQ(scale.grad()[2].item<double>(), 0) << "one that leads further below is dropped";
}

}  // namespace
}  // namespace overtake
