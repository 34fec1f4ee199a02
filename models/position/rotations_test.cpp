// Schemes that rotate queries and keys, and temperatures on top of them, by hand in fp64: one head unless a test says otherwise.
#include <cmath>

#include <gtest/gtest.h>

#include "models/operations.hpp"
#include "models/position/rotary.hpp"
#include "sweeps/errors.hpp"

namespace overtake {
namespace {

constexpr std::int64_t length = 16;

std::unique_ptr<PositionScheme> make(const std::string& name, const Options& options = {}, std::int64_t width = 4,
                                     std::int64_t layers = 1, std::int64_t train_length = length) {
    auto scheme = make_position_scheme({name, options}, {.model = {.layers = layers, .width = width, .heads = 1, .mlp_width = 4, .vocabulary = 5},
                                                         .options = {},
                                                         .train_length = train_length,
                                                         .seed = 1,
                                                         .embedding_deviation = 1,
                                                         .device = at::kCPU,
                                                         .real = at::kDouble});
    scheme->begin({.length = length, .positions_T = {}, .starts_BT = {}});
    return scheme;
}

/// Products q . k before the scale, [T, T], of one query and one key that stand everywhere; x is 0.
at::Tensor products(const PositionScheme& scheme, const std::vector<double>& query, const std::vector<double>& key, std::int64_t layer = 0) {
    const auto everywhere = [](const std::vector<double>& values) {
        return at::tensor(values, at::kDouble).expand({1, 1, length, static_cast<std::int64_t>(values.size())}).contiguous();
    };
    const at::Tensor x_BTD = at::zeros({1, length, static_cast<std::int64_t>(query.size())}, at::kDouble);
    const QueryKey qk = scheme.transform({everywhere(query), everywhere(key)}, x_BTD, layer);
    return explicit_logits(scheme, x_BTD, qk, layer)[0][0].div(scheme.scale());
}

double at_cell(const at::Tensor& table, std::int64_t i, std::int64_t k) { return table[i][k].item<double>(); }

void set(PositionScheme& scheme, const at::Tensor& value, std::size_t index = 0) {
    scheme.parameters().at(index).value.detach().copy_(value.view_as(scheme.parameters().at(index).value));
    scheme.begin({.length = length, .positions_T = {}, .starts_BT = {}});
}

void expect_frequencies(const PositionScheme& scheme, const std::vector<double>& expected) {
    const at::Tensor theta = scheme.inspect().at("frequencies").contiguous();
    ASSERT_EQ(theta.sizes(), at::IntArrayRef({static_cast<std::int64_t>(expected.size())}));
    for (std::size_t j = 0; j < expected.size(); ++j) {
        EXPECT_NEAR(theta[static_cast<std::int64_t>(j)].item<double>(), expected[j], 1e-15) << "pair " << j;
    }
}

TEST(Rope, FrequenciesByHand) { expect_frequencies(*make("rope", {}, 8), {1, 0.1, 0.01, 0.001}); }

TEST(Rope, LayoutsPairTheirChannels) {
    const std::vector<double> first{1, 0, 0, 0}, second{0, 1, 0, 0}, third{0, 0, 1, 0};
    EXPECT_NEAR(at_cell(products(*make("rope"), first, third), 5, 2), std::sin(3.0), 1e-15);
    EXPECT_EQ(at_cell(products(*make("rope"), first, second), 5, 2), 0);
    const auto interleaved = make("rope-interleaved"), option = make("rope", {{"layout", std::string("interleaved")}});
    EXPECT_NEAR(at_cell(products(*interleaved, first, second), 5, 2), std::sin(3.0), 1e-15);
    EXPECT_EQ(at_cell(products(*interleaved, first, third), 5, 2), 0);
    EXPECT_TRUE(products(*option, first, second).equal(products(*interleaved, first, second)));
}

TEST(PRope, StopsTheSlowPairsOfTheWholeGrid) {
    expect_frequencies(*make("p-rope", {}, 8), {1, 0.1, 0.01, 0});
    expect_frequencies(*make("p-rope", {{"rotated_share", 0.3}}, 8), {1, 0, 0, 0});  // floor(1.2)
}

TEST(PartialRope, RotatesTheFirstChannelsOnTheirOwnGrid) {
    const auto scheme = make("partial-rope", {{"rotated_share", 0.5}}, 8);
    expect_frequencies(*scheme, {1, 0.01});
    EXPECT_NEAR(at_cell(products(*scheme, {1, 0, 0, 0, 0, 0, 0, 0}, {0, 0, 1, 0, 0, 0, 0, 0}), 5, 2), std::sin(3.0), 1e-15);
    EXPECT_NEAR(at_cell(products(*scheme, {0, 0, 0, 0, 0, 2, 0, 0}, {0, 0, 0, 0, 0, 3, 0, 0}), 5, 2), 6, 1e-14);
    scheme->extend({"longrope", {{"factor", 2.0}, {"long_factors", std::vector<double>{1, 2}}}});
    EXPECT_THROW(scheme->extend({"longrope", {{"factor", 2.0}, {"long_factors", std::vector<double>{1, 2, 3, 4}}}}), ConfigError);
}

TEST(XPos, DecaysPairByPair) {
    const at::Tensor fast = products(*make("xpos", {{"scale_base", 4.0}}), {1, 0, 0, 0}, {1, 0, 0, 0});
    EXPECT_NEAR(at_cell(fast, 5, 2), std::cos(3.0) * std::pow(0.4 / 1.4, 0.75), 1e-15);
    const at::Tensor slow = products(*make("xpos", {{"scale_base", 4.0}}), {0, 0, 1, 0}, {0, 0, 1, 0});
    EXPECT_NEAR(at_cell(slow, 15, 2), std::cos(0.13) * std::pow(0.9 / 1.4, 13.0 / 4), 1e-15);
}

TEST(Resonance, RoundsWavelengthsAfterScaling) {
    const auto scheme = make("resonance");  // wavelengths 6.28 and 628.3
    expect_frequencies(*scheme, {2 * M_PI / 6, 2 * M_PI / 628});
    EXPECT_NEAR(at_cell(products(*scheme, {1, 0, 0, 0}, {1, 0, 0, 0}), 15, 3), 1, 1e-14) << "two whole turns";
    scheme->extend({"pi", {{"factor", 4.0}}});  // 25.13 and 2513.3
    expect_frequencies(*scheme, {2 * M_PI / 25, 2 * M_PI / 2513});
}

TEST(IRope, LeavesEveryNthLayerWithoutPositions) {
    const auto scheme = make("i-rope", {{"every", std::int64_t{2}}, {"chunk", std::int64_t{4}}, {"temperature_floor", std::int64_t{4}}}, 4, 4);
    const std::vector<double> query{1, 0, 0, 0};
    for (const std::int64_t layer : {0, 2}) {
        EXPECT_NEAR(at_cell(products(*scheme, query, query, layer), 5, 2), std::cos(3.0), 1e-15);
        EXPECT_EQ(scheme->first_key(6, layer), 4);
        EXPECT_EQ(scheme->first_key(8, layer), 8);
    }
    for (const std::int64_t layer : {1, 3}) {
        const at::Tensor still = products(*scheme, query, query, layer);
        EXPECT_EQ(at_cell(still, 2, 0), 1);
        EXPECT_NEAR(at_cell(still, 3, 0), 1 + 0.1 * std::log(2.0), 1e-15);
        EXPECT_NEAR(at_cell(still, 11, 5), 1 + 0.1 * std::log(4.0), 1e-15);
        EXPECT_EQ(scheme->first_key(6, layer), 0);
    }
}

TEST(LogTemperature, CountsVisibleKeys) {
    const Options without{{"on", std::string("none")}};
    const std::vector<double> query{1, 0, 0, 0};
    const auto ssmax = make("ssmax", without);
    EXPECT_EQ(at_cell(products(*ssmax, query, query), 0, 0), 0);
    EXPECT_NEAR(at_cell(products(*ssmax, query, query), 7, 3), 0.43 * std::log(8.0), 1e-15);
    set(*ssmax, at::tensor({2.0}, at::kDouble));
    EXPECT_NEAR(at_cell(products(*ssmax, query, query), 7, 3), 2 * std::log(8.0), 1e-15);
    EXPECT_NEAR(at_cell(products(*make("ssmax", {{"learned", false}}), query, query), 7, 3), 0.43 * std::log(8.0) * std::cos(4.0), 1e-15);
    EXPECT_TRUE(make("ssmax", {{"learned", false}})->parameters().empty());
    const auto log_n = make("log-n", without, 4, 1, 4);
    EXPECT_EQ(at_cell(products(*log_n, query, query), 2, 0), 1);
    EXPECT_NEAR(at_cell(products(*log_n, query, query), 15, 0), 2, 1e-15) << "ln 16 / ln 4";
    EXPECT_NEAR(at_cell(products(*make("log-n", {}, 4, 1, 4), query, query), 15, 0), 2 * std::cos(15.0), 1e-14);
    EXPECT_THROW(log_n->extend({"pi", {{"factor", 2.0}}}), ConfigError);
    log_n->begin({.length = 8, .positions_T = {}, .starts_BT = at::tensor({0, 0, 0, 0, 0, 0, 6, 6}, at::kInt).view({1, 8})});
    EXPECT_EQ(log_n->temperature(0)[0][0][7][0].item<double>(), 1) << "counted in the document";
}

TEST(LearnedBase, IsRopeOfItsBase) {
    const auto scheme = make("learned-base", {}, 8);
    EXPECT_EQ(scheme->parameters().at(0).name, "position.log_base");
    expect_frequencies(*scheme, {1, 0.1, 0.01, 0.001});
    set(*scheme, at::tensor({16 * std::log(16.0)}, at::kDouble));
    expect_frequencies(*scheme, {1, 0.5, 0.25, 0.125});
}

TEST(RopeMixed, StartsInADirectionPerHeadAndIsLearnedRope) {
    const auto mixed = make("rope-mixed", {}, 8);
    const at::Tensor theta = mixed->inspect().at("frequencies");  // m cos a, m cos (a + pi/2), m = 1, 10^(-1/2)
    EXPECT_NEAR(theta[0].square().add(theta[2].square()).item<double>(), 1, 1e-7);
    EXPECT_NEAR(theta[1].square().add(theta[3].square()).item<double>(), 0.1, 1e-8);
    EXPECT_NEAR(theta[1].div(theta[0]).item<double>(), std::sqrt(0.1), 1e-7);
    const at::Tensor positive = at::tensor({0.9, 0.3, 0.04, 0.002}, at::kDouble);
    set(*mixed, positive);
    const auto learned = make("learned-rope", {{"share", std::string("head")}}, 8);
    set(*learned, positive.log().mul(16));
    const std::vector<double> query{1, 2, -1, 0.5, 0.3, -2, 1, 1}, key{-1, 0.2, 1, 1, 2, -0.7, 0.4, 1};
    EXPECT_LE((products(*mixed, query, key) - products(*learned, query, key)).abs().max().item<double>(), 1e-12);
}

TEST(LieRope, IsTheMatrixExponentialAndLearnedRopeInItsBasis) {
    const auto lie = make("lie-rope", {}, 6);
    const std::vector<double> query{1, 2, -1, 0.5, 0.3, -2}, key{-1, 0.2, 1, 1, 2, -0.7};
    EXPECT_LE((products(*lie, query, key) - products(*make("rope", {}, 6), query, key)).abs().max().item<double>(), 1e-12)
        << "starts as rope";
    const at::Tensor one_way = at::arange(36, at::kDouble).square().mul(1.7).sin().mul(0.4).view({6, 6}), skew = one_way - one_way.t();
    set(*lie, one_way);
    const at::Tensor logits = products(*lie, query, key);
    const at::Tensor q = at::tensor(query, at::kDouble), k = at::tensor(key, at::kDouble);
    for (const auto& [i, of_key] : {std::pair{3, 3}, std::pair{9, 2}, std::pair{15, 0}}) {
        const double expected = q.dot(at::matrix_exp(skew.mul(of_key - i)).mv(k)).item<double>();
        EXPECT_NEAR(at_cell(logits, i, of_key), expected, 1e-12) << i << " " << of_key;
    }
    const auto [omega, vector] = at::linalg_eigh(at::complex(at::zeros_like(skew), skew));
    const at::Tensor half = vector.narrow(1, 3, 3).mul(std::sqrt(2.0)), basis = at::cat({at::real(half), at::imag(half)}, 1);
    const auto learned = make("learned-rope", {}, 6);
    set(*learned, omega.narrow(0, 3, 3).log().mul(16));
    const auto turned = [&](const at::Tensor& x) {
        const at::Tensor y = at::matmul(x, basis).contiguous();
        return std::vector<double>(y.data_ptr<double>(), y.data_ptr<double>() + 6);
    };
    EXPECT_LE((products(*learned, turned(q), turned(k)) - logits).abs().max().item<double>(), 1e-12);
}

TEST(SelectiveRope, SumsWhatTokensContribute) {
    const auto scheme = make("selective-rope", {}, 2);
    set(*scheme, at::tensor({1.0, 0.0}, at::kDouble));  // omega = 1 + x_0
    const at::Tensor x_BTD = at::zeros({1, length, 2}, at::kDouble);
    x_BTD[0][3][0] = 0.5;
    x_BTD[0][4][0] = -0.25;
    const at::Tensor unit = at::tensor({1.0, 0.0}, at::kDouble).expand({1, 1, length, 2}).contiguous();
    const QueryKey qk = scheme->transform({unit, unit}, x_BTD, 0);
    const at::Tensor logits = at::matmul(qk.q_BNTH, qk.k_BNTH.transpose(-1, -2))[0][0];
    EXPECT_NEAR(at_cell(logits, 2, 0), std::cos(2.0), 1e-15);
    EXPECT_NEAR(at_cell(logits, 5, 2), std::cos(1.5 + 0.75 + 1), 1e-15);
    EXPECT_NEAR(at_cell(logits, 5, 3), std::cos(0.75 + 1), 1e-15) << "a key's own contribution is behind it";
}

TEST(Fope, SumsWavesAndDropsPairsThatNeverTurn) {
    const auto scheme = make("fope", {}, 8, 1, 1024);  // 1, 0.1, 0.01 >= 2 pi / 1024 > 0.001
    expect_frequencies(*scheme, {1, 0.1, 0.01});
    ASSERT_EQ(scheme->parameters().at(0).value.sizes(), at::IntArrayRef({1, 1, 3, 2}));
    set(*scheme, at::tensor({1.0, 0.0, 2.0, 1.0, 1.0, 0.0}, at::kDouble), 0);
    set(*scheme, at::tensor({3.0, 0.0, 1.0, 0.0, 0.0, 1.0}, at::kDouble), 1);
    const auto c = [](double p) { return (std::cos(p) + 2 * std::cos(0.1 * p) + std::cos(0.01 * p)) / 4; };
    const auto s = [](double p) { return (3 * std::sin(p) + std::sin(0.1 * p)) / 4; };
    const std::vector<double> first{1, 0, 0, 0, 0, 0, 0, 0}, second{0, 1, 0, 0, 0, 0, 0, 0}, third{0, 0, 1, 0, 0, 0, 0, 0};
    EXPECT_NEAR(at_cell(products(*scheme, first, first), 5, 2), c(5) * c(2) + s(5) * s(2), 1e-15);
    EXPECT_NEAR(at_cell(products(*scheme, second, second), 5, 2),
                std::cos(0.5) * std::cos(0.2) + std::sin(0.05) * std::sin(0.02), 1e-15);
    EXPECT_NEAR(at_cell(products(*scheme, third, third), 5, 2), 2, 1e-15);
    EXPECT_NEAR(at_cell(products(*make("fope", {{"unit_sine", false}}, 8, 1, 1024), third, third), 5, 2), 1, 1e-15);
}

TEST(Pope, ContentIsLengthAndPositionAngle) {
    const auto scheme = make("pope", {}, 2);
    const double squared = std::log(2.0) * std::log(2.0);  // softplus(0)^2
    EXPECT_NEAR(at_cell(products(*scheme, {0, 0}, {0, 0}), 5, 2), squared * (std::cos(3.0) + std::cos(0.03)), 1e-15);
    set(*scheme, at::tensor({-0.5, 1.0}, at::kDouble));
    EXPECT_NEAR(at_cell(products(*scheme, {0, 0}, {0, 0}), 5, 2), squared * (std::cos(-3 - 0.5) + std::cos(0.03)), 1e-15)
        << "a phase above 0 counts as 0";
    EXPECT_EQ(scheme->scale(), 1 / std::sqrt(2.0)) << "of the width before the lift";
}

}  // namespace
}  // namespace overtake
