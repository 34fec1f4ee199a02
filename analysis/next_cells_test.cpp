// What is proposed next: what a trial is worth, within what limits, and that it beats other ways to spend the same FLOPs.
#include "analysis/next_cells.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "analysis/next_reach.hpp"
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

TEST(CandidateCells, GoBeyondTheGridAsFarAsFlopsAndTheHorizonAllow) {
    const Study study = study_of("inside", small_design());
    std::set<double> sizes, ratios;
    for (const CandidateCell& c : candidate_cells(study, study.comparisons[0], {.flops = 1e21})) {
        sizes.insert(std::round(c.trial.parameters / 1e5) * 1e5);
        ratios.insert(std::round(100 * c.trial.tokens / c.trial.parameters) / 100);
        EXPECT_LE(6 * c.trial.parameters * c.trial.tokens, 6 * 1e8 * 8e9 * 10 * 1.001);
        EXPECT_EQ(c.seeds.front(), c.cell.empty() ? 0 : 2);
    }
    EXPECT_EQ(sizes, (std::set<double>{5e6, 1e7, 2e7, 5e7, 1e8, 2e8, 4e8, 8e8, 1.6e9}));
    EXPECT_EQ(ratios, (std::set<double>{2, 2.71, 3.68, 5, 7.07, 10, 14.14, 20, 28.28, 40, 56.57, 80, 113.14, 160}));
    for (const CandidateCell& c : candidate_cells(study, study.comparisons[0], {.flops = 1e21, .most_parameters = 3e8})) {
        EXPECT_LT(c.trial.parameters, 2.1e8);
    }
    const auto nearest = [](double n) { return n < 6e6 ? 6e6 : n < 3e8 ? n : NAN; };  // none below 6M, nor above 300M
    for (const CandidateCell& c : candidate_cells(study, study.comparisons[0], {.flops = 1e21, .nearest_size = nearest})) {
        EXPECT_GT(c.trial.parameters, 5.9e6);
        EXPECT_LT(c.trial.parameters, 2.1e8);
    }
}

TEST(Targets, SpreadAsTheCrossingsStandardErrorSays) {
    const Study study = study_of("inside", {});
    const double at = study.comparisons[0].crossings.at(0).log10_flops;
    const GapInformation information(study, 0, 1, 0);
    const std::vector<Target> targets = draw_targets(information, at, 13, 20, 400);
    ASSERT_EQ(targets.size(), 400U);
    EXPECT_NEAR(targets[0].log10_flops, at, 1e-6);
    double squares = 0;
    for (const Target& t : targets) {
        squares += (t.log10_flops - at) * (t.log10_flops - at) / 400;
    }
    std::vector<std::vector<double>> gradient{information.gradient(at)};
    EXPECT_NEAR(std::sqrt(squares) / (std::sqrt(information.variance(gradient)) / std::abs(targets[0].slope)), 1, 0.15);
}

TEST(ChooseTrials, CountsWhatItsSandwichHoldsAndBeatsSpendingAtRandom) {
    const Study study = study_of("edge", small_design());
    const NextOptions options{.flops = 2e19, .seeds_per_cell = 4};
    const GapInformation before(study, 0, 1, 0);
    const std::vector<CandidateCell> candidates = candidate_cells(study, study.comparisons[0], options);
    const std::vector<Target> targets = draw_targets(before, 18.9, 13, 20, 6);
    const std::size_t first = candidates.size() / 2;
    const Choice choice = choose_trials(before, targets, candidates, options, first);
    EXPECT_GE(choice.count[first], 1);
    EXPECT_LE(choice.flops, 2e19 * 1.000001);
    auto mean_log = [&](const std::vector<int>& count) {
        GapInformation after = before;
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            after.add(before.of(candidates[i].trial), count[i]);
        }
        double sum = 0;
        for (const Target& t : targets) {
            sum += 0.5 * std::log(after.variance(std::span(&t.gradient, 1))) / static_cast<double>(targets.size());
        }
        return sum;
    };
    double reach = 0;
    for (double x : choice.log_reach) {
        reach += x / static_cast<double>(targets.size());
    }
    EXPECT_GT(std::exp(reach - mean_log(choice.count)), 1.96);  // Student's t at 97.5 %
    EXPECT_LT(std::exp(reach - mean_log(choice.count)), 2.4);
    for (std::uint64_t trial = 0; trial < 20; ++trial) {
        RandomStream random(3, trial);
        std::vector<int> count(candidates.size(), 0);
        double left = 2e19;
        for (int k = 0; k < 2000; ++k) {
            std::size_t i = random.below(candidates.size());
            bool fits = candidates[i].flops <= left && count[i] < 4;
            count[i] += fits ? 1 : 0;
            left -= fits ? candidates[i].flops : 0;
        }
        EXPECT_LT(mean_log(choice.count), mean_log(count) - 0.05);
    }
}

TEST(Reach, GoesUpWhereTheCrossingLiesBeyondTheHorizon) {
    const Study study = study_of("outside", small_design());
    const GapInformation information(study, 0, 1, 0);
    const NextOptions options{.flops = 1e20, .seeds_per_cell = 4};
    const std::vector<CandidateCell> candidates = candidate_cells(study, study.comparisons[0], options);
    for (const auto& [about, goes_up] : {std::pair(17.0, false), std::pair(19.9, true)}) {
        Comparison comparison = study.comparisons[0];
        comparison.high_log10_flops = goes_up ? comparison.high_log10_flops : 21;  // then everything is within reach
        const Choice choice = choose_with_reach(information, comparison, about, candidates, options);
        double top = 0;
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            const PairTrial& t = candidates[i].trial;
            top = choice.count[i] > 0 && t.baseline && t.challenger ? std::max(top, std::log10(6 * t.parameters * t.tokens)) : top;
        }
        EXPECT_EQ(top > study.comparisons[0].high_log10_flops + 0.01, goes_up) << top;
    }
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
    options.studies = 24;
    options.seeds_per_cell = 8;
    options.oracle = true;
    const ContinuedStudies studies = simulate_next(options);
    EXPECT_GT(shrinkage_ratio(studies, Continuation::proposed, Continuation::row).value, 2);
    EXPECT_GT(shrinkage_ratio(studies, Continuation::proposed, Continuation::random).value, 1.5);
    // Who knows the laws does a little better at the same FLOPs, and no more than a little: the proposal knows nearly as much here.
    const double room = shrinkage_ratio(studies, Continuation::oracle, Continuation::proposed).value;
    EXPECT_GT(room, 0.97);
    EXPECT_LT(room, 1.3);
    for (const ContinuedStudy& s : studies[static_cast<std::size_t>(Continuation::oracle)]) {
        EXPECT_GT(s.flops, 0.97e20);
        EXPECT_LT(s.flops, 1.008001e20);
    }
}

}  // namespace
}  // namespace overtake
