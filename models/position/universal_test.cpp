#include <cmath>

#include "models/position/alibi.hpp"
#include "models/position/scheme_under_test.hpp"
#include "sweeps/errors.hpp"

namespace overtake {
namespace {

constexpr std::int64_t heads = 2, width = 4, length = 9, layer = 1;
const ModelConfig model{.layers = 2, .width = heads * width, .heads = heads, .mlp_width = 8, .vocabulary = 11};

SchemeUnderTest universal(bool rotation, bool decay, bool gate) {
    return {"universal", {{"rotation", rotation}, {"decay", decay}, {"gate", gate}}, model};
}

at::Tensor q() { return waves({2, heads, length, width}, 1); }
at::Tensor k() { return waves({2, heads, length, width}, 2); }
at::Tensor x() { return waves({2, length, model.width}, 3); }

double difference(const SchemeUnderTest& a, const SchemeUnderTest& b) {
    const at::NoGradGuard no_gradients;
    return difference_below(a.logits(x(), q(), k(), layer), b.logits(x(), q(), k(), layer));
}

TEST(Universal, RotationAloneIsLearnedRope) {
    const SchemeUnderTest rotation = universal(true, false, false), rope("learned-rope", {}, model);
    EXPECT_LE(difference(rotation, rope), 1e-14);
    // Any frequencies: their mean logarithm over the grid's goes into the strength.
    const at::Tensor logarithms = at::tensor({0.3, -2.0}, at::kDouble), grid = at::tensor({0.0, std::log(0.01)}, at::kDouble);
    rope.set("log_frequencies", logarithms * 16);
    rotation.set("log_frequencies", logarithms * 16 + 5);
    rotation.set("rotation_strength", (logarithms.mean() - grid.mean()).exp().view({1}));
    EXPECT_LE(difference(rotation, rope), 1e-13);
    rotation.set("rotation_strength", at::zeros({1}, at::kDouble));
    EXPECT_LE(difference(rotation, SchemeUnderTest("none", {}, model)), 1e-15);
}

TEST(Universal, DecayAloneIsAlibiOrKerple) {
    const SchemeUnderTest decay = universal(false, true, false), alibi("alibi", {}, model), kerple("kerple-log", {}, model);
    const at::Tensor slopes = at::tensor(alibi_slopes(heads), at::kDouble);
    decay.set("decay_power", at::ones({1}, at::kDouble));
    decay.set("decay_scale", slopes.log() + 7);
    decay.set("decay_strength", slopes.log().mean().exp().view({1}));
    EXPECT_LE(difference(decay, alibi), 1e-13);

    const at::Tensor scales = at::tensor({1.5, 0.2}, at::kDouble), rates = at::tensor({0.3, 2.0}, at::kDouble);
    kerple.set("scale", scales);
    kerple.set("rate", rates);
    decay.set("decay_power", at::zeros({1}, at::kDouble));
    decay.set("decay_scale", scales.log());
    decay.set("decay_rate", rates.log());
    decay.set("decay_strength", scales.log().mean().exp().view({1}));
    EXPECT_LE(difference(decay, kerple), 1e-13);
    decay.set("decay_power", at::full({1}, 1e-9, at::kDouble));
    EXPECT_LE(difference(decay, kerple), 1e-7) << "the logarithm is a limit";
}

TEST(Universal, GateAloneIsFox) {
    const SchemeUnderTest gate = universal(false, false, true), fox("fox", {}, model);
    const at::Tensor weight = waves({2, heads, model.width}, 4), bias = waves({2, heads}, 5);
    gate.set("gate_weight", weight);
    gate.set("gate_bias", bias);
    gate.set("gate_strength", at::ones({1}, at::kDouble));
    fox.set("weight", weight);
    fox.set("bias", bias);
    EXPECT_LE(difference(gate, fox), 1e-14);
}

TEST(Universal, PartsAdd) {
    const at::NoGradGuard no_gradients;
    const SchemeUnderTest all = universal(true, true, true), rotation = universal(true, false, false), decay = universal(false, true, false),
                          gate = universal(false, false, true), none("none", {}, model);
    const auto logits = [](const SchemeUnderTest& scheme, const Placement& where) { return scheme.logits(x(), q(), k(), layer, where); };
    const at::Tensor positions_T = at::arange(length, at::kDouble).mul(1.5);
    for (const Placement& where : {Placement{}, Placement{.length = 0, .positions_T = positions_T, .starts_BT = {}}}) {
        const at::Tensor sum = logits(rotation, where) + logits(decay, where) + logits(gate, where) - 2 * logits(none, where);
        EXPECT_LE(difference_below(logits(all, where), sum), 1e-14);
        EXPECT_GT(difference_below(logits(all, where), logits(none, where)), 1e-3);
    }
}

TEST(Universal, DecayByHand) {
    const SchemeUnderTest decay = universal(false, true, false);
    decay.set("decay_power", at::full({1}, 0.5, at::kDouble));
    decay.set("decay_rate", at::full({1}, std::log(3.0), at::kDouble));
    decay.set("decay_strength", at::full({1}, 2.0, at::kDouble));
    const at::Tensor zero = at::zeros({1, heads, length, width}, at::kDouble);
    // Lag 5: -2 (sqrt(1 + 15) - 1) / 0.5 = -12; lag 1: -2 (2 - 1) / 0.5 = -4.
    const at::Tensor logits = decay.logits({}, zero, zero)[0][0];
    EXPECT_NEAR(logits[6][1].item<double>(), -12, 1e-13);
    EXPECT_NEAR(logits[6][5].item<double>(), -4, 1e-13);
    EXPECT_NEAR(logits[3][3].item<double>(), 0, 0);
}

TEST(Universal, StrengthsCanBeRead) {
    const SchemeUnderTest all = universal(true, true, true);
    all.set("gate_strength", at::tensor({0.25, -0.5}, at::kDouble));
    all.scheme->begin({.length = length, .positions_T = {}, .starts_BT = {}});
    const auto parts = all.scheme->inspect();
    EXPECT_NEAR(parts.at("gate_strength")[1].item<double>(), -0.5, 0);
    EXPECT_NEAR(parts.at("rotation_strength")[0].item<double>(), 1, 0);
    EXPECT_NEAR(parts.at("decay_strength")[0].item<double>(), 0.01, 0);
    EXPECT_NEAR(parts.at("frequencies")[0][1].item<double>(), 0.01, 1e-15);
    EXPECT_THROW(universal(false, false, false), ConfigError);
}

}  // namespace
}  // namespace overtake
