// A window scored block by block is the window scored at once, for every scheme that says so.
#include "models/blockwise.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include <ATen/core/grad_mode.h>

#include "models/operations.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/position_schemes.hpp"

namespace overtake {
namespace {

constexpr std::int64_t train_length = 128, length = 300;

ModelConfig shape(bool qk_norm = false) {
    return {.layers = 2, .width = 24, .heads = 3, .mlp_width = 40, .vocabulary = 17, .activation = Activation::swiglu, .qk_norm = qk_norm};
}

Gpt make(const SchemeInfo& info, const Options& given = {}, Precision precision = Precision::fp32) {
    std::vector<Problem> problems;
    const PositionConfig position{std::string(info.name), complete_options(info, given, "test", problems)};
    return Gpt(shape(true), position, train_length, 5, precision, at::kCPU);
}

at::Tensor some_tokens() { return at::arange(length + 1).square().mul(7).add(3).remainder(17); }

at::Tensor at_once(const Gpt& gpt) {
    const at::Tensor tokens_T1 = some_tokens();
    return gpt.loss(tokens_T1.narrow(0, 0, length).unsqueeze(0), tokens_T1.narrow(0, 1, length).unsqueeze(0)).squeeze(0);
}

void expect_close(const at::Tensor& a, const at::Tensor& b, double tolerance) {
    ASSERT_EQ(a.sizes(), b.sizes());
    EXPECT_LE((a - b).abs().max().item<double>(), tolerance);
}

class Blockwise : public testing::TestWithParam<const SchemeInfo*> {};

std::vector<const SchemeInfo*> schemes_that_say_so() {
    std::vector<const SchemeInfo*> schemes;
    for (const SchemeInfo& info : position_schemes()) {
        if (info.kind != SchemeKind::extension && info.blockwise && !info.limited_to_train_length) {
            schemes.push_back(&info);
        }
    }
    return schemes;
}

INSTANTIATE_TEST_SUITE_P(Schemes, Blockwise, testing::ValuesIn(schemes_that_say_so()), [](const auto& param) {
    std::string name(param.param->name);
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

TEST_P(Blockwise, EqualsTheWindowAtOnce) {
    const at::NoGradGuard no_grad;
    const Gpt gpt = make(*GetParam());
    const PositionRange all{0, length};
    expect_close(gpt.blockwise_loss(some_tokens(), std::span(&all, 1), 64), at_once(gpt), 1e-5);
}

TEST_P(Blockwise, ScoresWhatIsAskedForAlone) {
    const at::NoGradGuard no_grad;
    const Gpt gpt = make(*GetParam());
    const std::vector<PositionRange> scored{{0, 3}, {60, 70}, {200, 201}};
    const at::Tensor whole = at_once(gpt);
    expect_close(gpt.blockwise_loss(some_tokens(), scored, 64),
                 at::cat({whole.narrow(0, 0, 3), whole.narrow(0, 60, 10), whole.narrow(0, 200, 1)}), 1e-5);
}

// Whole numbers with gaps, as a sampler draws them: a bias that goes by whole lags has no rows for them, all else stands there.
TEST_P(Blockwise, StandsAtDrawnPositions) {
    const at::NoGradGuard no_grad;
    const Gpt gpt = make(*GetParam());
    const PositionRange all{0, length};
    const at::Tensor positions_T = at::arange(length, at::kDouble).mul(3).add(5);
    if (!GetParam()->fused_attention) {
        EXPECT_THROW(gpt.blockwise_loss(some_tokens(), std::span(&all, 1), 64, positions_T), ConfigError);
        return;
    }
    Placement where;
    where.positions_T = positions_T;
    const at::Tensor tokens_T1 = some_tokens(), found = gpt.blockwise_loss(tokens_T1, std::span(&all, 1), 64, positions_T);
    expect_close(found, gpt.loss(tokens_T1.narrow(0, 0, length).unsqueeze(0), tokens_T1.narrow(0, 1, length).unsqueeze(0), where).squeeze(0), 1e-5);
    if (GetParam()->name != "none") {
        EXPECT_GT((found - at_once(gpt)).abs().max().item<double>(), 1e-4) << "positions matter";
    }
}

TEST(Blockwise, KeepsExtensions) {
    const at::NoGradGuard no_grad;
    for (const SchemeInfo& info : position_schemes()) {
        if (info.kind == SchemeKind::extension && info.blockwise && info.name != "continue") {
            Gpt gpt = make(*find_position_scheme("rope"));
            gpt.extend({.method = std::string(info.name), .options = {{"factor", 4.0}}});
            const PositionRange all{0, length};
            expect_close(gpt.blockwise_loss(some_tokens(), std::span(&all, 1), 64), at_once(gpt), 1e-5);
        }
    }
}

TEST(Blockwise, RoundsInBf16AsTheWholeWindowDoes) {
    const at::NoGradGuard no_grad;
    const Gpt gpt = make(*find_position_scheme("rope"), {}, Precision::bf16);
    const PositionRange all{0, length};
    expect_close(gpt.blockwise_loss(some_tokens(), std::span(&all, 1), 64), at_once(gpt), 0.05);
}

TEST(Blockwise, EndsWhereTheTableDoes) {
    const at::NoGradGuard no_grad;
    const Gpt gpt = make(*find_position_scheme("learned"));
    const PositionRange first{0, 10};
    EXPECT_THROW(gpt.blockwise_loss(some_tokens(), std::span(&first, 1), 64), ConfigError);
}

// Angles come from positions in fp64: 2^21 + 1 radians turned by the fastest pair, to fp32's last place of cos and sin.
TEST(Blockwise, FormsAnglesInFp64) {
    std::vector<Problem> problems;
    const SchemeInfo& info = *find_position_scheme("rope");
    const auto rope = make_position_scheme({"rope", complete_options(info, {}, "test", problems)},
                                           {.model = {.layers = 1, .width = 2, .heads = 1, .mlp_width = 4, .vocabulary = 2},
                                            .options = {},
                                            .train_length = train_length});
    Placement where;
    where.length = 1;
    where.positions_T = at::full({1}, 2097151.0, at::kDouble);
    where.part_of = 2097152;
    rope->begin(where);
    const at::Tensor one = at::tensor({1.0F, 0.0F}).view({1, 1, 1, 2});
    const at::Tensor turned = rope->transform({one, one}, {}, 0).q_BNTH.flatten();
    EXPECT_NEAR(turned[0].item<double>(), std::cos(2097151.0), 1e-7);
    EXPECT_NEAR(turned[1].item<double>(), std::sin(2097151.0), 1e-7);
}

// Two keys of one head: weights 1/4 and 3/4 by logits 0 and ln 3; the window hides the first from the last query.
TEST(BlockAttention, IsASoftmaxOverVisibleKeys) {
    const double ln3 = std::log(3.0);
    const at::Tensor q = at::ones({1, 1, 2, 1}), k = at::tensor({0.0, ln3, 9.0}, at::kFloat).view({1, 1, 3, 1});
    const at::Tensor v = at::tensor({4.0F, 8.0F, 1.0F}).view({1, 1, 3, 1});
    EXPECT_NEAR(block_attention(q.narrow(2, 0, 1), 1, k, v, 1, {}, {}).item<double>(), 7, 1e-5);
    EXPECT_NEAR(block_attention(q.narrow(2, 0, 1), 2, k, v, 1, {}, {2}).item<double>(), 1, 1e-6);
    // Bias by lag, stored from lag 2 to 0: query 1 adds ln 3 to lag 1, so both keys weigh the same.
    const at::Tensor bias = at::tensor({0.0, ln3, 0.0}, at::kFloat).view({1, 3});
    EXPECT_NEAR(block_attention(q.narrow(2, 0, 1), 1, k, v, 1, bias, {}).item<double>(), 6, 1e-5);
}

TEST(BlockAttention, IsTheSameByLibTorch) {
    const std::int64_t keys = 700, begin = 600;
    const auto wave = [](std::int64_t count, double step) { return at::arange(count, at::kDouble).mul(step).sin().to(at::kFloat); };
    const at::Tensor q = wave(2 * 100 * 5, 0.7).view({1, 2, 100, 5}).mul(3), k = wave(2 * keys * 5, 0.9).view({1, 2, keys, 5});
    const at::Tensor v = wave(2 * keys * 3, 1.3).view({1, 2, keys, 3}), bias = wave(2 * keys, 0.01).view({2, keys});
    std::vector<std::int32_t> window;
    for (std::int32_t i = 0; i < 100; ++i) {
        window.push_back(500 + i);
    }
    for (const auto& first_key : {std::vector<std::int32_t>{}, window}) {
        for (const at::Tensor& by_lag : {at::Tensor(), bias}) {
            expect_close(block_attention(q, begin, k, v, 0.5, by_lag, first_key),
                         attention_by_tiles(q, begin, k, v, 0.5, by_lag, first_key, 64), 1e-5);
        }
    }
}

}  // namespace
}  // namespace overtake
