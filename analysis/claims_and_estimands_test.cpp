// Estimands by hand, sides and who plays them, and claims graded against planted truths.
#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "analysis/estimands.hpp"
#include "analysis/graded_claims.hpp"
#include "analysis/json.hpp"
#include "analysis/planted.hpp"
#include "analysis/scheme_classes.hpp"
#include "sweeps/canonical_text.hpp"

namespace overtake {
namespace {

const PowerLaw law{1.8, 480, 2100, 0.35, 0.37}, worse{1.83, 480, 2100, 0.35, 0.37};

PlantedDesign small() {
    PlantedDesign design;
    design.sizes = {2e6, 5e6, 1e7, 2e7, 5e7};
    design.ratios = {5, 10, 20, 40};
    design.noise = 0.0005;
    return design;
}

FrozenClaims frozen(const std::vector<Claim>& claims, const std::string& when, std::int64_t stages) {
    return {sha256_hex(canonical_text(claims)), when, stages, claims};
}

TEST(Estimands, E1_and_E2_are_losses_at_and_beyond_the_train_length) {
    const Results results = planted_results({{"rope", law}, {"alibi", law}}, small());
    const auto near = estimand_points(results, "E1", "", 0, {});
    ASSERT_EQ(near.size(), 1U);
    EXPECT_EQ(near[0].length, 128);
    EXPECT_EQ(near[0].set.observations.size(), results.trials.size() - 2);
    const auto far = estimand_points(results, "E2", "4x", 128, {});
    ASSERT_EQ(far.size(), 1U);
    EXPECT_EQ(far[0].length, 512);
    EXPECT_EQ(far[0].set.observations[0].loss, results.trials[2].evaluations[2].loss_beyond_train);
    EXPECT_TRUE(estimand_points(results, "E2", "4x", 256, {}).empty());
    EXPECT_TRUE(estimand_points(results, "E2", "8x", 0, {}).empty());
}

TEST(Estimands, E2_counts_training_at_the_longer_length_as_a_use_of_the_compute) {
    Results results = planted_results({{"rope", law}}, small());
    TrialResult longer = results.trials[5];
    longer.id = "longer";
    longer.train_length = 512;
    longer.evaluations = {Evaluation{512, 4096, 3, 0.01, NAN, {0, 64, 128, 256}, {5, 4, 3, 2}}};
    results.trials.push_back(longer);
    const auto far = estimand_points(results, "E2", "512", 128, {});
    ASSERT_EQ(far.size(), 1U);
    const Observation& o = far[0].set.observations.back();
    EXPECT_EQ(o.scheme, "rope+trained-at-512");
    EXPECT_EQ(o.cell, far[0].set.observations[3].cell);           // of the same size and tokens
    EXPECT_NEAR(o.loss, (128 * 3.0 + 256 * 2.0) / 384, 1e-12);    // from target 128 on
    results.trials.back().evaluations[0].position_begin = {0, 64, 200, 256};
    EXPECT_EQ(estimand_points(results, "E2", "512", 128, {})[0].set.left_out.back(), "1 trial trained at 512 tokens without a position bin that begins at 128");
}

TEST(Estimands, E3_is_the_mean_answer_loss_over_depths) {
    Results results = planted_results({{"rope", law}}, small());
    results.stages[4].task_results = {{"needle", "answer-loss", 512, 0.25, 128, 16, 1.5, 0.1}, {"needle", "answer-loss", 512, 0.75, 128, 16, 2.5, 0.1},
                                      {"needle", "answer-loss", 128, 0.75, 128, 16, 9, 0.1}, {"needle", "exact-match", 512, 0.25, 128, 16, 7, 0.1}};
    const auto needles = estimand_points(results, "E3", "4x", 0, {});
    ASSERT_EQ(needles.size(), 1U);
    ASSERT_EQ(needles[0].set.observations.size(), 1U);
    EXPECT_EQ(needles[0].set.observations[0].loss, 2);
    EXPECT_EQ(needles[0].set.left_out.back(), std::to_string(results.trials.size() - 3) + " trials without a needle at 512 tokens");
}

TEST(Sides, are_played_by_the_best_member_at_equal_compute) {
    // "rope+pi-x2" has the same law but costs twice as much, which buys log 2 of loss: it wins cell by cell and loses at equal compute.
    std::vector<Observation> points = plant({{"rope", law}, {"rope+pi-x2", law}, {"fire", law}}, small());
    for (Observation& o : points) {
        if (o.scheme == "rope+pi-x2") {
            o.flops *= 2;
            o.loss *= 0.999;
        }
    }
    const std::vector<SchemeLaw> schemes = group_by_scheme(points);
    EXPECT_EQ(members_of(schemes, "rope", true), (std::vector<std::size_t>{0, 1}));
    EXPECT_EQ(members_of(schemes, "rope", false), (std::vector<std::size_t>{0}));
    const auto duel = choose_players(schemes, "rope", "fire", true);
    ASSERT_TRUE(duel);
    EXPECT_EQ(schemes[duel->baseline].scheme, "rope");
    EXPECT_TRUE(duel->held_out);
    EXPECT_EQ(duel->baseline_points.size(), 40U);  // 20 cells, two of three seeds
    EXPECT_EQ(duel->selection,
              "fire is the best of 1 of fire, rope of 2 of rope, by mean loss at equal compute over 20 common cells; chosen on seed 0, scored on the others.");
    EXPECT_FALSE(choose_players(schemes, "rope", "t5", true));
}

TEST(Sides, leave_out_members_that_barely_ran) {
    std::vector<Observation> points = plant({{"rope", law}, {"rope+pi-x2", worse}, {"rope+ntk-x2", law}, {"fire", law}}, small());
    std::erase_if(points, [](const Observation& o) { return o.scheme == "rope+ntk-x2" && (o.parameters > 2e6 || o.seed > 0); });
    const std::vector<SchemeLaw> schemes = group_by_scheme(points);
    const auto duel = choose_players(schemes, "rope", "fire", true);
    ASSERT_TRUE(duel);
    EXPECT_EQ(schemes[duel->baseline].scheme, "rope");
    EXPECT_TRUE(duel->held_out);
    EXPECT_EQ(duel->selection,
              "fire is the best of 1 of fire, rope of 2 of rope, by mean loss at equal compute over 20 common cells; chosen on seed 0, scored on the others."
              " Not in the choice, having run in too few of the cells: rope+ntk-x2.");
}

TEST(Sides, share_seeds_unless_every_member_has_three) {
    std::vector<Observation> points = plant({{"rope", law}, {"rope+pi-x2", worse}, {"fire", law}}, small());
    std::erase_if(points, [](const Observation& o) { return o.scheme == "fire" && o.seed > 0; });
    const auto duel = choose_players(group_by_scheme(points), "rope", "fire", true);
    ASSERT_TRUE(duel);
    EXPECT_FALSE(duel->held_out);
    EXPECT_EQ(duel->challenger_points.size(), 20U);
    EXPECT_NE(duel->selection.find("chosen and scored on the same seeds"), std::string::npos);
}

TEST(Sides, a_scheme_of_both_families_plays_for_the_narrower_name) {
    const std::vector<SchemeLaw> schemes = group_by_scheme(plant({{"rope", worse}, {"rope+yarn-x4", law}}, small()));
    const auto duel = choose_players(schemes, "rope", "rope+yarn-x4", true), turned = choose_players(schemes, "rope+yarn-x4", "rope", true);
    ASSERT_TRUE(duel && turned);
    EXPECT_EQ(schemes[duel->baseline].scheme, "rope");
    EXPECT_EQ(schemes[duel->challenger].scheme, "rope+yarn-x4");
    EXPECT_EQ(schemes[turned->challenger].scheme, "rope");
    EXPECT_FALSE(choose_players(schemes, "rope", "rope", true));
}

TEST(Claims, grade_a_scheme_against_the_family_that_it_is_of) {
    Results results = planted_results({{"rope", worse}, {"rope+yarn-x4", law}}, small());
    for (std::size_t i = 0; i < results.trials.size(); ++i) {
        results.stages[i].task_results = {{"needle", "answer-loss", 512, 0.5, 128, 16, (results.trials[i].scheme == "rope" ? 2 : 1.5) + 0.01 * static_cast<double>(i % 5), 0.1}};
    }
    results.claims = claims_to_text({frozen({{"far", "E2", "rope+yarn-x4", "rope", 0, "4x", "leads", 0.002}, {"needles", "E3", "rope+yarn-x4", "rope", 0, "4x", "leads", 0.002}},
                                            "2026-01-01T00:00:00Z", 0)});
    StudyOptions options;
    options.bootstrap.draws = 200;
    for (const GradedClaim& graded : grade_claims(results, {}, options)) {
        EXPECT_EQ(graded.grade, Grade::confirmed) << graded.claim.name << ": " << graded.reason << (graded.parts.empty() ? "" : graded.parts[0].sentence);
    }
}

TEST(Grades, follow_the_relation) {
    EXPECT_EQ(grade_of("overtakes", Relation::overtakes, Verdict::inside), Grade::confirmed);
    EXPECT_EQ(grade_of("overtakes", Relation::overtakes, Verdict::extrapolated), Grade::undecided);
    EXPECT_EQ(grade_of("overtakes", Relation::trails, Verdict::none), Grade::refuted);
    EXPECT_EQ(grade_of("equivalent", Relation::not_determined, Verdict::not_determined), Grade::undecided);
    EXPECT_EQ(grade_of("not-determined", Relation::not_determined, Verdict::not_determined), Grade::confirmed);
    EXPECT_EQ(grade_of("not-determined", Relation::leads, Verdict::none), Grade::refuted);
}

TEST(Claims, are_graded_and_their_history_told) {
    Results results = planted_results({{"rope", law}, {"fire", worse}, {"alibi", law}}, small());
    // Answers: alibi is 0.5 better at every compute, by hand.
    for (std::size_t i = 0; i < results.trials.size(); ++i) {
        const double wiggle = 0.01 * static_cast<double>(i % 5);
        results.stages[i].task_results = {{"needle", "answer-loss", 512, 0.5, 128, 16, (results.trials[i].scheme == "alibi" ? 1.5 : 2) + wiggle, 0.1}};
    }
    const Claim headline{"headline", "E1", "L", "H", 0, "", "overtakes", 0.002};        // fire trails: refuted
    const Claim behind{"behind", "E1", "fire", "rope", 128, "", "trails", 0.002};       // confirmed
    const Claim far{"far", "E2", "alibi", "rope", 0, "4x", "leads", 0.002};             // holds up beyond: confirmed
    const Claim needles{"needles", "E3", "alibi", "rope", 0, "4x", "leads", 0.002};     // confirmed, added late
    const Claim absent{"absent", "E1", "t5", "rope", 0, "", "leads", 0.002};            // dropped again, and nobody plays t5
    const Claim far_before{"far", "E2", "alibi", "rope", 0, "4x", "trails", 0.002};
    results.claims = claims_to_text({frozen({headline, behind, far_before, absent}, "2026-01-01T00:00:00Z", 0),
                                     frozen({headline, behind, far, needles}, "2026-01-02T00:00:00Z", 7)});
    StudyOptions options;
    options.bootstrap.draws = 200;
    const std::vector<GradedClaim> graded = grade_claims(results, {}, options);
    ASSERT_EQ(graded.size(), 5U);
    const auto of = [&](const std::string& name) {
        return *std::find_if(graded.begin(), graded.end(), [&](const GradedClaim& claim) { return claim.claim.name == name; });
    };
    EXPECT_EQ(of("headline").grade, Grade::refuted) << of("headline").parts.at(0).sentence;
    EXPECT_TRUE(of("headline").frozen_first);
    EXPECT_EQ(of("headline").frozen_utc, "2026-01-01T00:00:00Z");
    EXPECT_EQ(of("behind").grade, Grade::confirmed) << of("behind").parts.at(0).sentence;
    EXPECT_EQ(of("far").grade, Grade::confirmed) << of("far").parts.at(0).sentence;
    EXPECT_FALSE(of("far").frozen_first);
    EXPECT_EQ(of("far").stages_begun, 7);
    EXPECT_EQ(of("needles").grade, Grade::confirmed) << of("needles").parts.at(0).sentence;
    EXPECT_FALSE(of("needles").frozen_first);
    EXPECT_EQ(of("absent").grade, Grade::undecided);
    EXPECT_TRUE(of("absent").withdrawn);
    EXPECT_EQ(of("absent").reason, "a side has no finished trial at 128 tokens");
    EXPECT_EQ(claims_words(graded),
              "2 of 5 claims were frozen before the first stage and not changed since. The others were added, changed or withdrawn after runs had begun, and count as exploratory. "
              "Everything that no claim names is exploratory.");
    EXPECT_EQ(claims_table(graded).rows.size(), 5U);
    const auto json = nlohmann::json::parse(report_as_json({"report.html", {"sentence"}, {}}, graded));
    EXPECT_EQ(json["page"], "report.html");
    ASSERT_EQ(json["claims"].size(), 5U);
    std::map<std::string, nlohmann::json> by_name;
    for (const auto& claim : json["claims"]) {
        by_name[claim["name"]] = claim;
    }
    EXPECT_EQ(by_name["headline"]["grade"], "refuted");
    EXPECT_EQ(by_name["headline"]["exploratory"], false);
    EXPECT_EQ(by_name["headline"]["parts"][0]["relation"], "trails");
    EXPECT_TRUE(by_name["headline"]["train_length"].is_null());
    EXPECT_EQ(by_name["behind"]["train_length"], 128);
    EXPECT_EQ(by_name["far"]["stages_begun"], 7);
    EXPECT_EQ(by_name["far"]["exploratory"], true);
    EXPECT_EQ(by_name["absent"]["grade"], "undecided");
    EXPECT_EQ(by_name["absent"]["withdrawn"], true);
    EXPECT_EQ(nlohmann::json::parse(crossovers_as_json({}, {}, {}, {}, graded))["claims"].size(), 5U);
    results.claims.clear();
    EXPECT_TRUE(grade_claims(results, {}, options).empty());
}

}  // namespace
}  // namespace overtake
