// The task "structure" finds what was planted, prices stand-ins, and leaves the model as it was.
#include "runner/measure_structure.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <set>
#include <tuple>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "models/position/sinusoidal.hpp"
#include "runner/pulse.hpp"
#include "sweeps/position_rules.hpp"
#include "sweeps/position_schemes.hpp"

namespace overtake {
namespace {

constexpr std::int64_t length = 32;

ModelConfig tiny(std::int64_t layers) { return {.layers = layers, .width = 16, .heads = 2, .mlp_width = 32, .vocabulary = 11}; }

struct Trained {
    explicit Trained(const std::string& scheme, std::int64_t layers = 1, const Options& options = {})
        : shape(tiny(layers)), model(shape, {scheme, options}, length, 3, Precision::fp32, at::kCPU) {}

    at::Tensor& parameter(const std::string& name) {
        for (Parameter& parameter : model.parameters()) {
            if (parameter.name == name) {
                return parameter.value;
            }
        }
        throw std::logic_error("no " + name);
    }

    static at::Tensor text() { return at::arange(4 * (length + 1)).mul(7).remainder(11).view({4, length + 1}); }

    std::vector<double> losses() const {
        const at::Tensor tokens = text();
        const at::Tensor mean_B = model.loss(tokens.narrow(1, 0, length), tokens.narrow(1, 1, length)).mean(1).to(at::kDouble).contiguous();
        return {mean_B.data_ptr<double>(), mean_B.data_ptr<double>() + 4};
    }

    /// So many steps down the gradient of all parameters.
    void train(int steps) {
        const at::Tensor tokens = text();
        for (int step = 0; step < steps; ++step) {
            model.loss(tokens.narrow(1, 0, length), tokens.narrow(1, 1, length)).mean().backward();
            for (Parameter& parameter : model.parameters()) {
                if (parameter.value.grad().defined()) {
                    parameter.value.detach().sub_(parameter.value.grad(), 0.3);
                    parameter.value.mutable_grad() = at::Tensor();
                }
            }
        }
    }

    LearnedStructure measure() {
        const at::NoGradGuard no_grad;
        return measure_structure(model, shape, length, {.losses = [this] { return losses(); }, .look = {text().narrow(1, 0, length), {}}});
    }

    ModelConfig shape;
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

const StructureSeries& curve(const LearnedStructure& found, const std::string& kind, std::int64_t layer = -1, std::int64_t head = -1) {
    for (const StructureSeries& series : found.series) {
        if (series.kind == kind && series.layer == layer && series.head == head) {
            EXPECT_EQ(series.x.size(), series.value.size());
            return series;
        }
    }
    throw std::logic_error("no curve " + kind);
}

TEST(Structure, ATableOfSinusoidsIsFoundAndReplacedForNothing) {
    Trained learned("learned");
    learned.parameter("position.table").detach().copy_(sinusoidal_table(at::arange(length, at::kDouble), 16));
    const std::vector<double> before = learned.losses();
    const LearnedStructure found = learned.measure();
    const std::vector<TaskResult>& rows = found.rows;
    EXPECT_GT(value(rows, "table.toeplitz"), value(rows, "table.toeplitz.null-high"));
    EXPECT_NEAR(value(rows, "swap.sinusoids"), 0, 2e-3);
    EXPECT_GT(std::abs(value(rows, "swap.shuffled")), 5e-3);
    EXPECT_EQ(learned.losses(), before);
    const StructureSeries &power = curve(found, "spectrum"), &high = curve(found, "spectrum-null-high"), &similar = curve(found, "similarity");
    EXPECT_NEAR(std::accumulate(power.value.begin(), power.value.end(), 0.0), 1, 1e-12);
    EXPECT_NEAR(power.x[0], 2 * std::numbers::pi / length, 1e-12);
    EXPECT_GT(power.value[0], high.value[0]) << "most wavelengths are longer than the table";
    EXPECT_EQ(power.source, "input");
    ASSERT_EQ(similar.value.size(), static_cast<std::size_t>(length * length));
    EXPECT_EQ(similar.x[length + 3], 3);
    // Rows of sinusoids in pairs: the cosine of two rows is the mean of cos(r theta_j).
    double expected = 0;
    for (int pair = 0; pair < 8; ++pair) {
        expected += std::cos(5 * std::pow(10000.0, -pair / 8.0)) / 8;
    }
    EXPECT_NEAR(similar.value[2 * length + 7], expected, 1e-6);
}

TEST(Structure, RopesGridIsRecovered) {
    Trained learned("learned-rope");
    const std::vector<double> before = learned.losses();
    const LearnedStructure found = learned.measure();
    const std::vector<TaskResult>& rows = found.rows;
    EXPECT_NEAR(value(rows, "frequencies.0.base"), 10000, 0.1);
    EXPECT_NEAR(value(rows, "frequencies.0.moved-octaves"), 0, 1e-6);
    EXPECT_NEAR(value(rows, "swap.fitted-grid"), 0, 1e-6);
    EXPECT_EQ(learned.losses(), before);
    EXPECT_EQ(curve(found, "frequencies").source, "rotation");
    EXPECT_NEAR(curve(found, "frequencies").value[3], std::pow(10000.0, -3 / 4.0), 1e-9);
}

TEST(Structure, FindingsAreSignsOfLife) {
    Trained learned("learned");
    int signs = 0;
    const PulseSender sender([&](Pace pace) { signs += pace == Pace::long_work ? 1 : 0; });
    measure_structure(learned.model, learned.shape, length, {.losses = [&] { return learned.losses(); }, .look = {}});
    EXPECT_GE(signs, 1);
}

TEST(Structure, FrequenciesOfEveryLayerAndHeadAreDrawn) {
    const LearnedStructure lie = Trained("lie-rope", 2).measure(), base = Trained("learned-base", 2, {{"share", std::string("layer")}}).measure();
    for (std::int64_t layer = 0; layer < 2; ++layer) {
        for (std::int64_t head = 0; head < 2; ++head) {
            const StructureSeries &found = curve(lie, "frequencies", layer, head), &start = curve(lie, "frequencies-start", layer, head);
            const double fastest = *std::max_element(found.value.begin(), found.value.end());
            EXPECT_NEAR(fastest, 1, 1e-6);
            EXPECT_NEAR(start.value[2], 0.01, 1e-12) << "base 10000, four pairs";
        }
        EXPECT_NEAR(curve(base, "frequencies", layer).value[1], 0.1, 1e-6);
    }
    EXPECT_NEAR(value(base.rows, "swap.start"), 0, 1e-6);
}

TEST(Structure, UniversalsPartsKeepTheirStrengths) {
    const LearnedStructure found = Trained("universal", 2).measure();
    EXPECT_NEAR(value(found.rows, "strength.decay.1"), 0.01, 1e-8);
    EXPECT_NEAR(value(found.rows, "strength.gate.0"), 0.1, 1e-8);
    EXPECT_EQ(curve(found, "strength").x.size(), 2U);
}

TEST(Structure, AKernelIsToldByItsFamily) {
    Trained kerple("kerple-log");
    kerple.parameter("position.rate").detach().fill_(0.8);
    const std::vector<double> before = kerple.losses();
    const LearnedStructure found = kerple.measure();
    const std::vector<TaskResult>& rows = found.rows;
    EXPECT_EQ(value(rows, "bias.0.1.log.bic"), 0) << "the best family";
    EXPECT_GT(value(rows, "bias.0.1.linear.bic"), 10);
    EXPECT_NEAR(value(rows, "swap.log"), 0, 1e-4);
    EXPECT_EQ(kerple.losses(), before);
    EXPECT_EQ(value(rows, "best-family.log"), 1);
    const StructureSeries &drawn = curve(found, "bias", -1, 1), &fit = curve(found, "bias-fit", -1, 1);
    EXPECT_EQ(fit.family, "log");
    EXPECT_EQ(drawn.x.back(), 30) << "8 2^(23/12); 32 is one too long";
    for (std::size_t i = 0; i < drawn.x.size(); ++i) {
        EXPECT_NEAR(drawn.value[i], drawn.value[1] / std::log(1.8) * std::log1p(0.8 * drawn.x[i]), 1e-5);
        EXPECT_NEAR(fit.value[i], drawn.value[i], 1e-3) << "the fit's rate is the best of a grid";
    }
    EXPECT_TRUE(Trained("rope").measure().rows.empty()) << "nothing was learned";
}

TEST(Structure, BiasesByPairAreAveragedOverQueries) {
    Trained fire("fire", 2, {{"threshold", std::int64_t{7}}});
    const LearnedStructure found = fire.measure();
    const double share = value(found.rows, "bias-toeplitz");
    EXPECT_GT(share, 0);
    EXPECT_LE(share, 1);
    curve(found, "bias", 0, 1);
    curve(found, "bias", 1, 1);
}

/// A gate w . x + b of a fox without w is the same at every token: an ALiBi of slope -ln sigmoid(b).
TEST(Structure, GatesThatForgetContentAreALinearBias) {
    Trained fox("fox", 2);
    fox.parameter("position.weight").detach().zero_();
    fox.parameter("position.bias").detach().fill_(3);
    const std::vector<double> before = fox.losses();
    const LearnedStructure found = fox.measure();
    EXPECT_EQ(fox.losses(), before);
    const double slope = std::log1p(std::exp(-3.0));
    const StructureSeries &bias = curve(found, "bias", 1, 0), &spread = curve(found, "bias-spread", 1, 0), &gate = curve(found, "gate", 1, 0);
    EXPECT_EQ(bias.source, "content");
    for (std::size_t i = 0; i < bias.x.size(); ++i) {
        EXPECT_NEAR(bias.value[i], -slope * bias.x[i], 1e-5);
        EXPECT_NEAR(spread.value[i], 0, 1e-3);
    }
    EXPECT_EQ(gate.source, "kept");
    EXPECT_EQ(gate.x.size(), 21U);
    EXPECT_NEAR(gate.value[20], 1 / (1 + std::exp(-3.0)), 1e-6);
    EXPECT_NEAR(value(found.rows, "bias-toeplitz"), 1, 1e-6);
    EXPECT_NEAR(value(found.rows, "swap.mean-over-lag"), 0, 1e-5);
    EXPECT_NEAR(value(found.rows, "swap.linear"), 0, 1e-5);
    EXPECT_NE(value(found.rows, "swap.constant"), 0);
}

/// With gates of content their mean over lag costs something, and the spread is that of the logits.
TEST(Structure, WhatContentIsWorthIsPriced) {
    Trained fox("fox");
    fox.parameter("position.weight").detach().mul_(100);
    const LearnedStructure found = fox.measure();
    EXPECT_GT(std::abs(value(found.rows, "swap.mean-over-lag")), 1e-4);
    EXPECT_LT(value(found.rows, "bias-toeplitz"), 0.999);
    const StructureSeries &gate = curve(found, "gate", 0, 1), &mean = curve(found, "bias", 0, 1), &spread = curve(found, "bias-spread", 0, 1);
    EXPECT_GT(gate.value[20], gate.value[0]);
    EXPECT_EQ(mean.value[0], 0);
    EXPECT_GT(spread.value[1], 0.01);
    // At lag 1 the bias is ln of one gate, so its mean lies between the extremes'.
    EXPECT_GT(mean.value[1], std::log(gate.value[0]));
    EXPECT_LT(mean.value[1], std::log(gate.value[20]));
}

TEST(Structure, PathWithoutReflectionsAddsNothing) {
    Trained path("path");
    path.parameter("position.beta_weight").detach().zero_();
    path.parameter("position.beta_bias").detach().fill_(-40);
    const LearnedStructure found = path.measure();
    for (const double added : curve(found, "bias", 0, 0).value) {
        EXPECT_NEAR(added, 0, 1e-5);
    }
    EXPECT_NEAR(value(found.rows, "swap.mean-over-lag"), 0, 1e-5) << "plain products of queries and keys are all there was";
}

TEST(Structure, TemperaturesAreDrawnOverVisibleKeys) {
    Trained ssmax("ssmax", 2);
    ssmax.parameter("position.scale").detach()[1][0] = 0.7;
    const LearnedStructure found = ssmax.measure();
    const StructureSeries& drawn = curve(found, "temperature", 1, 0);
    for (std::size_t i = 0; i < drawn.x.size(); ++i) {
        EXPECT_NEAR(drawn.value[i], 0.7 * std::log(drawn.x[i]), 1e-6);
    }
    EXPECT_NEAR(value(found.rows, "layer.1.temperature.0"), 0.7, 1e-6);
    value(found.rows, "swap.constant-temperature");
    EXPECT_NE(value(found.rows, "swap.shared-temperature"), 0);
}

TEST(Structure, MixedWavesTurnAtTheirMeanByPower) {
    Trained fope("fope", 1, {{"fourier_width", std::int64_t{64}}});
    at::Tensor &cosine = fope.parameter("position.cosine"), &sine = fope.parameter("position.sine");
    ASSERT_EQ(cosine.dim(), 4);
    for (at::Tensor* weights : {&cosine, &sine}) {
        weights->detach().zero_();
        weights->detach().select(2, 0).fill_(1);
    }
    const LearnedStructure one = fope.measure();
    EXPECT_NEAR(value(one.rows, "waves.0.count"), 1, 1e-6);
    EXPECT_NEAR(value(one.rows, "swap.one-wave"), 0, 1e-6);
    for (const double theta : curve(one, "frequencies", -1, 1).value) {
        EXPECT_NEAR(theta, 1, 1e-6) << "the first wave has the frequency 1";
    }
    cosine.detach().select(2, 1).fill_(1);
    sine.detach().select(2, 1).fill_(1);
    const LearnedStructure two = fope.measure();
    EXPECT_NEAR(value(two.rows, "waves.0.count"), 2, 1e-6);
    const StructureSeries& waves = curve(two, "spectrum", 0, 0);
    EXPECT_NEAR(waves.value.back(), 0.5, 1e-6);
    EXPECT_NEAR(curve(two, "frequencies", -1, 0).value[0], std::sqrt(waves.x.back() * waves.x[waves.x.size() - 2]), 1e-6);
    EXPECT_NE(value(two.rows, "swap.one-wave"), 0);
}

TEST(Structure, PacesAndPhasesAreThoseOfTheParameters) {
    Trained selective("selective-rope");
    selective.parameter("position.projection").detach().zero_();
    const LearnedStructure rope = selective.measure();
    EXPECT_NEAR(curve(rope, "frequencies", -1, 1).value[2], 0.01, 1e-9) << "base 10000, four pairs";
    EXPECT_EQ(curve(rope, "gate", 0, 0).value[0], 1);
    EXPECT_NEAR(value(rope.rows, "swap.rope"), 0, 1e-12);
    Trained pope("pope");
    pope.parameter("position.phases").detach()[0][1][2] = -0.5;
    const LearnedStructure polar = pope.measure();
    EXPECT_NEAR(curve(polar, "phase", 0, 1).value[2], -0.5, 1e-7);
    EXPECT_NE(value(polar.rows, "swap.no-phases"), 0);
    const StructureSeries& use = curve(polar, "use", 0, 1);
    EXPECT_EQ(use.x.size(), 8U);
    EXPECT_NEAR(std::accumulate(use.value.begin(), use.value.end(), 0.0), 1, 1e-9);
}

TEST(Structure, NoBiasByWholeLagsIsPricedAtDrawnPositions) {
    Trained kerple("kerple-log");
    const at::NoGradGuard no_grad;
    const LearnedStructure found = measure_structure(kerple.model, kerple.shape, length, {.losses = [&] { return kerple.losses(); }, .look = {}, .drawn = true});
    for (const TaskResult& row : found.rows) {
        EXPECT_FALSE(row.metric.starts_with("swap.")) << row.metric;
    }
    EXPECT_FALSE(found.series.empty());
}

/// Whatever learned: a few steps on it has a curve and a price, is described in bounded room, and left as it was.
TEST(Structure, EverySchemeIsDescribedAndLeftAsItWas) {
    for (const SchemeInfo& info : position_schemes()) {
        if (!is_trainable(info) || info.kind != SchemeKind::learned) {
            continue;
        }
        SCOPED_TRACE(std::string(info.name));
        Trained model(std::string(info.name), 2);
        model.train(3);
        const std::vector<double> before = model.losses();
        const LearnedStructure found = model.measure();
        EXPECT_EQ(model.losses(), before);
        std::size_t numbers = 0;
        std::set<std::tuple<std::string, std::string, std::int64_t, std::int64_t>> seen;
        for (const StructureSeries& series : found.series) {
            numbers += series.value.size();
            EXPECT_TRUE(seen.emplace(series.kind, series.source, series.layer, series.head).second) << series.kind << " twice";
            EXPECT_TRUE(std::all_of(series.value.begin(), series.value.end(), [](double v) { return std::isfinite(v); })) << series.kind;
        }
        EXPECT_FALSE(found.series.empty()) << "what did it learn? (runner/structure_parts.hpp)";
        EXPECT_LE(numbers, 8000U);
        // What functions of the position add to the input is described, but nothing simpler was put in its place.
        const auto priced = [](const TaskResult& row) { return row.metric.starts_with("swap."); };
        const bool function_of_position = info.name == "floater" || info.name == "fourier-features";
        EXPECT_EQ(std::any_of(found.rows.begin(), found.rows.end(), priced), !function_of_position);
    }
}

}  // namespace
}  // namespace overtake
