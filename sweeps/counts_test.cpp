#include "sweeps/counts.hpp"

#include <gtest/gtest.h>

namespace overtake {
namespace {

const PositionConfig none{.scheme = "none", .options = {}};

// 2 layers, D = 64, F = 256, V = 256: a block is 64 x 192 + 64 x 64 + 64 x 256 + 256 x 64 = 49,152 and two gains of 64.
const ModelConfig small{.layers = 2, .width = 64, .heads = 4, .mlp_width = 256, .vocabulary = 256};

TEST(Counts, BackboneByHand) {
    const ParameterCounts counts = count_parameters(small, none, 128);
    EXPECT_EQ(counts.backbone, 2 * (49152 + 128) + 64);
    EXPECT_EQ(counts.embedding, 2 * 256 * 64);
    EXPECT_EQ(counts.position, 0);
    EXPECT_EQ(counts.total(), 98624 + 32768);
}

TEST(Counts, SwigluQkNormAndTiedByHand) {
    ModelConfig model = small;
    model.activation = Activation::swiglu;
    model.mlp_width = 168;
    model.qk_norm = true;
    model.tied = true;
    const ParameterCounts counts = count_parameters(model, none, 128);
    EXPECT_EQ(counts.backbone, 2 * (4 * 64 * 64 + 3 * 64 * 168 + 128 + 2 * 16) + 64);
    EXPECT_EQ(counts.embedding, 256 * 64);
}

TEST(Counts, PositionParametersAreApart) {
    const ParameterCounts learned = count_parameters(small, {.scheme = "learned", .options = {}}, 128);
    EXPECT_EQ(learned.backbone, 98624);
    EXPECT_EQ(learned.position, 128 * 64);
}

// GPT-2's published 124M has biases and 1024 x 768 positions on top; its matrices are these.
TEST(Counts, GptTwoShape) {
    const ModelConfig gpt2{
        .layers = 12, .width = 768, .heads = 12, .mlp_width = 3072, .vocabulary = 50257, .tied = true};
    const ParameterCounts counts = count_parameters(gpt2, none, 1024);
    EXPECT_EQ(counts.backbone, 12 * (12 * 768 * 768 + 2 * 768) + 768);
    EXPECT_EQ(counts.embedding, 50257 * 768);
    EXPECT_NEAR(static_cast<double>(counts.total()) + 1024 * 768, 124.4e6, 0.2e6);
}

TEST(Counts, FlopsByHand) {
    // Weights 2 x 49,152 and the head 256 x 64, two FLOPs each; attention 2 layers x 4 x 64 x (127 + 1) / 2.
    EXPECT_EQ(forward_flops_per_token(small, none, 127), 2.0 * (98304 + 16384) + 2 * 4 * 64 * 64);
    EXPECT_EQ(training_flops_per_token(small, none, 127), 3 * forward_flops_per_token(small, none, 127));
    const double rope = forward_flops_per_token(small, {.scheme = "rope", .options = {{"base", 10000.0}}}, 127);
    EXPECT_EQ(rope - forward_flops_per_token(small, none, 127), 6 * 64 * 2);
    const double alibi = forward_flops_per_token(small, {.scheme = "alibi", .options = {}}, 127);
    EXPECT_EQ(alibi - forward_flops_per_token(small, none, 127), 2 * 4 * 64);
}

TEST(Counts, ATiedHeadCostsAsMuch) {
    ModelConfig tied = small;
    tied.tied = true;
    EXPECT_EQ(forward_flops_per_token(tied, none, 64), forward_flops_per_token(small, none, 64));
}

TEST(Counts, SixNd) {
    EXPECT_EQ(six_nd(small, 1000), 6.0 * 98624 * 1000);
}

TEST(Counts, AnUnknownSchemeIsABrokenPromise) {
    EXPECT_THROW(count_parameters(small, {.scheme = "roap", .options = {}}, 128), std::logic_error);
}

}  // namespace
}  // namespace overtake
