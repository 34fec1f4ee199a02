// Conventions of N and C: what the points allow, what they become, and a verdict that hangs on one.
#include "analysis/convention_check.hpp"

#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "analysis/pair_view.hpp"
#include "analysis/planted.hpp"
#include "sweeps/errors.hpp"

namespace overtake {
namespace {

Observation point() {
    Observation o;
    o.parameters = o.backbone_parameters = 100;
    o.position_parameters = 20;
    o.total_parameters = 150;
    o.tokens = 10;
    o.exact_flops = o.flops = 7000;
    o.loss = 3;
    return o;
}

TEST(Conventions, count_by_hand) {
    const std::vector<Observation> points{point()};
    const std::vector<Convention> conventions = conventions_of(points);
    ASSERT_EQ(conventions.size(), 5U);
    const double n[] = {100, 100, 120, 150, 150}, c[] = {7000, 6000, 7000, 7000, 9000};
    const char* names[] = {"backbone/exact", "backbone/6nd", "position/exact", "total/exact", "total/6nd"};
    for (std::size_t i = 0; i < 5; ++i) {
        const Observation o = count_by(points, conventions[i])[0];
        EXPECT_EQ(o.parameters, n[i]) << names[i];
        EXPECT_EQ(o.flops, c[i]) << names[i];
        EXPECT_EQ(name_of(conventions[i]), names[i]);
        EXPECT_EQ(parse_convention(names[i]), conventions[i]);
        // Counting again does not pile up.
        EXPECT_EQ(count_by(count_by(points, conventions[4]), conventions[i])[0].parameters, n[i]);
    }
    EXPECT_THROW(parse_convention("backbone"), ConfigError);
}

TEST(Conventions, are_those_that_the_points_allow) {
    std::vector<Observation> points{point(), point()};
    points[1].exact_flops = 0;
    points[1].total_parameters = 0;
    EXPECT_EQ(conventions_of(points), (std::vector<Convention>{{ParameterCount::backbone, ComputeCount::six_nd}}));
}

/// Equal laws, but the challenger's exact cost is 1.6 times as high: it trails by exact FLOPs and equals the baseline by 6 N D.
TEST(Conventions, a_verdict_that_hangs_on_one_is_told) {
    PlantedDesign design;
    design.noise = 0.0001;
    std::vector<Observation> points = plant({{"rope", {1.8, 480, 2100, 0.35, 0.37}}, {"fire", {1.8, 480, 2100, 0.35, 0.37}}}, design);
    for (Observation& o : points) {
        o.backbone_parameters = o.parameters;
        o.exact_flops = o.flops = o.flops * (o.scheme == "fire" ? 1.6 : 1);
    }
    StudyOptions options;
    options.bootstrap.draws = 200;
    const std::vector<ConventionCheck> checks = check_conventions(points, options, conventions_of(points));
    ASSERT_EQ(checks.size(), 1U);
    ASSERT_EQ(checks[0].outcomes.size(), 2U);
    EXPECT_EQ(checks[0].outcomes[0].comparison.relation, Relation::trails);
    EXPECT_EQ(checks[0].outcomes[1].comparison.relation, Relation::equivalent) << checks[0].outcomes[1].comparison.sentence;
    EXPECT_TRUE(checks[0].changes);
    EXPECT_EQ(convention_words(checks[0]),
              "fire against rope: the verdict changes with what N and C count: N without embeddings, exact C: trails (none); N without embeddings, C = 6 N D: equivalent (none).");
    EXPECT_EQ(convention_table(checks).rows.size(), 2U);

    // The same pair side by side.
    const std::vector<Study> studies = make_studies(points, options);
    const PairView view{studies[0], studies[0].comparisons[0], checks, {15.0, 16.0}};
    ObservationSet set;
    set.source = "planted";
    set.left_out_points = {{"diverged", "fire", "a cell", 2, 7}};
    const auto json = nlohmann::json::parse(pairs_as_json(std::span(&view, 1), set));
    const auto& pair = json.at("comparisons").at(0);
    EXPECT_EQ(pair.at("relation"), "trails");
    EXPECT_EQ(pair.at("changes_with_convention"), true);
    EXPECT_EQ(pair.at("conventions").at(1).at("name"), "backbone/6nd");
    EXPECT_EQ(pair.at("laws").at(1).at("scheme"), "fire");
    EXPECT_NEAR(pair.at("laws").at(0).at("E").get<double>(), 1.8, 0.01);
    EXPECT_EQ(pair.at("gap").at(1).at("log10_flops"), 16.0);
    EXPECT_LT(pair.at("gap").at(1).at("interval").at(0).get<double>(), pair.at("gap").at(1).at("gap").get<double>());
    EXPECT_NEAR(pair.at("paired_line").at("level").get<double>(), 0, 1e-4);  // equal at equal cells, whatever they cost
    EXPECT_EQ(json.at("left_out_points").at(0).at("line"), 7);
    EXPECT_NE(pair_as_text(view).find("the verdict changes with what N and C count"), std::string::npos);
}

TEST(Conventions, are_checked_over_every_pair) {
    PlantedDesign design;
    design.noise = 0.0001;
    const PowerLaw law{1.8, 480, 2100, 0.35, 0.37};
    std::vector<Observation> points = plant({{"t5", law}, {"rope", law}, {"fire", law}}, design);
    for (Observation& o : points) {
        o.backbone_parameters = o.parameters;
        o.exact_flops = o.flops = o.flops * (o.scheme == "fire" ? 1.6 : 1);
    }
    StudyOptions options;
    options.bootstrap.draws = 200;
    options.fit.start_stride = 23;
    options.every_pair = true;
    const std::vector<ConventionCheck> checks = check_conventions(points, options, conventions_of(points));
    ASSERT_EQ(checks.size(), 3U);
    EXPECT_EQ(checks[0].challenger + " " + checks[0].baseline, "t5 rope");  // the baseline is the baseline of its pairs
    EXPECT_EQ(checks[1].challenger + " " + checks[1].baseline, "fire t5");
    EXPECT_EQ(checks[2].challenger + " " + checks[2].baseline, "fire rope");
    for (const ConventionCheck& check : checks) {
        ASSERT_EQ(check.outcomes.size(), 2U);
        EXPECT_EQ(check.outcomes[0].comparison.family_size, 3U);
        EXPECT_FALSE(std::isnan(check.outcomes[0].comparison.p_holm));
        EXPECT_EQ(check.changes, check.challenger == "fire");
    }
    EXPECT_EQ(convention_summary(checks), "The verdict of 2 of 3 comparisons changes with what N and C count: fire against t5, fire against rope.");
    EXPECT_EQ(convention_summary(std::span(checks).first(1)), "The verdict of none of 1 comparison changes with what N and C count.");
}

}  // namespace
}  // namespace overtake
