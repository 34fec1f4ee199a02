// Differences by hand: two schemes, an option, two cells, and a seed that one of them lacks.
#include "analysis/paired_differences.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "analysis/variants.hpp"
#include "sweeps/errors.hpp"

namespace overtake {
namespace {

/// `text` and `options` as the sweep writes them.
void add_trial(Results& results, const std::string& scheme, const std::string& text, std::int64_t seed, double loss, const std::string& size = "2x64",
               const std::string& options = "") {
    TrialResult trial;
    trial.scheme = scheme;
    trial.text = "overtake trial v1\nmodel.layers=2\n" + text + "\nseed=" + std::to_string(seed) + "\n";
    trial.options = options;
    trial.size = size;
    trial.seed = seed;
    trial.tokens = 2000000;
    trial.train_length = 128;
    trial.status = TrialStatus::done;
    for (const std::int64_t length : {128, 512}) {
        Evaluation evaluation;
        evaluation.context_length = length;
        evaluation.loss = length > 128 ? loss + 1 : loss;
        evaluation.loss_beyond_train = length > 128 ? loss + 2 : std::nan("");
        trial.evaluations.push_back(evaluation);
    }
    results.trials.push_back(trial);
}

const std::string rope = "position.options.base=10000\nposition.scheme=rope";
const std::string alibi = "position.scheme=alibi";

std::string extended(const std::string& method, double factor, const std::string& more = "") {
    return "extension.method=" + method + "\nextension.options.factor=" + std::to_string(factor) + more + "\n" + rope;
}

TEST(PairedMean, IsStudents) {
    // Mean 2, deviation 1, t(0.975, 2) = 4.302653: 2 -+ 4.302653 / sqrt 3.
    const PairedMean three = paired_mean(std::vector<double>{1, 2, 3}, 0.95);
    EXPECT_EQ(three.mean, 2);
    EXPECT_NEAR(three.interval.low, 2 - 2.4841377, 1e-6);
    EXPECT_NEAR(three.interval.high, 2 + 2.4841377, 1e-6);
    EXPECT_EQ(paired_mean(std::vector<double>{0.5, 0.5}, 0.95).interval, (Interval{0.5, 0.5}));
    EXPECT_TRUE(std::isnan(paired_mean(std::vector<double>{1}, 0.95).interval.low));
}

TEST(PairedMean, CoversThePlantedMeanAsOftenAsItSays) {
    RandomStream random(7, 0);
    int covered = 0;
    constexpr int studies = 4000;
    for (int k = 0; k < studies; ++k) {
        std::vector<double> differences;
        for (int seed = 0; seed < 4; ++seed) {
            differences.push_back(0.01 + 0.003 * random.normal());
        }
        const Interval interval = paired_mean(differences, 0.9).interval;
        covered += interval.low < 0.01 && 0.01 < interval.high;
    }
    EXPECT_NEAR(covered / static_cast<double>(studies), 0.9, 0.02);  // four standard errors
}

TEST(PairedDifferences, PairBySeedWithinACell) {
    Results results;
    for (const std::int64_t seed : {0, 1, 2}) {
        const auto s = static_cast<double>(seed);
        add_trial(results, "rope", rope, seed, 3 + s);
        add_trial(results, "alibi", alibi, seed, 3.1 + s + 0.1 * s);  // 0.1, 0.2, 0.3 above
    }
    add_trial(results, "alibi", alibi, 3, 99);  // rope has no seed 3
    results.trials.back().seed = 3;
    const std::vector<PairedDifference> found = paired_differences(results, {});
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].variant, "alibi");
    EXPECT_EQ(found[0].reference, "rope");
    EXPECT_EQ(found[0].context, 128);
    EXPECT_EQ(found[0].seeds, 3U);
    EXPECT_NEAR(found[0].loss, 4.2, 1e-12);
    EXPECT_NEAR(found[0].reference_loss, 4, 1e-12);
    EXPECT_NEAR(found[0].difference.mean, 0.2, 1e-12);
    EXPECT_NEAR(found[0].difference.interval.high, 0.2 + 0.24841377, 1e-6) << "the seeds' own spread of 1 does not enter";
    const std::vector<PairedDifference> beyond = paired_differences(results, {.against = {}, .baseline = "rope", .confidence = 0.95, .beyond_train = true});
    ASSERT_EQ(beyond.size(), 1U) << "no target lies beyond 128 at 128";
    EXPECT_NEAR(beyond[0].loss, 6.2, 1e-12);
}

TEST(PairedDifferences, PoolCellsSeedBySeed) {
    Results results;
    for (const std::int64_t seed : {0, 1}) {
        const auto s = static_cast<double>(seed);
        for (const char* size : {"2x64", "3x96"}) {
            add_trial(results, "rope", rope, seed, 3, size);
        }
        add_trial(results, "alibi", alibi, seed, 3.1 + 0.2 * s, "2x64");  // 0.1, 0.3
        add_trial(results, "alibi", alibi, seed, 3.3 - 0.1 * s, "3x96");  // 0.3, 0.2
    }
    add_trial(results, "rope", rope, 2, 3, "2x64");
    add_trial(results, "alibi", alibi, 2, 9, "2x64");  // a seed of one cell alone
    const std::vector<PairedDifference> found = paired_differences(results, {});
    ASSERT_EQ(found.size(), 6U);
    EXPECT_EQ(found[4].cells, 2U);
    EXPECT_EQ(found[4].times_train_length, 1);
    EXPECT_EQ(found[5].times_train_length, 4);
    EXPECT_EQ(found[4].seeds, 2U);
    EXPECT_NEAR(found[4].difference.mean, 0.225, 1e-12);  // of 0.2 and 0.25
    EXPECT_NEAR(found[4].difference.interval.low, 0.225 - 12.7062047 * 0.025, 1e-6);  // t(0.975, 1)
    const std::optional<Table> table = difference_table(results, {});
    ASSERT_TRUE(table.has_value());
    EXPECT_EQ(table->rows[4], (std::vector<std::string>{"alibi", "rope", "all 2", "", "", "1x", "2", "3.2250", "0.2250", "-0.0927", "0.5427"}));
}

TEST(Variants, ReferenceDiffersInOneOptionOrElseInOneMethod) {
    Results results;
    const std::string searched = "\nsearch.method=evolution\nsearch.options.search_n_hat=true";
    const std::string without_n_hat = "\nsearch.method=evolution\nsearch.options.search_n_hat=false";
    const std::string tuned = "\ntune.learning_rate_multiplier=0.1\ntune.steps=5";
    add_trial(results, "rope", rope, 0, 3);                                                                              // 0
    add_trial(results, "rope", "position.options.base=500\nposition.scheme=rope", 0, 3);                                 // 1
    add_trial(results, "rope+pi-x2", extended("pi", 2), 0, 3);                                                           // 2
    add_trial(results, "rope+yarn-x4", extended("yarn", 4), 0, 3);                                                       // 3
    add_trial(results, "rope+longrope-x4-evolution", extended("longrope", 4, searched), 0, 3);                           // 4
    add_trial(results, "rope+longrope-x4-evolution[search_n_hat=false]", extended("longrope", 4, without_n_hat), 0, 3);  // 5
    add_trial(results, "rope+yarn-x4-tuned-2%", extended("yarn", 4, tuned), 0, 3, "2x64", "yarn.factor=4,tune_tokens=2%");  // 6
    add_trial(results, "rope+yarn-x4-tuned-2%[learned_ramp=true]", extended("yarn", 4, "\nextension.options.learned_ramp=true" + tuned), 0, 3, "2x64",
              "yarn.factor=4,tune_tokens=2%");                                                                           // 7
    add_trial(results, "alibi", alibi, 0, 3);                                                                            // 8
    add_trial(results, "rope+pi-x4", extended("pi", 4), 0, 3);                                                           // 9
    add_trial(results, "rope+longrope-x8-evolution", extended("longrope", 8, searched), 0, 3);                           // 10
    add_trial(results, "rope+pi-x4-tuned-2%", extended("pi", 4, tuned), 0, 3, "2x64", "tune_tokens=2%");                 // 11
    const std::vector<Variant> variants = variants_of(results);
    ASSERT_EQ(variants.size(), 12U);
    EXPECT_EQ(variants[0].name, "rope(base=10000)");
    EXPECT_EQ(variants[1].name, "rope(base=500)");
    EXPECT_EQ(variants[5].name, "rope+longrope-x4-evolution[search_n_hat=false]");
    EXPECT_EQ(distance_between(variants[2], variants[3]).methods, 1U);
    EXPECT_TRUE(distance_between(variants[2], variants[3]).factor);
    EXPECT_EQ(distance_between(variants[6], variants[7]).methods, 0U);
    EXPECT_EQ(distance_between(variants[6], variants[7]).options, 1U) << "learned_ramp alone";
    const auto reference = [&](std::size_t i) {
        const Variant* found = reference_of(variants, i, "rope");
        return found == nullptr ? std::string() : found->name;
    };
    EXPECT_EQ(reference(0), "");
    EXPECT_EQ(reference(1), "rope(base=10000)");
    EXPECT_EQ(reference(2), "rope(base=10000)");
    EXPECT_EQ(reference(3), "rope(base=10000)");
    EXPECT_EQ(reference(4), "rope(base=10000)") << "extension and search differ from all before: the baseline";
    EXPECT_EQ(reference(5), "rope+longrope-x4-evolution");
    EXPECT_EQ(reference(6), "rope+yarn-x4");
    EXPECT_EQ(reference(7), "rope+yarn-x4-tuned-2%");
    EXPECT_EQ(reference(9), "rope(base=10000)") << "not the same at another factor";
    EXPECT_EQ(reference(10), "rope(base=10000)") << "nor the same search at another factor";
    EXPECT_EQ(reference(11), "rope+yarn-x4-tuned-2%") << "one method, and before rope+pi-x4";
    EXPECT_EQ(reference(8), "rope(base=10000)");
    EXPECT_EQ(&find_variant(variants, "rope"), &variants[0]);
    EXPECT_EQ(&find_variant(variants, "rope(base=500)"), &variants[1]);
    EXPECT_THROW(find_variant(variants, "yarn"), ConfigError);
}

TEST(Variants, TuningOfEveryBudgetIsOne) {
    Results results;
    add_trial(results, "rope+pi-x4-tuned-2%", extended("pi", 4, "\ntune.steps=5"), 0, 3, "2x64", "tune_tokens=2%");
    add_trial(results, "rope+pi-x4-tuned-2%", extended("pi", 4, "\ntune.steps=50"), 0, 3, "3x96", "tune_tokens=2%");
    EXPECT_EQ(variants_of(results).size(), 1U);
}

}  // namespace
}  // namespace overtake
