#include "runner/optimizer.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace overtake {
namespace {

struct Trained {
    Gpt model{{.layers = 1, .width = 8, .heads = 2, .mlp_width = 16, .vocabulary = 16}, {.scheme = "learned", .options = {}}, 8, 1, Precision::fp32, at::kCPU};
    Arena arena{model, at::kCPU};
    OptimizerConfig config{.learning_rate = 0.1, .beta1 = 0.9, .beta2 = 0.99, .epsilon = 1e-8, .weight_decay = 0.5, .clip_norm = 0,
                           .position_learning_rate_multiplier = 3};
};

at::Tensor part(const at::Tensor& whole, Arena::Range range) { return whole.narrow(0, range.begin, range.end - range.begin); }

TEST(Optimizer, moves_each_group_by_its_own_rule) {
    Trained trained;
    Optimizer optimizer(trained.arena, trained.config);
    const at::Tensor before = trained.arena.weights.clone();
    trained.arena.gradients.fill_(0.01);
    trained.arena.gradient_tail().zero_();
    optimizer.apply(1, 0.1);
    // The first bias-corrected AdamW update is sign(g) * rate, after decay by rate * weight_decay.
    const auto moved = [&](ParameterGroup group, double decay, double rate) {
        const Arena::Range range = trained.arena.range(group);
        const at::Tensor expected = part(before, range) * (1 - 0.1 * decay) - rate;
        return at::allclose(part(trained.arena.weights, range), expected, 1e-4, 1e-5);
    };
    EXPECT_TRUE(moved(ParameterGroup::decayed, 0.5, 0.1));
    EXPECT_TRUE(moved(ParameterGroup::plain, 0, 0.1));
    EXPECT_TRUE(moved(ParameterGroup::position, 0, 0.3));
}

TEST(Optimizer, clips_by_the_global_norm) {
    Trained a, b;
    a.config.clip_norm = 1;
    Optimizer clipped(a.arena, a.config), plain(b.arena, b.config);
    a.arena.gradient_values().fill_(2.0);
    const double norm = 2.0 * std::sqrt(static_cast<double>(a.arena.size()));
    b.arena.gradient_values().fill_(2.0 / norm);
    EXPECT_NEAR(clipped.apply(1, 0.1).item<float>(), norm, 1e-3 * norm);
    plain.apply(1, 0.1);
    EXPECT_TRUE(at::allclose(a.arena.first_moment, b.arena.first_moment, 1e-4, 1e-9));
}

TEST(Optimizer, applies_nothing_after_a_failure) {
    for (const bool failed : {true, false}) {
        Trained trained;
        Optimizer optimizer(trained.arena, trained.config);
        const at::Tensor before = trained.arena.weights.clone();
        trained.arena.gradients.fill_(failed ? 0.01f : std::nanf(""));
        trained.arena.gradient_tail().zero_();
        trained.arena.gradient_tail()[tail::failed].fill_(failed ? 1 : 0);
        optimizer.apply(1, 0.1);
        EXPECT_TRUE(at::equal(before, trained.arena.weights));
        EXPECT_EQ(trained.arena.first_moment.abs().sum().item<float>(), 0);
    }
}

}  // namespace
}  // namespace overtake
