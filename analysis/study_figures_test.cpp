// Figures of a study: numbers in their data worked by hand, rows in the order that is promised.
#include <cmath>
#include <sstream>

#include <gtest/gtest.h>

#include "analysis/cell_figure.hpp"
#include "analysis/forest_figure.hpp"
#include "analysis/residual_figure.hpp"
#include "analysis/scheme_panels.hpp"

namespace overtake {
namespace {

/// The lines of the block whose comment begins with "# " and `name`.
std::vector<std::string> block(const Figure& figure, const std::string& name) {
    std::istringstream in(figure.data);
    std::vector<std::string> lines;
    bool inside = false;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("#")) {
            inside = line.starts_with("# " + name);
        } else if (inside && !line.empty()) {
            lines.push_back(line);
        }
    }
    return lines;
}

Observation trial(const std::string& scheme, double n, double d, double loss, std::int64_t seed) {
    Observation o;
    o.scheme = scheme;
    o.parameters = n;
    o.tokens = d;
    o.flops = 6 * n * d;
    o.loss = loss;
    o.cell = std::to_string(n) + "/" + std::to_string(d);
    o.seed = seed;
    return o;
}

/// L = 1 + 100/N^0.5 + 100/D^0.5 at N, D in {1e4, 1e6}, the loss of the first trial 1 % too high.
Study one_law() {
    SchemeLaw s;
    s.scheme = "rope";
    s.law = {1, 100, 100, 0.5, 0.5};
    s.fit.usable = true;
    std::vector<double> n, d, loss;
    for (const double parameters : {1e4, 1e6}) {
        for (const double tokens : {1e4, 1e6}) {
            s.observations.push_back(trial("rope", parameters, tokens, s.law.loss(parameters, tokens) * (s.observations.empty() ? 1.01 : 1), 0));
            n.push_back(parameters);
            d.push_back(tokens);
            loss.push_back(s.observations.back().loss);
        }
    }
    s.points = LawPoints(n, d, loss);
    s.low_log10_flops = std::log10(6e8);
    s.high_log10_flops = std::log10(6e12);
    Study study;
    study.baseline = "rope";
    study.schemes = {s};
    study.draws.draws = {{{1, 100, 100, 0.5, 0.5}, {1, 200, 100, 0.5, 0.5}}};
    study.draws.jackknife = {{}};
    return study;
}

TEST(SizePanel, HoldsPointsLawAndBand) {
    const Figure figure = size_panel(one_law(), 0);
    EXPECT_EQ(block(figure, "points at N = 10000"), (std::vector<std::string>{"10000 3.0300000000000002 0", "1e+06 2.1 0"}));
    const std::vector<std::string> law = block(figure, "law at N = 10000");
    ASSERT_EQ(law.size(), 41U);
    std::istringstream first(law[0]);
    double tokens = 0, loss = 0, low = 0, high = 0;
    first >> tokens >> loss >> low >> high;
    EXPECT_NEAR(loss, 3, 1e-12);
    EXPECT_NEAR(low, 3.025, 1e-12);   // quantiles 0.025 and 0.975 between the draws' 3 and 4
    EXPECT_NEAR(high, 3.975, 1e-12);
}

TEST(IsoflopPanel, MovesTrialsAlongTheLaw) {
    // Range 6e8 .. 6e12 in five levels of 0.8 decades: the first is at 6e8 x 10^0.4, where N = 1e4 has D = 1e4 x 10^0.4 and L = 1 + 1 + 10^-0.2.
    const std::vector<std::string> moved = block(isoflop_panel(one_law(), 0), "trials moved to C = 1507");
    ASSERT_EQ(moved.size(), 1U);
    std::istringstream in(moved[0]);
    double n = 0, loss = 0, measured = 0;
    in >> n >> loss >> measured;
    EXPECT_EQ(n, 1e4);
    EXPECT_NEAR(loss, 1.01 * (2 + std::pow(10.0, -0.2)), 1e-9);
    EXPECT_NEAR(measured, 3.03, 1e-9);
}

TEST(ResidualFigure, SaysPredictedOverMeasured) {
    const Figure figure = residual_figure(one_law());
    const std::vector<std::string> cells = block(figure, "cells of rope");
    ASSERT_EQ(cells.size(), 4U);
    std::istringstream in(cells[0]);
    double n = 0, d = 0, percent = 0;
    in >> n >> d >> percent;
    EXPECT_NEAR(percent, 100 / 1.01 - 100, 1e-9);
    EXPECT_EQ(block(figure, "trials of rope").size(), 4U);
}

TEST(CellFigure, PairsBySeedInTheFullestCell) {
    Study study;
    study.baseline = "rope";
    for (const auto& [scheme, shift] : {std::pair{"rope", 0.0}, {"t5", 0.25}, {"alibi", -0.5}}) {
        SchemeLaw s;
        s.scheme = scheme;
        s.observations = {trial(scheme, 100, 10, 2 + shift, 0), trial(scheme, 100, 10, 3 + shift, 1)};
        study.schemes.push_back(s);
    }
    study.schemes[0].observations.push_back(trial("rope", 100, 1000, 1, 0));  // more compute, but only one other scheme
    study.schemes[1].observations.push_back(trial("t5", 100, 1000, 9, 0));
    study.schemes[1].observations.push_back(trial("t5", 100, 10, 7, 2));      // a seed that the baseline hasn't
    const std::optional<Figure> figure = cell_figure(study);
    ASSERT_TRUE(figure.has_value());
    EXPECT_EQ(block(*figure, "means"), (std::vector<std::string>{"-0.5 0 alibi", "0.25 1 t5"}));
    EXPECT_EQ(block(*figure, "seeds").size(), 4U);
    study.schemes.resize(1);
    EXPECT_FALSE(cell_figure(study).has_value());
}

TEST(ForestFigure, OrdersByTheGapAtTheTop) {
    Study study;
    study.baseline = "rope";
    Comparison behind;
    behind.baseline = "rope";
    behind.challenger = "alibi";
    behind.relation = Relation::trails;
    behind.verdict = Verdict::none;
    behind.band = {{9, 10}, {0.5, 0.25}, {0.4, 0.125}, {0.6, 0.375}, {}};
    behind.low_log10_flops = 9;
    behind.high_log10_flops = 10;
    behind.horizon_log10_flops = 11;
    Comparison ahead = behind;
    ahead.challenger = "t5";
    ahead.relation = Relation::overtakes;
    ahead.verdict = Verdict::inside;
    ahead.band = {{9, 10}, {0.5, -0.25}, {0.4, -0.5}, {0.6, -0.125}, {}};
    Crossing crossing;
    crossing.log10_flops = 9.5;
    crossing.interval = {-INFINITY, 9.75};
    crossing.established = true;
    ahead.crossings = {crossing};
    Comparison lawless;
    lawless.challenger = "cope";
    study.comparisons = {behind, lawless, ahead};
    const std::optional<Figure> figure = forest_figure(study, {});
    ASSERT_TRUE(figure.has_value());
    EXPECT_EQ(block(*figure, "gaps"), (std::vector<std::string>{"0 -0.25 -0.5 -0.125 29362 \"overtakes\" \"t5\"", "1 0.25 0.125 0.375 13983232 \"trails\" \"alibi\""}));
    EXPECT_EQ(block(*figure, "crossings"), (std::vector<std::string>{"9.5 0 9 9.75 29362 1 \"t5\""}));  // an infinite end stops at the data's
    study.comparisons = {lawless};
    EXPECT_FALSE(forest_figure(study, {}).has_value());
}

TEST(GnuplotTic, SurvivesEnhancedTextAndFormats) { EXPECT_EQ(gnuplot_tic("a_b 2%"), "a\\\\_b 2%%"); }

TEST(TicStep, IsARoundNumber) {
    EXPECT_DOUBLE_EQ(tic_step(1, 5), 0.2);
    EXPECT_DOUBLE_EQ(tic_step(0.9, 4), 0.5);
    EXPECT_DOUBLE_EQ(tic_step(37, 5), 10);
}

}  // namespace
}  // namespace overtake
