// What is proposed next: what a trial is worth, within what limits, and that it beats other ways to spend the same FLOPs.
#include "analysis/next_cells.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "analysis/next_simulation.hpp"
#include "analysis/planted.hpp"

namespace overtake {
namespace {

Study study_of(const std::string& pair, const PlantedDesign& design, SharedFloor floor = SharedFloor::by_test) {
    const PlantedPair& laws = planted_pair(pair);
    StudyOptions options;
    options.fit.only_starts = {laws.baseline, laws.challenger};
    options.bootstrap.draws = 0;
    options.examine = false;
    options.shared_floor = floor;
    return make_study(plant({{"baseline", laws.baseline}, {"challenger", laws.challenger}}, design), options);
}

PlantedDesign small_design() { return {.sizes = {1e7, 2e7, 5e7, 1e8}, .ratios = {5, 20, 80}, .seeds = 2}; }

TEST(GapInformation, ExpectedVarianceIsThatOfTheSandwichOnAverage) {
    double expected = 0, estimated = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        PlantedDesign design;
        design.seed = seed;
        const Study study = study_of("inside", design);
        const GapInformation information(study, 0, 1, 0);
        const LawEvidence b = study.evidence(0), c = study.evidence(1);
        for (double x : {15.0, 16.5, 18.0}) {
            std::vector<std::vector<double>> gradient{information.gradient(x)};
            expected += std::log(information.variance(gradient));
            estimated += 2 * std::log(GapPath{b, c, 0}.gap_error(x).value);
        }
    }
    EXPECT_NEAR(std::exp((expected - estimated) / 240), 1, 0.1);  // of the standard error
}

TEST(GapInformation, TwiceTheTrialsHalveTheVariance) {
    const Study study = study_of("inside", small_design());
    GapInformation once(study, 0, 1, 0), twice = once;
    for (const Observation& o : study.schemes[0].observations) {
        twice.add(once.of({o.parameters, o.tokens}));
    }
    std::vector<std::vector<double>> gradient{once.gradient(16.5)};
    EXPECT_NEAR(twice.variance(gradient) / once.variance(gradient), 0.5, 1e-6);
    const TrialInformation trial = once.of({5e7, 1e9});
    EXPECT_LT(once.variance(gradient, &trial), once.variance(gradient));
    EXPECT_NEAR(once.variance(gradient, &trial, &trial) / once.variance(gradient), 1, 1e-9);
}

TEST(CandidateCells, GoOneStepBeyondTheGridAndNotBeyondTheHorizon) {
    const Study study = study_of("inside", small_design());
    std::set<double> sizes, ratios;
    for (const CandidateCell& c : candidate_cells(study, study.comparisons[0], {.flops = 1e21})) {
        sizes.insert(std::round(c.trial.parameters / 1e5) * 1e5);
        ratios.insert(std::round(100 * c.trial.tokens / c.trial.parameters) / 100);
        EXPECT_LE(6 * c.trial.parameters * c.trial.tokens, 6 * 1e8 * 8e9 * 10 * 1.001);
        EXPECT_EQ(c.seeds.front(), c.cell.empty() ? 0 : 2);
    }
    EXPECT_EQ(sizes, (std::set<double>{1e7, 2e7, 5e7, 1e8, 2e8}));
    EXPECT_EQ(ratios, (std::set<double>{1.25, 5, 20, 80, 320}));
}

TEST(NextCells, KeepWithinFlopsCellsAndSeeds) {
    const Study study = study_of("inside", small_design());
    const NextCells next = propose_next(study, study.comparisons[0], {.flops = 2e19, .most_cells = 5, .seeds_per_cell = 3});
    double flops = 0;
    std::map<std::pair<double, double>, std::set<std::int64_t>> seeds;
    for (const ProposedTrial& t : next.trials) {
        flops += t.flops;
        EXPECT_TRUE(seeds[std::pair(t.trial.parameters, t.trial.tokens)].insert(t.seed).second);
    }
    EXPECT_NEAR(flops, next.flops, 1e-6 * flops);
    EXPECT_LE(flops, 2e19 * 1.000001);
    EXPECT_GE(seeds.size(), 1U);
    EXPECT_LE(seeds.size(), 5U);
    for (const auto& [cell, used] : seeds) {
        EXPECT_LE(used.size(), 3U);
    }
    EXPECT_TRUE(next.of_crossing);
    EXPECT_LT(next.shrinkage, 1);
    EXPECT_LT(next.after.high - next.after.low, next.before.high - next.before.low);
}

TEST(NextCells, WithoutACrossingTheGapNearestToZeroIsWhatCounts) {
    PlantedDesign design = small_design();
    const Study study = study_of("floor", design, SharedFloor::never);
    ASSERT_TRUE(study.comparisons[0].crossings.empty());
    const NextCells next = propose_next(study, study.comparisons[0], {.flops = 2e19});
    EXPECT_FALSE(next.of_crossing);
    EXPECT_FALSE(next.trials.empty());
    EXPECT_LT(next.after.high - next.after.low, next.before.high - next.before.low);
    EXPECT_GE(next.log10_flops, study.comparisons[0].low_log10_flops);
    EXPECT_LE(next.log10_flops, study.comparisons[0].horizon_log10_flops);
}

TEST(NextCells, SayWhatIsNeededWhereThereIsNoLaw) {
    const Study study = study_of("inside", {.sizes = {1e7, 2e7}, .ratios = {5, 20}, .seeds = 1});
    const NextCells next = propose_next(study, study.comparisons[0], {.flops = 2e19});
    EXPECT_TRUE(next.trials.empty());
    ASSERT_FALSE(next.needed_first.empty());
    EXPECT_NE(next.needed_first[0].find("2 sizes, 2 budgets"), std::string::npos) << next.needed_first[0];
}

TEST(NextSimulation, ProposedCellsShrinkTheIntervalTwiceAsMuchAsTheRowAndMoreThanRandomOnes) {
    NextSimulation options;
    options.studies = 60;
    const auto studies = simulate_next(options);
    EXPECT_GT(shrinkage_ratio(studies, Continuation::proposed, Continuation::row).value, 2);
    EXPECT_GT(shrinkage_ratio(studies, Continuation::proposed, Continuation::random).value, 1.5);  // 2.8 in 100 studies, next_bench
}

}  // namespace
}  // namespace overtake
