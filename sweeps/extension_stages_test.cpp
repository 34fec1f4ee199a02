#include "sweeps/extension_stages.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "sweeps/counts.hpp"
#include "sweeps/position_choice.hpp"
#include "sweeps/search_options.hpp"
#include "sweeps/specification.hpp"
#include "sweeps/stage_forest.hpp"

namespace overtake {
namespace {

/// `position` as a sweep file's inline table, and what is wrong with it.
struct Read {
    std::optional<PositionChoice> choice;
    std::vector<Problem> problems;
};

Read read(const std::string& position) {
    Complaints complaints("f.toml");
    const DocumentNode document = parse_document("p = " + position + "\n", complaints);
    Read result;
    result.choice = parse_position(document.find("p")->node, complaints);
    result.problems = complaints.problems();
    return result;
}

SearchConfig evolution() {
    std::vector<Problem> none;
    return {"evolution", complete_options(*find_search_method("evolution"), {}, "", none)};
}

/// 100 steps of 32 windows of 128 tokens, extended to 512.
TrialConfig trial() {
    TrialConfig config;
    config.size = "2x64";
    config.position = {"rope", {{"base", 10000.0}}};
    config.data.digest = "00ff";
    config.evaluation = {{128, 512}, 4096};
    config.schedule.warmup_steps = 10;
    config.total_steps = 100;
    return config;
}

TrialConfig tuned(const std::string& method, double factor, std::int64_t steps) {
    TrialConfig config = trial();
    config.extension = ExtensionConfig{method, {{"factor", factor}}, TuneConfig{"1M", steps}};
    return config;
}

TrialConfig searched(double factor) {
    TrialConfig config = trial();
    config.extension = ExtensionConfig{"longrope", {{"factor", factor}}, {}, evolution()};
    return config;
}

std::vector<StageKind> kinds(const TrialConfig& config) {
    const StageForest forest = grow_forest(std::vector{config});
    std::vector<StageKind> kinds;
    for (const std::string& id : forest.trials.at(0).path) {
        kinds.push_back(forest.stages[forest.index_of(id)].kind);
    }
    return kinds;
}

std::set<std::string> ids(const std::vector<TrialConfig>& trials) {
    std::set<std::string> ids;
    for (const Stage& stage : grow_forest(trials).stages) {
        ids.insert(stage.id);
    }
    return ids;
}

constexpr auto train = StageKind::train, cooldown = StageKind::cooldown, search = StageKind::search, extend = StageKind::extend,
               evaluate = StageKind::evaluate;

TEST(ExtensionStages, AreReadFromThePosition) {
    const Read read_now = read("{scheme = \"rope\", extension = \"yarn\", factor = 4, tune_tokens = \"2%\", tune_learning_rate_multiplier = 1}");
    ASSERT_TRUE(read_now.problems.empty()) << to_string(read_now.problems[0]);
    EXPECT_EQ(read_now.choice->extension->tune, (TuneConfig{"2%", 0, 1.0}));
    EXPECT_FALSE(read_now.choice->extension->search);
    EXPECT_FALSE(read("{scheme = \"rope\", extension = \"yarn\", factor = 4, tune_tokens = \"0%\", search = \"none\"}").choice->extension->tune);
    const Read evolved = read("{scheme = \"rope\", extension = \"yarn\", factor = 4, search = \"evolution\", search_iterations = 3}");
    EXPECT_EQ(integer_option(evolved.choice->extension->search->options, "search_iterations"), 3);
    EXPECT_EQ(integer_option(evolved.choice->extension->search->options, "search_population"), 64);
    EXPECT_EQ(search_evaluations(*evolved.choice->extension->search), 64 + 3 * 32);
}

TEST(ExtensionStages, MistakesAreToldAtTheirPlace) {
    const struct {
        const char *position, *where, *what;
    } cases[] = {
        {"{scheme = \"rope\", tune_tokens = \"1M\"}", "f.toml:1:23", "without an extension"},
        {"{scheme = \"rope\", extension = \"pi\", factor = 2, tune_tokens = \"2x\"}", "f.toml:1:67", "try \"1M\" or \"2%\""},
        {"{scheme = \"rope\", extension = \"pi\", factor = 2, tune_token = 5}", "f.toml:1:53", "did you mean \"tune_tokens\"?"},
        {"{scheme = \"rope\", extension = \"pi\", factor = 2, tune_learning_rate_multiplier = 2}", "f.toml:1:53", "nothing is tuned"},
        {"{scheme = \"rope\", extension = \"pi\", factor = 2, search = \"evolutoin\"}", "f.toml:1:62", "did you mean \"evolution\"?"},
        {"{scheme = \"rope\", extension = \"pi\", factor = 2, search_seed = 1}", "f.toml:1:53", "nothing is searched"},
        {"{scheme = \"rope\", extension = \"pi\", factor = 2, search = \"gradient\", search_parents = 3}", "f.toml:1:74",
         "has no option \"search_parents\""},
        {"{scheme = \"learned\", extension = \"continue\", factor = 2}", "f.toml:1:38", "its table ends at the train length"},
    };
    for (const auto& [position, where, what] : cases) {
        const Read result = read(position);
        ASSERT_FALSE(result.problems.empty()) << position;
        EXPECT_EQ(result.problems[0].where, where) << position;
        EXPECT_NE(result.problems[0].what.find(what), std::string::npos) << result.problems[0].what;
    }
}

TEST(ExtensionStages, MakePositionsDifferentValuesOfTheAxis) {
    const Specification specification = parse_specification(R"([sweep]
name = "s"
[grid]
size = "2x64"
tokens = "20x"
train_length = 128
position = [{scheme = "rope", extension = "longrope", factor = 4}, {scheme = "rope", extension = "longrope", factor = 4, search = "evolution"},
            {scheme = "rope", extension = "longrope", factor = 4, search = "gradient"},
            {scheme = "rope", extension = "longrope", factor = 4, tune_tokens = "2%"}]
)", "s.toml", {});
    ASSERT_EQ(specification.trials.size(), 4u);
    EXPECT_EQ(specification.trials[3].extension->tune->steps, std::lround(0.02 * static_cast<double>(specification.trials[3].total_steps)));
}

TEST(ExtensionStages, TuningIsWholeBatches) {
    EXPECT_EQ(tuning_steps({"1M"}, 0, 4096), 244);
    EXPECT_EQ(tuning_steps({"10%"}, 409600, 4096), 10);
    EXPECT_EQ(tuning_steps({"0.1%"}, 409600, 4096), 1);
}

TEST(ExtensionStages, ExclusionsSpeakOfThem) {
    const PositionChoice choice{{"rope", {}}, ExtensionConfig{"pi", {{"factor", 2.0}}, TuneConfig{"1M"}, evolution()}};
    const auto matches = [&](const std::string& pattern) {
        Complaints complaints("f.toml");
        const DocumentNode document = parse_document("p = " + pattern + "\n", complaints);
        return parse_position_pattern(document.find("p")->node, complaints)->matches(choice);
    };
    EXPECT_TRUE(matches("{search = \"evolution\", tune_tokens = 1000000}"));
    EXPECT_TRUE(matches("{search_population = 64}"));
    EXPECT_FALSE(matches("{search_population = 65}"));
    EXPECT_FALSE(matches("{tune_tokens = \"2%\"}"));
    EXPECT_FALSE(matches("{search = \"none\"}"));
}

TEST(ExtensionStages, ComeBetweenCooldownAndEvaluation) {
    EXPECT_EQ(kinds(tuned("pi", 4, 5)), (std::vector{train, cooldown, extend, evaluate}));
    EXPECT_EQ(kinds(searched(4)), (std::vector{train, cooldown, search, evaluate}));
    TrialConfig progressive = searched(8);
    progressive.extension->tune = TuneConfig{"1M", 7};
    progressive.extension->search->options["search_first_factor"] = 4.0;
    progressive.extension->search->options["search_short"] = true;
    ASSERT_EQ(kinds(progressive), (std::vector{train, cooldown, search, extend, search, search, evaluate}));
    const StageForest forest = grow_forest(std::vector{progressive});
    const auto stage = [&](std::size_t i) { return forest.stages[forest.index_of(forest.trials[0].path[i])]; };
    EXPECT_EQ(stage(2).context_length, 512);
    EXPECT_EQ(stage(3).context_length, 512);
    EXPECT_EQ(stage(3).begin_step, 100);
    EXPECT_EQ(stage(3).end_step, 107);
    EXPECT_EQ(number_option(stage(3).config.extension->options, "factor"), 4);
    EXPECT_EQ(stage(4).context_length, 1024);
    EXPECT_EQ(stage(4).begin_step, 107);
    EXPECT_EQ(stage(5).context_length, 128);
    EXPECT_EQ(stage(6).begin_step, 107);
    EXPECT_EQ(number_option(stage(6).config.extension->options, "factor"), 8);
}

TEST(ExtensionStages, EditingOneExtensionReKeysItAndWhatHangsOnIt) {
    const std::vector<TrialConfig> before{trial(), tuned("pi", 4, 5), searched(4)};
    auto edited = before;
    edited[1].extension->tune->learning_rate_multiplier = 0.2;
    const auto old_ids = ids(before), new_ids = ids(edited);
    std::set<std::string> fresh, kept;
    for (const std::string& id : new_ids) {
        (old_ids.contains(id) ? kept : fresh).insert(id);
    }
    EXPECT_EQ(old_ids.size(), 7u);  // trunk, cooldown, three evaluations, an extension, a search
    EXPECT_EQ(kept.size(), 5u);
    EXPECT_EQ(fresh.size(), 2u);  // that extension, and its evaluation
    auto other_search = before;
    other_search[2].extension->search->options["search_seed"] = std::int64_t{1};
    EXPECT_EQ(ids({before[0], before[1], before[2], other_search[2]}).size(), 9u);
}

TEST(ExtensionStages, TrialsThatGoOnDifferentlyShareTheirSearch) {
    TrialConfig more = searched(4), further = searched(8);
    more.extension->search->options["search_short"] = true;
    further.extension->search->options["search_first_factor"] = 4.0;
    further.extension->tune = TuneConfig{"1M", 7};
    const StageForest forest = grow_forest(std::vector{searched(4), more, further});
    EXPECT_EQ(forest.trials[0].path[2], forest.trials[1].path[2]);
    EXPECT_EQ(forest.trials[0].path[2], forest.trials[2].path[2]);
    EXPECT_NE(forest.trials[0].path[3], forest.trials[1].path[3]);
}

TEST(ExtensionStages, CostsByHand) {
    TrialConfig both = searched(4);
    both.extension->tune = TuneConfig{"1M", 5};
    const StageForest forest = grow_forest(std::vector{both});
    const Stage& found = forest.stages[forest.index_of(forest.trials[0].path[2])];
    EXPECT_EQ(found.tokens, (64 + 40 * 32) * 5 * 512);
    const double forward = forward_flops_per_token(both.model, both.position, 512);
    EXPECT_DOUBLE_EQ(found.flops, 1344.0 * 5 * 512 * forward);
    const Stage& tuning = forest.stages[forest.index_of(forest.trials[0].path[3])];
    EXPECT_EQ(tuning.tokens, 5 * 4096);
    EXPECT_DOUBLE_EQ(tuning.flops, 5.0 * 4096 * 3 * forward);
    EXPECT_DOUBLE_EQ(forest.trials[0].path_flops,
                     100 * 4096 * training_flops_per_token(both.model, both.position, 128) + found.flops + tuning.flops);
}

TEST(ExtensionStages, RulesOfATrial) {
    const auto told = [](const TrialConfig& config, const std::string& words) {
        for (const Problem& problem : find_problems(config)) {
            if (problem.what.find(words) != std::string::npos) {
                return true;
            }
        }
        return false;
    };
    EXPECT_TRUE(find_problems(tuned("pi", 4, 5)).empty());
    EXPECT_TRUE(told(tuned("pi", 3, 5), "whole number of such windows"));
    TrialConfig short_factors = tuned("longrope", 4, 5);
    short_factors.extension->options["learned_short_factors"] = true;
    EXPECT_TRUE(told(short_factors, "where short factors have no gradient"));
}

// Golden: as in stage_forest_test.cpp.
TEST(ExtensionStages, CanonicalTextsArePinned) {
    const StageForest forest = grow_forest(std::vector{tuned("pi", 4, 5)});
    ASSERT_EQ(forest.stages.size(), 4u);
    EXPECT_EQ(forest.stages[2].text, "overtake stage v1\nextension.method=pi\nextension.options.factor=4\nkind=extend\nnumerics=2\nparent=" +
                                         forest.stages[1].id + "\ntune.learning_rate_multiplier=0.1\ntune.steps=5\n");
    const StageForest found = grow_forest(std::vector{searched(4)});
    EXPECT_EQ(found.stages[2].text,
              "overtake stage v1\nextension.method=longrope\nextension.options.factor=4\nkind=search\nnumerics=2\nparent=" + found.stages[1].id +
                  "\nsearch.method=evolution\nsearch.options.search_crossovers=16\nsearch.options.search_gene_probability=0.3\n"
                  "search.options.search_iterations=40\nsearch.options.search_monotone=true\nsearch.options.search_mutations=16\n"
                  "search.options.search_n_hat=true\nsearch.options.search_objective=perplexity\nsearch.options.search_parents=32\n"
                  "search.options.search_population=64\nsearch.options.search_refine=0.5\nsearch.options.search_seed=0\n"
                  "search.options.search_windows=5\nsearch.round=only\n");
}

}  // namespace
}  // namespace overtake
