#include "runner/gradient_sum.hpp"

#include <gtest/gtest.h>

#include "runner/arena.hpp"

namespace overtake {
namespace {

Gpt tiny_model() {
    return Gpt({.layers = 1, .width = 8, .heads = 2, .mlp_width = 16, .vocabulary = 16}, {.scheme = "none", .options = {}}, 8, 1, Precision::fp32,
               at::kCPU);
}

float leaf(std::int64_t shard) { return 1.0f / static_cast<float>(3 + 7 * shard); }

/// The tree by its definition, on one number.
float tree(std::int64_t first, std::int64_t count) {
    return count == 1 ? leaf(first) : tree(first, count / 2) + tree(first + count / 2, count / 2);
}

TEST(GradientSum, adds_shards_as_a_balanced_tree) {
    for (const std::int64_t shards : {1, 2, 4, 8, 16}) {
        Gpt model = tiny_model();
        Arena arena(model, at::kCPU);
        const Team alone;
        GradientSum sum(arena, alone, shards, true);
        for (int step = 0; step < 2; ++step) {  // twice: nothing of the step before may be left
            for (std::int64_t shard = 0; shard < shards; ++shard) {
                sum.begin_shard();
                arena.gradients.fill_(leaf(shard));
                sum.add_shard();
            }
            sum.reduce();
            EXPECT_EQ(arena.gradients.min().item<float>(), tree(0, shards)) << shards << " shards";
            EXPECT_EQ(arena.gradients.max().item<float>(), tree(0, shards));
        }
    }
    EXPECT_NE(tree(0, 16), [] {
        float sum = 0;
        for (std::int64_t i = 0; i < 16; ++i) {
            sum += leaf(i);
        }
        return sum;
    }()) << "the leaves must tell a tree from a chain";
}

TEST(Arena, backward_accumulates_into_its_views) {
    Gpt model = tiny_model();
    Arena arena(model, at::kCPU);
    const at::Tensor tokens = at::randint(16, {2, 8}, at::kLong);
    model.loss(tokens, tokens).sum().backward();
    EXPECT_GT(arena.gradient_values().abs().sum().item<float>(), 0);
    EXPECT_EQ(arena.gradient_tail().abs().sum().item<float>(), 0);
    for (const Parameter& parameter : model.parameters()) {
        EXPECT_TRUE(parameter.value.is_alias_of(arena.weights)) << parameter.name;
        EXPECT_TRUE(parameter.value.grad().is_alias_of(arena.gradients)) << parameter.name;
    }
}

TEST(Arena, comes_back_from_a_checkpoint) {
    Gpt a = tiny_model();
    Arena from(a, at::kCPU);
    from.first_moment.fill_(0.25);
    from.second_moment.fill_(0.5);
    StageState state;
    from.save(state);

    Gpt b({.layers = 1, .width = 8, .heads = 2, .mlp_width = 16, .vocabulary = 16}, {.scheme = "none", .options = {}}, 8, 2, Precision::fp32, at::kCPU);
    Arena to(b, at::kCPU);
    EXPECT_FALSE(at::equal(from.weights, to.weights));
    to.load(state);
    EXPECT_TRUE(at::equal(from.weights, to.weights));
    EXPECT_TRUE(at::equal(from.first_moment, to.first_moment));
    EXPECT_TRUE(at::equal(from.second_moment, to.second_moment));

    state.parameter_names.front() = "another";
    EXPECT_ANY_THROW(to.load(state));
}

}  // namespace
}  // namespace overtake
