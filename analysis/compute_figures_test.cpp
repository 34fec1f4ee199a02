// What gaps are worth, of planted laws whose line of equality is known.
#include "analysis/compute_figures.hpp"

#include <cmath>
#include <sstream>

#include <gtest/gtest.h>

#include "analysis/planted.hpp"

namespace overtake {
namespace {

Study planted_study(double noise = 1e-4) {
    PlantedDesign design;
    design.sizes = {5e3, 1e4, 3e4, 1e5, 3e5};
    design.ratios = {5, 10, 20, 40};
    design.seeds = 2;
    design.noise = noise;
    StudyOptions options;
    options.bootstrap.draws = 60;
    options.fit.start_stride = 23;
    return make_study(plant({{"rope", {0.9, 60, 90, 0.35, 0.33}}, {"learned", {0.9, 100, 90, 0.4, 0.33}}}, design), options);
}

TEST(ComputeFigures, DrawTheLineOfEqualityWhereItWasPlanted) {
    // 60 / N^0.35 = 100 / N^0.4 at N = (100 / 60)^20 = 27,351, whatever D.
    const Study study = planted_study();
    ASSERT_EQ(study.comparisons.size(), 1U);
    const std::optional<EqualityCurve> curve = equality_of(study, study.comparisons[0]);
    ASSERT_TRUE(curve.has_value());
    const std::optional<Figure> plane = equality_figure(study, study.comparisons[0], *curve);
    ASSERT_TRUE(plane.has_value());
    std::istringstream in(plane->data.substr(plane->data.find("# equal")));
    std::string line;
    std::getline(in, line);
    int points = 0;
    for (double n = 0, d = 0; std::getline(in, line) && !line.starts_with("#");) {
        std::istringstream numbers(line);
        if (numbers >> n >> d) {
            EXPECT_NEAR(n / 27351, 1, 0.05) << line;
            ++points;
        }
    }
    EXPECT_GT(points, 10);
    EXPECT_NE(plane->data.find("# border of where learned is ahead"), std::string::npos);
    EXPECT_EQ(plane->data.find("nan"), std::string::npos);
}

TEST(EqualityCurve, HoldsWhatWasPlantedInTheBandOfEveryPoint) {
    const Study study = planted_study(2e-3);
    const std::optional<EqualityCurve> curve = equality_of(study, study.comparisons[0]);
    ASSERT_TRUE(curve.has_value());
    ASSERT_EQ(curve->lines.size(), curve->equal.size());
    std::size_t points = 0;
    for (const std::vector<EqualityPoint>& line : curve->lines) {
        for (const EqualityPoint& p : line) {
            EXPECT_LT(p.log10_parameters.low, std::log10(27351));
            EXPECT_GT(p.log10_parameters.high, std::log10(27351));
            EXPECT_GT(p.log10_parameters.low, curve->range.low.log10_parameters);
            EXPECT_LT(p.log10_parameters.high - p.log10_parameters.low, 0.5);
            ++points;
        }
    }
    EXPECT_GT(points, 10U);
    EXPECT_NEAR(curve->range.low.log10_parameters, std::log10(5e3), 1e-12);
    EXPECT_NEAR(curve->range.high.log10_tokens, std::log10(3e5 * 40), 1e-12);
}

TEST(ComputeFigures, SayWhatTheBaselineNeeds) {
    const Study study = planted_study();
    const std::optional<Figure> figure = effective_compute_figure(study, study.comparisons[0]);
    ASSERT_TRUE(figure.has_value());
    std::istringstream in(figure->data);
    std::string line;
    std::vector<double> multipliers;
    while (std::getline(in, line)) {
        double flops = 0, multiplier = 0, low = 0, high = 0;
        if (std::istringstream numbers(line); numbers >> flops >> multiplier >> low >> high) {
            EXPECT_LE(low, multiplier);
            EXPECT_GE(high, multiplier);
            multipliers.push_back(multiplier);
        }
    }
    ASSERT_GT(multipliers.size(), 20U);
    EXPECT_LT(multipliers.front(), 1);  // the challenger is behind at the low end
    EXPECT_GT(multipliers.back(), 1);   // and saves compute at the high end
}

TEST(ComputeFigures, DrawNothingWithoutALaw) {
    Study study;
    study.baseline = "rope";
    study.schemes.resize(2);
    study.schemes[0].scheme = "rope";
    study.schemes[1].scheme = "learned";
    Comparison c;
    c.baseline = "rope";
    c.challenger = "learned";
    EXPECT_FALSE(equality_of(study, c).has_value());
    EXPECT_FALSE(effective_compute_figure(study, c).has_value());
}

}  // namespace
}  // namespace overtake
