// Samplers: what they draw, that a draw is a function of seed and step, and that schemes stand there as they should.
#include "models/position/sampler.hpp"

#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "models/gpt.hpp"
#include "sweeps/position_rules.hpp"

namespace overtake {
namespace {

constexpr std::int64_t length = 12;

ModelConfig tiny() { return {.layers = 2, .width = 24, .heads = 3, .mlp_width = 40, .vocabulary = 11}; }

SamplerConfig sampler_of(const char* name, const Options& given = {}) {
    std::vector<Problem> problems;
    return {name, complete_options(*find_position_scheme(name), given, "test", problems)};
}

PositionConfig position_of(std::string_view scheme, const SamplerConfig& sampler) {
    std::vector<Problem> problems;
    const Options given = scheme == "fire" ? Options{{"threshold", std::int64_t{4}}} : Options{};
    return {std::string(scheme), complete_options(*find_position_scheme(scheme), given, "test", problems), sampler};
}

std::vector<double> drawn(const SamplerConfig& sampler, std::int64_t seed, std::int64_t step) {
    const at::Tensor position_T = sampled_positions(sampler, length, seed, step);
    return {position_T.const_data_ptr<double>(), position_T.const_data_ptr<double>() + length};
}

at::Tensor some_tokens() { return at::arange(2 * length).mul(7).add(3).remainder(11).view({2, length}); }

at::Tensor logits_at(const PositionConfig& position, const at::Tensor& positions_T) {
    const Gpt gpt(tiny(), position, length, 5, Precision::fp32, at::kCPU);
    return gpt.logits(some_tokens(), {.length = 0, .positions_T = positions_T, .starts_BT = {}});
}

double difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

TEST(Samplers, RandomisedDrawsDistinctSortedNumbersEvenly) {
    const SamplerConfig sampler = sampler_of("randomised", {{"longest", std::int64_t{40}}});
    std::vector<double> times(40, 0.0);
    for (std::int64_t step = 0; step < 2000; ++step) {
        const std::vector<double> position = drawn(sampler, 1, step);
        for (std::size_t p = 0; p < position.size(); ++p) {
            EXPECT_TRUE(p == 0 || position[p] > position[p - 1]);
            EXPECT_EQ(position[p], std::floor(position[p]));
            ++times.at(static_cast<std::size_t>(position[p]));
        }
    }
    for (const double count : times) {
        EXPECT_NEAR(count, 2000 * 12.0 / 40, 5 * std::sqrt(2000 * 0.3 * 0.7));
    }
    EXPECT_EQ(drawn(sampler_of("randomised", {{"longest", length}}), 3, 8), (std::vector<double>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
}

TEST(Samplers, ADrawIsAFunctionOfSeedAndStep) {
    for (const std::string_view name : names_of_kind(SchemeKind::sampler)) {
        const SamplerConfig sampler = sampler_of(std::string(name).c_str());
        EXPECT_EQ(drawn(sampler, 1, 7), drawn(sampler, 1, 7)) << name;
        EXPECT_NE(drawn(sampler, 1, 7), drawn(sampler, 1, 8)) << name;
        EXPECT_NE(drawn(sampler, 1, 7), drawn(sampler, 2, 7)) << name;
    }
}

TEST(Samplers, ShapeMovesAndCapeStretches) {
    const SamplerConfig shape = sampler_of("shape", {{"offset", std::int64_t{3}}});
    std::set<double> offsets;
    for (std::int64_t step = 0; step < 100; ++step) {
        const std::vector<double> position = drawn(shape, 1, step);
        EXPECT_EQ(position.back() - position.front(), 11);
        offsets.insert(position.front());
    }
    EXPECT_EQ(offsets, (std::set<double>{0, 1, 2, 3}));
    const SamplerConfig cape = sampler_of("cape", {{"global_shift", 5.0}, {"local_shift", 0.25}, {"scale", 2.0}});
    for (std::int64_t step = 0; step < 200; ++step) {
        const std::vector<double> position = drawn(cape, 1, step);
        const double scale = (position.back() - position.front()) / 11;
        EXPECT_TRUE(scale > 0.47 && scale < 2.1) << scale;
        EXPECT_LE(std::abs(position.front()), 2 * 5.25);
        for (std::size_t p = 1; p < position.size(); ++p) {
            EXPECT_GE(position[p], position[p - 1]);
        }
    }
}

/// What is relative stays where it was when all positions move; what is absolute does not.
TEST(Samplers, SchemesStandWhereTheyArePut) {
    const SamplerConfig sampler = sampler_of("randomised", {{"longest", std::int64_t{64}}});
    const at::Tensor plain_T = at::arange(length, at::kDouble), spread_T = sampled_positions(sampler, length, 1, 2);
    for (const std::string_view name : schemes_to_train()) {
        if (find_position_scheme(name)->counts_tokens) {
            continue;
        }
        const PositionConfig position = position_of(name, sampler);
        const at::Tensor plain = logits_at(position, plain_T), moved = logits_at(position, plain_T + 9), spread = logits_at(position, spread_T);
        const bool absolute = name == "sinusoidal" || name == "learned" || name == "fourier-features" || name == "floater";
        // The temperature of i-rope stays 1 up to 8,192 positions.
        const bool by_count = name == "i-rope";
        EXPECT_EQ((find_position_scheme(name)->relative && !absolute) || by_count, difference(plain, moved) < 1e-4) << name;
        EXPECT_EQ(name == "none", difference(plain, spread) < 1e-6) << name;
    }
}

TEST(Samplers, FractionsAreForSchemesThatHaveThem) {
    const SamplerConfig cape = sampler_of("cape");
    for (const std::string_view name : schemes_to_train()) {
        const SchemeInfo& scheme = *find_position_scheme(name);
        if (why_not_sampled(*find_position_scheme("cape"), scheme).empty()) {
            const at::Tensor logits = logits_at(position_of(name, cape), sampled_positions(cape, length, 1, 3));
            EXPECT_TRUE(logits.isfinite().all().item<bool>()) << name;
        } else {
            EXPECT_TRUE(scheme.whole_positions || scheme.counts_tokens) << name;
        }
    }
}

}  // namespace
}  // namespace overtake
