#include "sweeps/sizes.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sweeps/counts.hpp"

namespace overtake {
namespace {

std::int64_t backbone(const ModelConfig& model) {
    return count_parameters(model, {.scheme = "none", .options = {}}, 1).backbone;
}

TEST(Sizes, HeadsByRule) {
    const std::pair<int, int> cases[] = {{8, 1},   {16, 2},  {24, 3},   {32, 4},    {48, 4},    {64, 4},    {96, 4},
                                         {256, 4}, {512, 8}, {768, 12}, {1024, 16}, {1280, 20}, {1600, 25}, {2560, 40}};
    for (const auto& [width, heads] : cases) {
        EXPECT_EQ(default_heads(width), heads) << width;
    }
}

TEST(Sizes, TheLadderClimbs) {
    double last = 0;
    for (const NamedSize& size : named_sizes()) {
        const ModelConfig model = make_shape(size.layers, size.width, {});
        EXPECT_EQ(model.width % model.heads, 0);
        EXPECT_EQ(model.mlp_width, 4 * model.width);
        EXPECT_GT(static_cast<double>(backbone(model)), 2 * last) << size.name;
        last = static_cast<double>(backbone(model));
    }
    EXPECT_EQ(find_named_size("gpt2")->width, 768);
    EXPECT_EQ(find_named_size("gpt5"), nullptr);
}

TEST(Sizes, ShapesFromText) {
    EXPECT_EQ(parse_shape("2x64"), std::pair(std::int64_t{2}, std::int64_t{64}));
    for (const char* text : {"2x", "x64", "2x64x3", "0x64", "20x ", "-1x64", "2X64", "99999999x1"}) {
        EXPECT_FALSE(parse_shape(text)) << text;
    }
}

TEST(Sizes, RulesAreFollowed) {
    SizeRules rules;
    rules.activation = Activation::swiglu;
    rules.head_width = 32;
    const ModelConfig model = make_shape(4, 256, rules);
    EXPECT_EQ(model.heads, 8);
    EXPECT_EQ(model.mlp_width, 680);  // 8/3 x 256 = 682.7, to a multiple of 8
}

TEST(Sizes, TargetsAreHit) {
    for (const double target : {1e4, 3e4, 1e5, 3e5, 1e6, 3e6, 1e7, 3e7, 1e8, 1e9}) {
        const auto model = solve_size(target, {});
        ASSERT_TRUE(model);
        EXPECT_LT(std::abs(static_cast<double>(backbone(*model)) / target - 1), 0.06) << target;
        EXPECT_GE(model->layers, 2);
        const double aspect = static_cast<double>(model->width) / static_cast<double>(model->layers);
        EXPECT_LE(aspect, 96.0) << target;
        EXPECT_TRUE(model->layers == 2 || aspect >= 48.0) << target;
    }
    SizeRules deep;
    deep.aspect_ratio = 16;
    EXPECT_GT(solve_size(1e7, deep)->layers, solve_size(1e7, {})->layers);
}

TEST(Sizes, ASolvedShapeIsPinned) {
    const auto model = solve_size(1e7, {});
    EXPECT_EQ(model->layers, 6);
    EXPECT_EQ(model->width, 368);
    EXPECT_EQ(model->heads, 4);
}

}  // namespace
}  // namespace overtake
