#include "sweeps/position_rules.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "sweeps/counts.hpp"

namespace overtake {
namespace {

const SchemeInfo& info(std::string_view name) { return *find_position_scheme(name); }

PositionConfig position(std::string_view scheme, const Options& given = {}) {
    std::vector<Problem> problems;
    return {std::string(scheme), complete_options(info(scheme), given, "", problems)};
}

PositionConfig sampled(std::string_view scheme, std::string_view sampler, const Options& given = {}) {
    std::vector<Problem> problems;
    PositionConfig config = position(scheme);
    config.sampler = SamplerConfig{std::string(sampler), complete_options(info(sampler), given, "", problems)};
    return config;
}

constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();

TEST(PositionRules, TablesAndFrequenciesAreExtendedEachInItsWay) {
    EXPECT_EQ(why_not_extended(info("pi"), info("rope")), "");
    EXPECT_EQ(why_not_extended(info("yarn"), info("learned-rope")), "");
    for (const std::string_view table : {"learned", "shaw", "music-transformer", "tupe"}) {
        EXPECT_EQ(why_not_extended(info("clamp"), info(table)), "") << table;
        EXPECT_EQ(why_not_extended(info("interpolate"), info(table)), "") << table;
    }
    EXPECT_EQ(why_not_extended(info("pi"), info("learned")),
              "\"pi\" can't extend \"learned\" (it rescales RoPE's frequencies); write extension = \"interpolate\", or set scheme = "
              "\"rope\"");
    EXPECT_EQ(why_not_extended(info("clamp"), info("rope")),
              "\"clamp\" can't extend \"rope\" (it extends a table, and there is none); write extension = \"pi\"");
    EXPECT_EQ(why_not_extended(info("interpolate"), info("alibi")),
              "\"interpolate\" can't extend \"alibi\" (it extends a table, and there is none); leave the extension out");
}

TEST(PositionRules, FractionsNeedAFunction) {
    EXPECT_EQ(why_not_sampled(info("cape"), info("rope")), "");
    EXPECT_EQ(why_not_sampled(info("randomised"), info("learned")), "");
    EXPECT_EQ(why_not_sampled(info("cape"), info("t5")),
              "\"cape\" can't wrap \"t5\" (its positions are fractions, and the scheme has numbers for whole ones only); write sampler = "
              "\"randomised\"");
}

TEST(PositionRules, TablesReachAsFarAsTraining) {
    EXPECT_EQ(longest_context(position("learned"), {}, 128), 128);
    EXPECT_EQ(longest_context(position("learned", {{"beyond", std::string("clamp")}}), {}, 128), unlimited);
    EXPECT_EQ(longest_context(position("learned"), ExtensionConfig{"clamp", {}}, 128), unlimited);
    EXPECT_EQ(longest_context(position("rope"), {}, 128), unlimited);
    EXPECT_EQ(longest_context(sampled("learned", "randomised"), {}, 128), 2048);
    EXPECT_EQ(longest_context(sampled("learned", "shape"), {}, 128), 228);
    const ModelConfig model{.layers = 3, .width = 96, .heads = 6, .mlp_width = 384, .vocabulary = 256};
    EXPECT_EQ(count_parameters(model, sampled("learned", "randomised"), 128).position, 2048 * 96);
    EXPECT_EQ(count_parameters(model, sampled("t5", "randomised"), 128).position, 32 * 6);
}

TEST(PositionRules, DefaultsThatCameLaterAreInNoId) {
    EXPECT_EQ(identifying_options("learned", position("learned").options), Options{});
    EXPECT_EQ(identifying_options("learned", {{"beyond", std::string("clamp")}}), (Options{{"beyond", std::string("clamp")}}));
    EXPECT_EQ(identifying_options("rope", position("rope").options), (Options{{"base", 10000.0}}));
}

}  // namespace
}  // namespace overtake
