// Flags of points: each planted fault is told, and a healthy set has none.
#include "analysis/point_flags.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "analysis/planted.hpp"

namespace overtake {
namespace {

const std::vector<PlantedScheme> two{{"rope", {1.8, 480, 2100, 0.35, 0.37}}, {"fire", {1.8, 500, 2000, 0.355, 0.37}}};

/// As make_study groups them, without fitting anything.
Study grouped(const std::vector<Observation>& points, std::int64_t context = 0) {
    Study study;
    study.schemes = group_by_scheme(points);
    study.baseline = "rope";
    study.context = context;
    return study;
}

bool told(const Study& study, const std::string& part, bool exact_flops = true) {
    for (const std::string& flag : point_flags(study, exact_flops)) {
        if (flag.find(part) != std::string::npos) {
            return true;
        }
    }
    return false;
}

TEST(PointFlags, a_healthy_set_has_none) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        PlantedDesign design;
        design.seed = seed;
        std::vector<Observation> points = plant(two, design);
        for (Observation& o : points) {
            o.context = 1024;
        }
        EXPECT_EQ(point_flags(grouped(points, 1024), true), std::vector<std::string>{}) << seed;
    }
}

TEST(PointFlags, six_nd_at_long_context) {
    std::vector<Observation> points = plant(two, {});
    for (Observation& o : points) {
        o.context = 16384;
        o.parameters *= 50;  // 100 million to 10 billion: width 811 to 3764 at 64 channels a layer
    }
    // T / (12 width): 16384 / (12 x 811) = 1.68, 16384 / (12 x 3764) = 0.36.
    EXPECT_TRUE(told(grouped(points, 16384), "16384 tokens of context causal attention adds roughly 36 to 168 %", false));
    EXPECT_FALSE(told(grouped(points, 16384), "attention", true));
}

TEST(PointFlags, repeats) {
    std::vector<Observation> points = plant(two, {});
    points.push_back(points[0]);
    points.push_back(points[2]);
    points.back().loss += 0.1;
    EXPECT_TRUE(told(grouped(points), "rope: 1 row repeat another in scheme, N, D, seed and loss"));
    EXPECT_TRUE(told(grouped(points), "rope: 1 row have scheme, N, D and seed of another but a different loss"));
}

TEST(PointFlags, one_seed) {
    PlantedDesign design;
    design.seeds = 1;
    EXPECT_TRUE(told(grouped(plant(two, design)), "no cell has two seeds"));
}

TEST(PointFlags, groups_of_equal_compute) {
    // Loss falls with N in every group: no optimum inside. Sizes span a factor 2.
    std::vector<Observation> points;
    for (const double c : {1e18, 3e18, 1e19}) {
        for (const double n : {1e8, 1.4e8, 2e8}) {
            Observation o;
            o.scheme = "rope";
            o.parameters = n;
            o.flops = c;
            o.tokens = c / (6 * n);
            o.loss = 4 - 0.1 * std::log(n) - 0.1 * std::log(c / 1e18);
            o.cell = std::to_string(points.size());
            points.push_back(o);
        }
    }
    EXPECT_TRUE(told(grouped(points), "in 3 of 3 groups of equal compute the lowest loss lies at the smallest or largest size"));
    EXPECT_TRUE(told(grouped(points), "groups of equal compute span a factor 2.0 to 2.0 in N"));
}

TEST(PointFlags, narrow_compute) {
    std::vector<Observation> points = plant(two, {});
    std::erase_if(points, [](const Observation& o) { return o.flops < 1e17 || o.flops > 9e17; });  // 1.5e17 to 6e17 stay
    EXPECT_TRUE(told(grouped(points), "fire: compute spans 0.60 decades"));
}

TEST(PointFlags, unlike_grids) {
    std::vector<Observation> points;
    for (Observation o : plant(two, {})) {
        if (o.scheme == "fire") {
            o.parameters *= 30;
            o.flops *= 900;
            o.cell += "x";
        }
        points.push_back(o);
    }
    EXPECT_TRUE(told(grouped(points), "rope and fire share 0 of 35 and 35 cells"));
    EXPECT_TRUE(told(grouped(points), "rope and fire overlap in 26 % of their range of N"));  // 2 decades each, 1.48 apart
}

TEST(PointFlags, unlike_floors) {
    Study study = grouped(plant(two, {}));
    study.floor_test = {12.0, 0.0005, 1};
    EXPECT_TRUE(told(study, "rejects one E for all schemes (p = 0.0005)"));
}

}  // namespace
}  // namespace overtake
