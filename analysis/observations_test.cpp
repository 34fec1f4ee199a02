// Observations: what counts, what is left out and said, and bad tables refused line by line.
#include "analysis/observations.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "analysis/planted.hpp"
#include "sweeps/errors.hpp"

namespace overtake {
namespace {

const char* header_roles = "scheme=arch,parameters=params,tokens=tokens,loss=val,seed=seed";

std::vector<std::string> problems_of(const std::string& text, const std::string& columns = header_roles) {
    try {
        observations_of_table(text, "runs.csv", parse_columns(columns));
    } catch (const ConfigError& error) {
        std::vector<std::string> out;
        for (const Problem& p : error.problems()) {
            out.push_back(to_string(p));
        }
        return out;
    }
    return {};
}

TEST(Table, reads_rows_and_says_what_it_left_out) {
    auto set = observations_of_table("arch,params,tokens,val,seed,kept\nrope,1e6,2e7,3.5,0,True\n\"a,b\",2e6,4e7,3.25,1,True\r\nrope,1e6,2e7,9,0,False\nrope,1e6,2e7,nan,2,True\n",
                                     "runs.csv", parse_columns(std::string(header_roles) + ",filter=kept"));
    ASSERT_EQ(set.observations.size(), 2U);
    EXPECT_EQ(set.observations[0].scheme_class, "H");
    EXPECT_EQ(set.observations[1].scheme, "a,b");
    EXPECT_EQ(set.observations[1].flops, 6 * 2e6 * 4e7);
    EXPECT_EQ(set.observations[1].line, 3);
    EXPECT_EQ(set.left_out, (std::vector<std::string>{"1 row that the filter does not keep", "1 row without a finite loss (diverged)"}));
}

TEST(Table, names_every_bad_line) {
    EXPECT_EQ(problems_of("arch,params,tokens,val,seed\nrope,many,2e7,3.5,0\nrope,1e6,2e7,3.5\nrope,1e6,-5,3.5,0\n"),
              (std::vector<std::string>{"runs.csv:2: parameters is 'many' (must be a number); mend the line or leave it out with --where",
                                        "runs.csv:3: 4 fields (the header has 5)",
                                        "runs.csv:4: tokens is not positive (the law is fitted to logarithms)"}));
    EXPECT_EQ(problems_of("arch,params,tokens,loss,seed\n"),
              (std::vector<std::string>{"runs.csv:1: no column 'val' (the header has arch, params, tokens, loss, seed)"}));
    EXPECT_EQ(problems_of("").size(), 5U);
    EXPECT_EQ(problems_of("")[0], "runs.csv:1: no column 'val' (the header has nothing)");
}

TEST(Columns, are_checked) {
    EXPECT_EQ(problems_of("", "loss=val,size=params"),
              (std::vector<std::string>{
                  "--columns: unknown role 'size' (must be scheme, parameters, tokens, loss, seed, flops, context, cell, train_length, total_parameters, position_parameters, steps, last_step, seconds or filter)",
                  "--columns: no column for parameters (parameters, tokens and loss are needed); add parameters=NAME",
                  "--columns: no column for tokens (parameters, tokens and loss are needed); add tokens=NAME"}));
}

TEST(Results, give_done_trials_within_four_epochs_at_the_best_learning_rate) {
    PlantedDesign design;
    design.sizes = {1e6, 2e6};
    design.ratios = {5};
    design.seeds = 2;
    Results results = planted_results({{"rope", {1.8, 480, 2100, 0.35, 0.37}}, {"alibi", {1.8, 480, 2100, 0.35, 0.37}}}, design);
    ASSERT_EQ(results.trials.size(), 8U);  // [0] diverged, [1] unfinished
    results.trials[2].epochs = 5;
    TrialResult hot = results.trials[7];
    hot.learning_rate_multiplier = 4;
    hot.evaluations[0].loss += 1;
    results.trials.push_back(hot);
    results.trials[6].evaluations[0].loss = NAN;
    ObservationSet set = observations_of(results);
    EXPECT_EQ(set.observations.size(), 4U);
    EXPECT_EQ(set.left_out, (std::vector<std::string>{"1 trial diverged", "1 trial unfinished", "1 trial with more than 4 epochs over their data",
                                                      "1 trial without a finite loss at 128 tokens",
                                                      "1 trial at a learning rate that was not the best of their cell and scheme (mean over seeds)"}));
    EXPECT_EQ(set.left_out_points.size(), 5U);
    EXPECT_EQ(set.left_out_points[0].rule, "diverged");
    EXPECT_EQ(set.left_out_points[0].scheme, results.trials[0].scheme);
    ObservationFilter far;
    far.context = 512;
    far.beyond_train = true;
    far.most_epochs = 10;
    EXPECT_GT(observations_of(results, far).observations[0].loss, set.observations[0].loss - 0.2);
    EXPECT_EQ(observations_of(results, far).observations[0].context, 512);
}

TEST(Results, leave_out_cells_whose_best_learning_rate_is_at_the_edge) {
    PlantedDesign design;
    design.sizes = {1e6, 2e6};
    design.ratios = {5};
    design.seeds = 1;
    Results results = planted_results({{"rope", {1.8, 480, 2100, 0.35, 0.37}}}, design);
    for (TrialResult& trial : results.trials) {
        trial.status = TrialStatus::done;
    }
    const std::vector<TrialResult> base = results.trials;
    results.trials.clear();
    for (const double rate : {0.5, 1.0, 2.0}) {
        for (std::size_t i = 0; i < 2; ++i) {
            TrialResult trial = base[i];
            trial.learning_rate_multiplier = rate;
            trial.evaluations[0].loss += i == 0 ? std::abs(rate - 1) : rate;  // best inside; best at the lowest
            results.trials.push_back(trial);
        }
    }
    const ObservationSet set = observations_of(results);
    ASSERT_EQ(set.observations.size(), 1U);
    EXPECT_EQ(set.observations[0].parameters, 1e6);
    EXPECT_EQ(set.left_out[1], "1 trial untuned (the best of at least three learning rates of their cell is the lowest or the highest)");
    // A rate below that diverged was tried, so 1 is inside then.
    results.trials[1].status = TrialStatus::diverged;
    results.trials[3].evaluations[0].loss -= 0.7;
    EXPECT_EQ(observations_of(results).observations.size(), 2U);
    results.trials[1].status = TrialStatus::done;
    results.trials[3].evaluations[0].loss += 0.7;
    ObservationFilter keep;
    keep.keep_untuned = true;
    EXPECT_EQ(observations_of(results, keep).observations.size(), 2U);
}

TEST(Results, tell_variants_of_a_scheme_apart) {
    PlantedDesign design;
    design.sizes = {1e6};
    design.ratios = {5, 10};
    design.seeds = 1;
    Results results = planted_results({{"rope", {1.8, 480, 2100, 0.35, 0.37}}}, design);
    for (TrialResult& trial : results.trials) {
        trial.status = TrialStatus::done;
        trial.options = "base=10000,layout=half";
    }
    TrialResult other = results.trials[0];
    other.options = "base=500000,layout=half";
    results.trials.push_back(other);
    const ObservationSet set = observations_of(results);
    ASSERT_EQ(set.observations.size(), 3U);
    EXPECT_EQ(set.observations[0].scheme, "rope");
    EXPECT_EQ(set.observations[2].scheme, "rope[base=500000]");
    // An option at its standard is not in the text: whichever comes first, the plain one keeps the name.
    results.trials[0].options = "base=10000,layout=interleaved";
    results.trials[1].options = "base=10000";
    results.trials[2].options = "base=500000";
    const ObservationSet plain = observations_of(results);
    ASSERT_EQ(plain.observations.size(), 3U);
    EXPECT_EQ(plain.observations[0].scheme, "rope[layout=interleaved]");
    EXPECT_EQ(plain.observations[1].scheme, "rope");
    EXPECT_EQ(plain.observations[2].scheme, "rope[base=500000]");
    results.trials[1].options = "layout=halves";
    results.trials[2].options = "base=500000,layout=interleaved";
    EXPECT_EQ(observations_of(results).observations[2].scheme, "rope[base=500000,layout=interleaved]");
    results.trials[1].options = "share=0.5";
    results.trials[2].options = "layout=interleaved,share=0.5,width=8";
    results.trials[0].options = "layout=interleaved,width=8";
    EXPECT_EQ(observations_of(results).observations[0].scheme, "rope[layout=interleaved,width=8,standard share]");
    EXPECT_EQ(observations_of(results).observations[2].scheme, "rope[layout=interleaved,width=8]");
}

}  // namespace
}  // namespace overtake
