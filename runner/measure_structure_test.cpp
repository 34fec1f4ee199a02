// The task "structure" finds what was planted, prices stand-ins, and leaves the model as it was.
#include "runner/measure_structure.hpp"

#include <cmath>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "models/position/sinusoidal.hpp"
#include "sweeps/position_schemes.hpp"

namespace overtake {
namespace {

constexpr std::int64_t length = 32;

ModelConfig tiny() { return {.layers = 1, .width = 16, .heads = 2, .mlp_width = 32, .vocabulary = 11}; }

struct Trained {
    explicit Trained(const std::string& scheme) : model(tiny(), {scheme, {}}, length, 3, Precision::fp32, at::kCPU) {}

    at::Tensor& parameter(const std::string& name) {
        for (Parameter& parameter : model.parameters()) {
            if (parameter.name == name) {
                return parameter.value;
            }
        }
        throw std::logic_error("no " + name);
    }

    std::vector<double> losses() const {
        const at::Tensor tokens = at::arange(4 * (length + 1)).mul(7).remainder(11).view({4, length + 1});
        const at::Tensor mean_B = model.loss(tokens.narrow(1, 0, length), tokens.narrow(1, 1, length)).mean(1).to(at::kDouble).contiguous();
        return {mean_B.data_ptr<double>(), mean_B.data_ptr<double>() + 4};
    }

    std::vector<TaskResult> measure() {
        const at::NoGradGuard no_grad;
        return measure_structure(model, length, [this] { return losses(); });
    }

    Gpt model;
};

double value(const std::vector<TaskResult>& rows, const std::string& metric) {
    for (const TaskResult& row : rows) {
        if (row.metric == metric) {
            EXPECT_EQ(row.task, "structure");
            return row.value;
        }
    }
    ADD_FAILURE() << "no " << metric;
    return std::nan("");
}

TEST(Structure, ATableOfSinusoidsIsFoundAndReplacedForNothing) {
    Trained learned("learned");
    learned.parameter("position.table").detach().copy_(sinusoidal_table(at::arange(length, at::kDouble), 16));
    const std::vector<double> before = learned.losses();
    const std::vector<TaskResult> rows = learned.measure();
    EXPECT_GT(value(rows, "table.toeplitz"), value(rows, "table.toeplitz.null-high"));
    EXPECT_NEAR(value(rows, "swap.sinusoids"), 0, 2e-3);
    EXPECT_GT(std::abs(value(rows, "swap.shuffled")), 5e-3);
    EXPECT_EQ(learned.losses(), before);
}

TEST(Structure, RopesGridIsRecovered) {
    Trained learned("learned-rope");
    const std::vector<double> before = learned.losses();
    const std::vector<TaskResult> rows = learned.measure();
    EXPECT_NEAR(value(rows, "frequencies.0.base"), 10000, 0.1);
    EXPECT_NEAR(value(rows, "frequencies.0.moved-octaves"), 0, 1e-6);
    EXPECT_NEAR(value(rows, "swap.fitted-grid"), 0, 1e-6);
    EXPECT_EQ(learned.losses(), before);
}

TEST(Structure, AKernelIsToldByItsFamily) {
    Trained kerple("kerple-log");
    kerple.parameter("position.rate").detach().fill_(0.8);
    const std::vector<double> before = kerple.losses();
    const std::vector<TaskResult> rows = kerple.measure();
    EXPECT_EQ(value(rows, "bias.0.1.log.bic"), 0) << "the best family";
    EXPECT_GT(value(rows, "bias.0.1.linear.bic"), 10);
    EXPECT_NEAR(value(rows, "swap.log"), 0, 1e-4);
    EXPECT_EQ(kerple.losses(), before);
    EXPECT_TRUE(Trained("rope").measure().empty()) << "nothing was learned";
}

}  // namespace
}  // namespace overtake
