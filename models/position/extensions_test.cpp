// Values of every extension by hand, at head width 8, base 10000 and T = 1024: theta = 1, 0.1, 0.01, 0.001, and pair c(x) turns x
// times at log10(1024 / (2 pi x)).
#include <cmath>

#include <gtest/gtest.h>

#include "models/position/rotary.hpp"
#include "sweeps/errors.hpp"

namespace overtake {
namespace {

constexpr RotaryGrid grid{.base = 10000, .width = 8, .train_length = 1024};

ExtensionPointer make(const std::string& method, Options options = {}) {
    options.emplace("factor", 4.0);
    return make_frequency_extension({method, options}, grid, [](const char*, const at::Tensor& initial) { return initial; });
}

std::vector<double> frequencies(const FrequencyExtension& extension, std::int64_t length) {
    const at::Tensor theta = extension.frequencies(at::tensor(rope_frequencies(8, 10000), at::kDouble), length).contiguous();
    return {theta.data_ptr<double>(), theta.data_ptr<double>() + 4};
}

void expect_frequencies(const FrequencyExtension& extension, std::int64_t length, const std::vector<double>& expected) {
    const std::vector<double> theta = frequencies(extension, length);
    for (std::size_t j = 0; j < 4; ++j) {
        EXPECT_NEAR(theta[j], expected[j], 1e-12 * expected[j]) << "pair " << j;
    }
}

TEST(Extensions, PiDividesByTheFactor) {
    expect_frequencies(*make("pi"), 4096, {0.25, 0.025, 0.0025, 0.00025});
    EXPECT_EQ(make("pi")->temperature(4096), 1);
    EXPECT_FALSE(make("pi")->changes());
}

TEST(Extensions, NtkSlowsPairJByTheFactorToJThirds) {
    const double third = std::cbrt(4.0);
    expect_frequencies(*make("ntk"), 4096, {1, 0.1 / third, 0.01 / (third * third), 0.001 / 4});
}

TEST(Extensions, DynamicNtkDependsOnTheLengthBeyondTraining) {
    const auto extension = make("dynamic-ntk", {{"factor", 2.0}});
    const double third = std::cbrt(3.0);  // 2 * 2048 / 1024 - (2 - 1)
    expect_frequencies(*extension, 2048, {1, 0.1 / third, 0.01 / (third * third), 0.001 / 3});
    expect_frequencies(*extension, 1024, {1, 0.1, 0.01, 0.001});
    expect_frequencies(*extension, 512, {1, 0.1, 0.01, 0.001});
    EXPECT_TRUE(extension->changes());
}

TEST(Extensions, NtkByPartsRampsOverTheTurns) {
    const double turns = 1024 * 0.1 / (2 * M_PI), first = (turns - 1) / 31, second = (turns / 10 - 1) / 31;
    EXPECT_NEAR(first, 0.49346665, 1e-8);
    expect_frequencies(*make("ntk-by-parts"), 4096,
                       {1, 0.1 * (first + (1 - first) / 4), 0.01 * (second + (1 - second) / 4), 0.001 / 4});
    // c(16) = 1.008 -> 1 and c(2) = 1.911 -> 2; c(1.25) = 2.115 -> 2 and c(0.75) = 2.337 -> 3.
    expect_frequencies(*make("ntk-by-parts", {{"form", std::string("released")}}), 4096,
                       {1, 0.1, 0.01 / std::cbrt(16.0), 0.001 / 4});
}

TEST(Extensions, YarnRampsOverThePairs) {
    // c(32) = 0.707 -> 0, c(1) = 2.212 -> 3, so the ramp is 0, 1/3, 2/3, 1.
    expect_frequencies(*make("yarn"), 4096, {1, 0.1 * 0.75, 0.01 * 0.5, 0.001 * 0.25});
    const double begin = std::log10(1024 / (64 * M_PI)), end = std::log10(1024 / (2 * M_PI));
    const double first = (1 - begin) / (end - begin), second = (2 - begin) / (end - begin);
    expect_frequencies(*make("yarn", {{"truncate", false}}), 4096,
                       {1, 0.1 * (1 - 0.75 * first), 0.01 * (1 - 0.75 * second), 0.001 * 0.25});
    EXPECT_NEAR(make("yarn")->temperature(4096), 1.1386294361119891, 1e-15);
    EXPECT_EQ(make("yarn", {{"attention_factor", 1.5}})->temperature(4096), 1.5);
}

TEST(Extensions, YarnHasItsVariants) {
    const auto dynamic = make("yarn", {{"dynamic", true}, {"factor", 16.0}});
    expect_frequencies(*dynamic, 4096, {1, 0.1 * 0.75, 0.01 * 0.5, 0.001 * 0.25});
    EXPECT_NEAR(dynamic->temperature(4096), 1.1386294361119891, 1e-15);
    expect_frequencies(*dynamic, 512, {1, 0.1, 0.01, 0.001});
    EXPECT_EQ(dynamic->temperature(512), 1);
    // Wavelengths 6.28, 83.78, 1256.6 and 25132.7.
    expect_frequencies(*make("yarn", {{"resonance", true}}), 4096,
                       {2 * M_PI / 6, 2 * M_PI / 84, 2 * M_PI / 1257, 2 * M_PI / 25133});
    const auto learned = make("yarn", {{"learned_ramp", true}});
    expect_frequencies(*learned, 4096, {1, 0.1 * 0.75, 0.01 * 0.5, 0.001 * 0.25});
    EXPECT_TRUE(learned->changes());
    EXPECT_THROW(make("yarn", {{"learned_ramp", true}, {"resonance", true}}), ConfigError);
}

TEST(Extensions, Llama3HasThreePieces) {
    const double kept = (1024 * 0.01 / (2 * M_PI) - 1) / 3;  // 1.63 turns between 1 and 4
    EXPECT_NEAR(kept, 0.20991554, 1e-8);
    expect_frequencies(*make("llama3", {{"factor", 8.0}}), 4096, {1, 0.1, 0.01 * (kept + (1 - kept) / 8), 0.001 / 8});
}

TEST(Extensions, LongRopeSwitchesBeyondTheTrainLength) {
    const Options lists{{"long_factors", std::vector<double>{1, 2, 3, 4}}, {"short_factors", std::vector<double>{1, 1, 1.25, 2}}};
    const auto extension = make("longrope", lists);
    expect_frequencies(*extension, 1024, {1, 0.1, 0.008, 0.0005});
    expect_frequencies(*extension, 1025, {1, 0.05, 0.01 / 3, 0.00025});
    EXPECT_NEAR(extension->temperature(1024), 1.0954451150103321, 1e-15) << "sqrt(1 + ln 4 / ln 1024) = sqrt(1.2)";
    expect_frequencies(*make("longrope"), 4096, {0.25, 0.025, 0.0025, 0.00025});
    const Options growing{{"long_factors", std::vector<double>{1, 4, 7, 10}}, {"dynamic", true}};
    expect_frequencies(*make("longrope", growing), 2048, {1, 0.05, 0.01 / 3, 0.00025});
    const Options learned{{"long_factors", std::vector<double>{1, 2, 3, 4}}, {"learned_factors", true}};
    expect_frequencies(*make("longrope", learned), 2048, {1, 0.05, 0.01 / 3, 0.00025});
    Options short_learned = lists;
    short_learned["learned_short_factors"] = true;
    expect_frequencies(*make("longrope", short_learned), 1024, {1, 0.1, 0.008, 0.0005});
    EXPECT_THROW(make("longrope", {{"long_factors", std::vector<double>{1, 2, 3}}}), ConfigError);
}

TEST(Extensions, LongRope2FollowsNtkBelowItsCriticalPair) {
    // c(1) = 2.212 -> pair 3.
    const Options lists{{"long_factors", std::vector<double>{9, 9, 9, 8}}};
    const auto extension = make("longrope2", lists);
    expect_frequencies(*extension, 4096, {1, 0.1 / 2, 0.01 / 4, 0.001 / 8});
    expect_frequencies(*extension, 1024, {1, 0.1, 0.01, 0.001});
    const Options earlier{{"critical_pair", std::int64_t{2}}, {"long_factors", std::vector<double>{9, 9, 4, 5}}};
    expect_frequencies(*make("longrope2", earlier), 4096, {1, 0.1 / 2, 0.01 / 4, 0.001 / 5});
    Options learned = earlier;
    learned["learned_factors"] = true;
    expect_frequencies(*make("longrope2", learned), 4096, {1, 0.1 / 2, 0.01 / 4, 0.001 / 5});
}

TEST(Extensions, LongRope2LearnsItsCriticalPairThroughThoseBelow) {
    at::Tensor stored;
    const Options options{{"factor", 4.0}, {"critical_pair", std::int64_t{2}}, {"long_factors", std::vector<double>{9, 9, 4, 5}}, {"learned_factors", true}};
    const auto extension = make_frequency_extension({"longrope2", options}, grid, [&](const char* name, const at::Tensor& initial) {
        EXPECT_STREQ(name, "extension.log_factors");
        return stored = initial.clone().set_requires_grad(true);
    });
    extension->frequencies(at::ones({4}, at::kDouble), 4096).log().sum().backward();
    // ln(1 / lambda_j) is -j / 2 ln lambda_2 below pair 2: in all -(0 + 1/2 + 1), and -1 for pair 3; 16 stored units a logarithm.
    const at::Tensor slope = stored.grad().mul(16).contiguous();
    const std::vector<double> expected{0, 0, -1.5, -1};
    for (std::int64_t j = 0; j < 4; ++j) {
        EXPECT_NEAR(slope[j].item<double>(), expected[static_cast<std::size_t>(j)], 1e-12);
    }
}

TEST(Extensions, LeaveFrequencyZeroAlone) {
    const at::Tensor theta = at::tensor({1.0, 0.0, 0.0, 0.0}, at::kDouble);
    for (const char* method : {"pi", "ntk", "dynamic-ntk", "ntk-by-parts", "yarn", "llama3", "longrope", "longrope2"}) {
        for (const std::int64_t length : {512, 4096}) {
            const at::Tensor extended = make(method)->frequencies(theta, length);
            EXPECT_TRUE(extended.slice(0, 1).eq(0).all().item<bool>()) << method;
        }
    }
}

constexpr std::int64_t length = 24;

ModelConfig tiny() { return {.layers = 2, .width = 24, .heads = 3, .mlp_width = 40, .vocabulary = 11}; }

at::Tensor some_tokens(std::int64_t tokens) { return at::arange(2 * tokens).mul(7).add(3).remainder(11).view({2, tokens}); }

std::vector<const SchemeInfo*> rotary_schemes() {
    std::vector<const SchemeInfo*> schemes;
    for (const SchemeInfo& info : position_schemes()) {
        if (info.rotary) {
            schemes.push_back(&info);
        }
    }
    return schemes;
}

TEST(ExtendedModels, ChangeByTheExtensionAlone) {
    for (const SchemeInfo* scheme : rotary_schemes()) {
        Gpt gpt(tiny(), {std::string(scheme->name), {}}, length, 5, Precision::fp32, at::kCPU);
        const at::Tensor tokens = some_tokens(length), before = gpt.logits(tokens);
        gpt.extend({"pi", {{"factor", 1.0}}});
        EXPECT_LE((gpt.logits(tokens) - before).abs().max().item<double>(), 1e-5) << scheme->name << ": a factor of 1 changes nothing";
        for (const SchemeInfo& extension : position_schemes()) {
            if (extension.kind == SchemeKind::extension && !extension.has_table && extension.name != "continue") {
                gpt.extend({std::string(extension.name), {{"factor", 4.0}}});
                EXPECT_TRUE(gpt.logits(some_tokens(3 * length)).isfinite().all().item<bool>()) << scheme->name << " " << extension.name;
            }
        }
        gpt.extend({"yarn", {{"factor", 4.0}}});
        EXPECT_GT((gpt.logits(tokens) - before).abs().max().item<double>(), 1e-4) << scheme->name;
        EXPECT_THROW(gpt.extend({"yam", {{"factor", 4.0}}}), ConfigError);
    }
}

TEST(ExtendedModels, TrainedExtensionsAddParametersBehindAllOthers) {
    for (const char* scheme : {"rope", "learned-rope"}) {
        Gpt gpt(tiny(), {scheme, {}}, length, 5, Precision::fp32, at::kCPU);
        const std::size_t before = gpt.parameters().size();
        const auto check = [&](const ExtensionConfig& extension, const std::string& name, std::int64_t count) {
            gpt.extend(extension);
            ASSERT_EQ(gpt.parameters().size(), before + 1);
            const Parameter& added = gpt.parameters().back();
            EXPECT_EQ(added.name, name);
            EXPECT_EQ(added.group, ParameterGroup::position);
            EXPECT_EQ(added.value.numel(), count);
            const at::Tensor tokens = some_tokens(2 * length);
            gpt.loss(tokens, tokens.add(1).remainder(11)).mean().backward();
            EXPECT_GT(added.value.grad().abs().max().item<double>(), 0) << name;
        };
        check({"yarn", {{"factor", 4.0}, {"beta_fast", 3.0}, {"learned_ramp", true}}}, "position.extension.ramp", 2);
        check({"longrope", {{"factor", 4.0}, {"learned_factors", true}}}, "position.extension.log_factors", 4);
        check({"longrope2", {{"factor", 4.0}, {"learned_factors", true}}}, "position.extension.log_factors", 4);
        gpt.extend({"pi", {{"factor", 4.0}}});
        EXPECT_EQ(gpt.parameters().size(), before);
    }
}

/// Head width 2: the one pair turns by 1 radian a token, and a key [1, 0] becomes its cosine and sine.
TEST(ExtendedModels, FirstPositionsKeepTheirAngles) {
    auto rope = make_position_scheme({"rope", {}}, {.model = {.layers = 1, .width = 2, .heads = 1, .mlp_width = 4, .vocabulary = 5},
                                                    .options = {},
                                                    .train_length = 4,
                                                    .seed = 1,
                                                    .embedding_deviation = 1,
                                                    .device = at::kCPU,
                                                    .real = at::kDouble});
    rope->extend({"longrope", {{"factor", 4.0}, {"long_factors", std::vector<double>{2}}, {"n_hat", std::int64_t{2}}}});
    const at::Tensor unit = at::tensor({1.0, 0.0}, at::kDouble).view({1, 1, 1, 2}).expand({1, 1, 8, 2}).contiguous();
    const auto keys = [&](const Placement& placement) {
        rope->begin(placement);
        return rope->transform({unit, unit}, {}, 0).k_BNTH[0][0];
    };
    const double temperature = std::sqrt(2.0);  // sqrt(1 + ln 4 / ln 4)
    at::Tensor k_TH = keys({.length = 8, .positions_T = {}, .starts_BT = {}});
    EXPECT_NEAR(k_TH[1][1].item<double>(), std::sin(1.0), 1e-15);
    EXPECT_NEAR(k_TH[2][1].item<double>(), temperature * std::sin(1.0), 1e-15);
    EXPECT_NEAR(k_TH[5][0].item<double>(), temperature * std::cos(2.5), 1e-15);
    k_TH = keys({.length = 8, .positions_T = {}, .starts_BT = at::tensor({0, 0, 0, 0, 4, 4, 4, 4}, at::kInt).view({1, 8})});
    EXPECT_NEAR(k_TH[5][1].item<double>(), std::sin(1.0), 1e-15) << "a document begins anew";
    EXPECT_NEAR(k_TH[7][1].item<double>(), temperature * std::sin(1.5), 1e-15);
}

}  // namespace
}  // namespace overtake
