// The bitter-lesson figure: constants and slopes of planted gaps, and its trend by hand.
#include "analysis/bitter_lesson.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace overtake {
namespace {

/// Five cells a decade apart; each scheme's gap to rope is level + slope (x - 17).
Study planted(const std::vector<std::tuple<std::string, double, double>>& schemes) {
    std::vector<Observation> points;
    for (int i = 0; i < 5; ++i) {
        Observation o;
        o.cell = std::to_string(i);
        o.flops = std::pow(10.0, 15 + i);
        o.parameters = 1e6;
        o.tokens = 1e8;
        for (const auto& [name, level, slope] : schemes) {
            o.scheme = name;
            o.loss = 3 + level + slope * (i - 2) + (i % 2 == 0 ? 1e-4 : -1e-4);
            points.push_back(o);
        }
    }
    Study study;
    study.schemes = group_by_scheme(points);
    study.baseline = "rope";
    return study;
}

const std::vector<std::tuple<std::string, double, double>> six{{"rope", 0, 0},          {"fire", 0.02, -0.010},       {"learned", 0.05, -0.008},
                                                               {"t5", 0.01, -0.002},    {"xpos", 0.0, 0.003},         {"rope+yarn-x4", 0.01, 0.004},
                                                               {"someones-own", 1, 1}};

TEST(BitterLesson, points_are_planted_gaps_by_constants) {
    const std::vector<BitterPoint> points = bitter_points(planted(six));
    ASSERT_EQ(points.size(), 5U);  // not rope itself, not a scheme that the table doesn't know
    EXPECT_EQ(points[0].scheme, "fire");
    EXPECT_EQ(points[0].constants, 0);
    EXPECT_NEAR(points[0].line.level, 0.02, 1e-9);
    EXPECT_NEAR(points[0].line.slope, -0.010, 1e-9);
    EXPECT_EQ(points[3].scheme, "xpos");
    EXPECT_EQ(points[4].scheme, "rope+yarn-x4");
    EXPECT_EQ(points[4].constants, 5);
}

TEST(BitterLesson, trend_by_hand) {
    // Constants 0 0 2 4 5, slopes -10 -8 -2 3 4: nine of ten pairs differ in constants, all agree; tau-b = 9 / sqrt(9 x 10).
    const auto trend = bitter_trend(bitter_points(planted(six)));
    ASSERT_TRUE(trend);
    EXPECT_NEAR(trend->tau, 9 / std::sqrt(90.0), 1e-12);
    // Of the 60 ways to deal the counts, 1 has 9 pairs agree and 1 has 9 pairs disagree.
    EXPECT_NEAR(trend->p_value, 2.0 / 60, 0.006);
    EXPECT_FALSE(bitter_trend(bitter_points(planted({{"rope", 0, 0}, {"fire", 0.1, 0}}))));
}

TEST(BitterLesson, figure_and_table_hold_every_point) {
    const Study study = planted(six);
    const auto figure = bitter_lesson_figure(study);
    ASSERT_TRUE(figure);
    EXPECT_EQ(figure->name, "bitter-lesson");
    EXPECT_NE(figure->data.find("\"rope+yarn-x4\" 5 5 "), std::string::npos);
    EXPECT_NE(figure->data.find("\"learned\" 0 0.09 "), std::string::npos);  // beside fire
    EXPECT_EQ(bitter_lesson_table(study).rows.size(), 5U);
    EXPECT_FALSE(bitter_lesson_figure(planted({{"rope", 0, 0}})));
}

}  // namespace
}  // namespace overtake
