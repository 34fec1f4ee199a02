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

    std::vector<double> losses() const {
        const at::Tensor tokens = at::arange(4 * (length + 1)).mul(7).remainder(11).view({4, length + 1});
        const at::Tensor mean_B = model.loss(tokens.narrow(1, 0, length), tokens.narrow(1, 1, length)).mean(1).to(at::kDouble).contiguous();
        return {mean_B.data_ptr<double>(), mean_B.data_ptr<double>() + 4};
    }

    LearnedStructure measure() {
        const at::NoGradGuard no_grad;
        return measure_structure(model, shape, length, [this] { return losses(); });
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

/// Whatever learned: it is described in bounded room, and left as it was.
TEST(Structure, EverySchemeIsDescribedAndLeftAsItWas) {
    for (const SchemeInfo& info : position_schemes()) {
        if (!is_trainable(info) || info.kind != SchemeKind::learned) {
            continue;
        }
        SCOPED_TRACE(std::string(info.name));
        Trained model(std::string(info.name), 2);
        const std::vector<double> before = model.losses();
        const LearnedStructure found = model.measure();
        EXPECT_EQ(model.losses(), before);
        std::size_t numbers = 0;
        std::set<std::tuple<std::string, std::string, std::int64_t, std::int64_t>> seen;
        for (const StructureSeries& series : found.series) {
            numbers += series.value.size();
            EXPECT_TRUE(seen.emplace(series.kind, series.source, series.layer, series.head).second) << series.kind << " twice";
        }
        EXPECT_LE(numbers, 8000U);
        // Gates of content, weights of waves, phases and temperatures have no curve that hand-made schemes have too.
        static const std::set<std::string_view> none{"ssmax", "fope", "pope", "selective-rope", "fox", "cable", "cope", "dape", "path", "grape-ap"};
        EXPECT_EQ(found.series.empty(), none.contains(info.name));
    }
}

}  // namespace
}  // namespace overtake
