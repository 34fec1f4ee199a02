#include "models/position/alibi.hpp"
#include "models/position/scheme_under_test.hpp"
#include "sweeps/errors.hpp"

namespace overtake {
namespace {

const ModelConfig model{.layers = 2, .width = 4, .heads = 2, .mlp_width = 8, .vocabulary = 11};

TEST(Fox, SumsOfLogGatesByHand) {
    const SchemeUnderTest fox("fox", {}, {.layers = 1, .width = 1, .heads = 1, .mlp_width = 1, .vocabulary = 2});
    fox.set("weight", at::tensor({2.0}, at::kDouble));
    fox.set("bias", at::tensor({-1.0}, at::kDouble));
    const at::Tensor x = at::tensor({9.0, 0.5, 0.0, 1.0}, at::kDouble).view({1, 4, 1});
    const at::Tensor zero = at::zeros({1, 1, 4, 1}, at::kDouble);
    const at::Tensor logits = fox.logits(x, zero, zero)[0][0];
    // z = 17, 0, -1, 1: ln sigmoid is -0.6931471805599453 at 0, -1.3132616875182228 at -1, -0.31326168751822286 at 1.
    EXPECT_NEAR(logits[0][0].item<double>(), 0, 0);
    EXPECT_NEAR(logits[1][0].item<double>(), -0.6931471805599453, 1e-15);
    EXPECT_NEAR(logits[2][0].item<double>(), -2.006408868078168, 1e-14);
    EXPECT_NEAR(logits[2][1].item<double>(), -1.3132616875182228, 1e-14);
    EXPECT_NEAR(logits[3][2].item<double>(), -0.31326168751822286, 1e-14);
    EXPECT_NEAR(logits[3][0].item<double>(), -2.319670555596391, 1e-14);
}

TEST(Fox, ConstantGatesAreAlibi) {
    const SchemeUnderTest fox("fox", {}, model), alibi("alibi", {}, model);
    fox.set("weight", at::zeros({1}, at::kDouble));
    // sigmoid(b) = e^-m  <=>  b = -ln(e^m - 1).
    const at::Tensor bias_N = at::tensor(alibi_slopes(2), at::kDouble).expm1().log().neg();
    fox.set("bias", bias_N.expand({2, 2}).contiguous());
    const at::Tensor q = waves({1, 2, 6, 2}, 0.1), k = waves({1, 2, 6, 2}, 0.2);
    EXPECT_LE(difference_below(fox.logits(waves({1, 6, 4}, 3), q, k, 1), alibi.logits({}, q, k, 1)), 1e-14);
}

TEST(Fox, DataIndependentGatesStartAtLogSpacedDecayTimes) {
    const ModelConfig three{.layers = 2, .width = 6, .heads = 3, .mlp_width = 8, .vocabulary = 11};
    const SchemeUnderTest fox("fox", {{"gate", std::string("constant")}, {"decay_time_min", 2.0}, {"decay_time_max", 128.0}}, three);
    ASSERT_EQ(fox.scheme->parameters().size(), 1u);
    // forgetting-transformer (fgate_type bias_only, decay times 2 to 128): -ln(e^(1/t) - 1) at t = 2, 16, 128.
    const std::vector<double> expected{0.4327521295671885, 2.7411759671209768, 4.8481214707894};
    for (std::int64_t n = 0; n < 3; ++n) {
        EXPECT_NEAR(fox.parameter("bias")[1][n].item<double>(), expected[static_cast<std::size_t>(n)], 1e-14);
    }
    // Five tokens apart a logit has lost 5 / t.
    const at::Tensor zero = at::zeros({2, 3, 7, 2}, at::kDouble), logits = fox.logits(waves({2, 7, 6}, 1), zero, zero, 1);
    EXPECT_NEAR(logits[1][0][6][1].item<double>(), -2.5, 1e-14);
    EXPECT_NEAR(logits[1][2][6][1].item<double>(), -5.0 / 128, 1e-14);
    const SchemeUnderTest to_train_length("fox", {{"gate", std::string("constant")}}, three);  // 16 tokens
    EXPECT_NEAR(to_train_length.parameter("bias")[0][2].item<double>(), 2.7411759671209768, 1e-14);
}

TEST(Fox, GatesAreFormedInFullPrecisionWhateverTheInputs) {
    const SchemeUnderTest fox("fox", {}, model, at::kFloat);
    fox.scheme->begin({.length = 300, .positions_T = {}, .starts_BT = {}});
    const at::Tensor bias = fox.scheme->key_bias(waves({1, 300, 4}, 1).to(at::kBFloat16), 0);
    EXPECT_EQ(bias.scalar_type(), at::kFloat);
    EXPECT_NEAR(bias[0][0][299].item<double>(), 300 * 0.693, 2);
}

TEST(Fox, RefusesASampler) {
    const SchemeUnderTest fox("fox", {}, model);
    EXPECT_NO_THROW(fox.scheme->begin({.length = 2, .positions_T = at::tensor({0.0, 1.0}, at::kDouble), .starts_BT = {}}));
    EXPECT_THROW(fox.scheme->begin({.length = 2, .positions_T = at::tensor({0.0, 3.0}, at::kDouble), .starts_BT = {}}), ConfigError);
}

TEST(Cable, IsFoxWithTheOtherSign) {
    const SchemeUnderTest fox("fox", {}, model), cable("cable", {}, model);
    const at::Tensor weight = waves({2, 2, 4}, 1), bias = waves({2, 2}, 2);
    fox.set("weight", weight);
    fox.set("bias", bias);
    cable.set("weight", weight.neg());
    cable.set("bias", bias.neg());
    const at::Tensor x = waves({2, 7, 4}, 3), q = waves({2, 2, 7, 2}, 4), k = waves({2, 2, 7, 2}, 5);
    EXPECT_LE(difference_below(fox.logits(x, q, k, 1), cable.logits(x, q, k, 1)), 1e-14);
}

TEST(Cable, ByHand) {
    const ModelConfig narrow{.layers = 1, .width = 4, .heads = 1, .mlp_width = 1, .vocabulary = 2};
    const at::Tensor x = at::zeros({1, 3, 4}, at::kDouble), ones = at::ones({1, 1, 3, 4}, at::kDouble);
    for (const bool scaled : {true, false}) {
        const SchemeUnderTest cable("cable", {{"scaled", scaled}}, narrow);
        cable.set("bias", at::tensor({1.0}, at::kDouble));
        const at::Tensor logits = cable.logits(x, ones, ones)[0][0];
        // softplus(1) = 1.3132616875182228; the product is 4, over sqrt(4) if scaled.
        EXPECT_NEAR(logits[2][0].item<double>(), (scaled ? 2 : 4) - 2 * 1.3132616875182228, 1e-14);
        EXPECT_NEAR(logits[1][1].item<double>(), scaled ? 2 : 4, 1e-15);
    }
}

}  // namespace
}  // namespace overtake
