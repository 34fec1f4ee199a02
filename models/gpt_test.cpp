// The network as a whole: counts, shared initial values, gradients, precision, learning, and the contract with the runner's arena.
#include "models/gpt.hpp"

#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "models/initial_values.hpp"
#include "models/tensor_data.hpp"
#include "sweeps/counts.hpp"
#include "sweeps/position_schemes.hpp"

namespace overtake {
namespace {

constexpr std::int64_t length = 16;

ModelConfig shape(Activation activation, bool qk_norm, bool tied) {
    return {.layers = 2, .width = 16, .heads = 2, .mlp_width = 24, .vocabulary = 13, .activation = activation, .qk_norm = qk_norm, .tied = tied};
}

PositionConfig position_of(const char* scheme) {
    std::vector<Problem> problems;
    return {scheme, complete_options(*find_position_scheme(scheme), {}, "test", problems)};
}

Gpt make(const char* scheme, const ModelConfig& model, Precision precision = Precision::fp32, std::int64_t seed = 3) {
    return Gpt(model, position_of(scheme), length, seed, precision, at::kCPU);
}

at::Tensor tokens() { return at::arange(3 * length).mul(5).add(2).remainder(13).view({3, length}); }
at::Tensor targets() { return at::arange(3 * length).square().remainder(13).view({3, length}); }

std::vector<ModelConfig> all_shapes() {
    std::vector<ModelConfig> shapes;
    for (const Activation activation : {Activation::gelu, Activation::swiglu}) {
        for (const bool qk_norm : {false, true}) {
            for (const bool tied : {false, true}) {
                shapes.push_back(shape(activation, qk_norm, tied));
            }
        }
    }
    return shapes;
}

TEST(Gpt, CountsAreTheTables) {
    for (const ModelConfig& model : all_shapes()) {
        Gpt gpt = make("learned", model);
        std::int64_t total = 0;
        for (const Parameter& parameter : gpt.parameters()) {
            total += parameter.value.numel();
        }
        EXPECT_EQ(total, count_parameters(model, position_of("learned"), length).total());
    }
}

TEST(Gpt, ParametersHaveStableNamesInAFixedOrder) {
    Gpt gpt = make("learned", {.layers = 1, .width = 16, .heads = 2, .mlp_width = 24, .vocabulary = 13, .activation = Activation::gelu, .qk_norm = true, .tied = false});
    std::vector<std::string> names;
    for (const Parameter& parameter : gpt.parameters()) {
        names.push_back(parameter.name);
    }
    EXPECT_EQ(names, (std::vector<std::string>{
                         "embedding", "blocks.0.attention.norm", "blocks.0.attention.query_key_value", "blocks.0.attention.query_norm",
                         "blocks.0.attention.key_norm", "blocks.0.attention.output", "blocks.0.mlp.norm", "blocks.0.mlp.input",
                         "blocks.0.mlp.output", "final_norm", "head", "position.table"}));
}

TEST(Gpt, SchemesOfOneSeedShareTheirWeights) {
    std::map<std::string, at::Tensor> of_rope;
    Gpt rope = make("rope", shape(Activation::gelu, false, false));
    for (const Parameter& parameter : rope.parameters()) {
        of_rope[parameter.name] = parameter.value;
    }
    Gpt learned = make("learned", shape(Activation::gelu, false, false)), other = make("rope", shape(Activation::gelu, false, false), Precision::fp32, 4);
    for (const Parameter& parameter : learned.parameters()) {
        if (parameter.group != ParameterGroup::position) {
            EXPECT_TRUE(parameter.value.equal(of_rope.at(parameter.name))) << parameter.name;
        }
    }
    EXPECT_FALSE(other.parameters()[0].value.equal(of_rope.at("embedding")));
}

/// Initial values end up in every stage's numbers, so they may never drift.
TEST(ParameterStream, GoldenValuesAndMoments) {
    const ParameterStream stream(7, "embedding");
    EXPECT_EQ(stream.uniform(0), 0.9370805960810054);
    EXPECT_EQ(stream.uniform(1), 0.0742062528644632);
    EXPECT_NEAR(stream.normal(0), 1.5307191944090706, 1e-8);
    EXPECT_NEAR(stream.normal(1), -1.4451615783326963, 1e-8);
    std::vector<float> values(200000);
    stream.fill_normal(values, 1, 2);
    double mean = 0, square = 0, fourth = 0;
    for (const float value : values) {
        const double z = (static_cast<double>(value) - 1) / 2;
        mean += z;
        square += z * z;
        fourth += z * z * z * z;
    }
    const auto n = static_cast<double>(values.size());
    EXPECT_NEAR(mean / n, 0, 0.01);
    EXPECT_NEAR(square / n, 1, 0.015);
    EXPECT_NEAR(fourth / n, 3, 0.1);
    EXPECT_NE(ParameterStream(7, "head").uniform(0), stream.uniform(0));
    EXPECT_NE(ParameterStream(8, "embedding").uniform(0), stream.uniform(0));
}

double total_loss(const Gpt& gpt) {
    const at::NoGradGuard no_grad;
    return gpt.loss(tokens(), targets()).to(at::kDouble).sum().item<double>();
}

TEST(Gpt, GradientsAreSlopesOfTheLoss) {
    for (const ModelConfig& model : all_shapes()) {
        for (const char* scheme : {"learned-rope", "kerple-log"}) {
            Gpt gpt = make(scheme, model);
            gpt.loss(tokens(), targets()).sum().backward();
            for (const Parameter& parameter : gpt.parameters()) {
                at::Tensor value = parameter.value.detach();
                const at::Tensor gradient = parameter.value.grad(), start = value.clone();
                const double norm = gradient.norm().item<double>();
                if (norm < 0.05) {
                    continue;  // too flat for fp32 differences; the operations' own tests look closer
                }
                constexpr double step = 4e-3;
                value.copy_(start + gradient * (step / norm));
                const double up = total_loss(gpt);
                value.copy_(start - gradient * (step / norm));
                const double down = total_loss(gpt);
                value.copy_(start);
                EXPECT_NEAR((up - down) / (2 * step), norm, 0.02 * norm + 0.01) << scheme << " " << parameter.name;
            }
        }
    }
}

TEST(Gpt, Bf16IsCloseToFp32) {
    for (const char* scheme : {"none", "rope", "t5", "learned"}) {
        const ModelConfig model = shape(Activation::swiglu, true, false);
        Gpt exact = make(scheme, model), rounded = make(scheme, model, Precision::bf16);
        const at::Tensor a = exact.loss(tokens(), targets()), b = rounded.loss(tokens(), targets());
        EXPECT_EQ(b.scalar_type(), at::kFloat);
        EXPECT_LT((a - b).abs().max().item<double>(), 0.06) << scheme;
        EXPECT_GT((a - b).abs().max().item<double>(), 0) << "bf16 rounds";
        a.sum().backward();
        b.sum().backward();
        for (std::size_t i = 0; i < exact.parameters().size(); ++i) {
            const at::Tensor x = exact.parameters()[i].value.grad(), y = rounded.parameters()[i].value.grad();
            EXPECT_LT((x - y).norm().item<double>(), 0.05 * x.norm().item<double>() + 1e-2) << scheme << " " << exact.parameters()[i].name;
        }
    }
}

/// What runner/arena does: values become views of one flat tensor, and so do their gradients.
TEST(Gpt, WorksInAnArena) {
    Gpt gpt = make("t5", shape(Activation::gelu, true, true)), apart = make("t5", shape(Activation::gelu, true, true));
    std::int64_t size = 0;
    for (const Parameter& parameter : gpt.parameters()) {
        size += parameter.value.numel();
    }
    at::Tensor weights = at::empty({size}), gradients = at::zeros({size});
    std::int64_t offset = 0;
    for (Parameter& parameter : gpt.parameters()) {
        const at::NoGradGuard no_grad;
        const std::int64_t count = parameter.value.numel();
        const at::Tensor view = weights.narrow(0, offset, count).view(parameter.value.sizes());
        view.copy_(parameter.value.detach());
        parameter.value.set_data(view);
        parameter.value.mutable_grad() = gradients.narrow(0, offset, count).view(parameter.value.sizes());
        offset += count;
    }
    EXPECT_TRUE(gpt.loss(tokens(), targets()).equal(apart.loss(tokens(), targets())));
    apart.loss(tokens(), targets()).sum().backward();
    gpt.loss(tokens(), targets()).sum().backward();
    const at::Tensor once = gradients.clone();
    for (std::size_t i = 0; i < gpt.parameters().size(); ++i) {
        EXPECT_TRUE(gpt.parameters()[i].value.grad().equal(apart.parameters()[i].value.grad())) << gpt.parameters()[i].name;
    }
    gpt.loss(tokens(), targets()).sum().backward();
    EXPECT_TRUE(gradients.equal(once * 2)) << "gradients add up in place";
    weights.mul_(0.5);
    EXPECT_FALSE(gpt.loss(tokens(), targets()).equal(apart.loss(tokens(), targets()))) << "the model reads the arena";
}

TEST(Gpt, LearnsAShortText) {
    for (const Precision precision : {Precision::fp32, Precision::bf16}) {
        Gpt gpt = make("rope", shape(Activation::gelu, false, false), precision);
        std::vector<at::Tensor> first, second;
        for (const Parameter& parameter : gpt.parameters()) {
            first.push_back(at::zeros_like(parameter.value));
            second.push_back(at::zeros_like(parameter.value));
        }
        const double start = total_loss(gpt) / (3 * length);
        for (int step = 1; step <= 150; ++step) {
            gpt.loss(tokens(), targets()).mean().backward();
            const at::NoGradGuard no_grad;
            for (std::size_t i = 0; i < first.size(); ++i) {
                at::Tensor& value = gpt.parameters()[i].value;
                at::Tensor& gradient = value.mutable_grad();
                first[i].mul_(0.9).add_(gradient, 0.1);
                second[i].mul_(0.95).addcmul_(gradient, gradient, 0.05);
                const at::Tensor size = second[i].div(1 - std::pow(0.95, step)).sqrt_().add_(1e-8);
                value.addcdiv_(first[i], size, -0.01 / (1 - std::pow(0.9, step)));
                gradient.zero_();
            }
        }
        EXPECT_GT(start, 2.0);
        EXPECT_LT(total_loss(gpt) / (3 * length), 0.1);
    }
}

TEST(Gpt, RefusesAnUnknownScheme) {
    EXPECT_THROW(Gpt(shape(Activation::gelu, false, false), {"yarn", {}}, length, 1, Precision::fp32, at::kCPU), ConfigError);
    EXPECT_THROW(Gpt(shape(Activation::gelu, false, false), {"rope", {{"bass", 2.0}}}, length, 1, Precision::fp32, at::kCPU), ConfigError);
}

}  // namespace
}  // namespace overtake
