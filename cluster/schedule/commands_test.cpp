#include "cluster/schedule/commands.hpp"

#include <iostream>

#include <gtest/gtest.h>

#include "sweeps/errors.hpp"

namespace overtake {
namespace {

/// A trunk of 1e15 FLOPs in 1,000 steps with a cooldown of as many, of another class.
SweepToSimulate two_stages() {
    SweepToSimulate sweep;
    sweep.specification.name = "two";
    sweep.specification.cluster.ranks = 1;
    Stage trunk, cooldown;
    trunk.id = "t";
    trunk.end_step = 1000;
    trunk.flops = 1e15;
    trunk.config.model.width = 64;
    cooldown = trunk;
    cooldown.id = "c";
    cooldown.parent = "t";
    cooldown.kind = StageKind::cooldown;
    cooldown.begin_step = 1000;
    cooldown.end_step = 2000;
    cooldown.config.model.width = 128;
    sweep.forest.stages = {trunk, cooldown};
    sweep.start.resize(2);
    sweep.throughput.stage_seconds = 0;
    sweep.throughput.flops_per_second = 2e13;
    sweep.source = "a guess, \"so to speak\"";
    return sweep;
}

class SimulateVerb : public testing::Test {
  protected:
    std::string printed_by(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "two.toml");
        testing::internal::CaptureStdout();
        EXPECT_EQ(simulate_verb(arguments, look_), exit_code::done);
        return testing::internal::GetCapturedStdout();
    }
    SweepToSimulate sweep_ = two_stages();
    std::string asked_;
    LookAtSweepToSimulate look_ = [this](const std::string& sweep, const std::string& folder, double flops_per_second) {
        asked_ = sweep + "|" + folder + "|" + std::to_string(flops_per_second);
        return sweep_;
    };
};

TEST_F(SimulateVerb, takes_the_rate_that_it_is_told_and_says_which) {
    const std::string text = printed_by({});
    EXPECT_EQ(asked_, "two.toml||0.000000");
    EXPECT_EQ(text.substr(0, text.find('\n')), "1 ranks of 2e+13 FLOP/s (a guess, \"so to speak\"); 2 of 2 stages are left");
    EXPECT_NE(text.find("\nseed 0: finished, makespan 100.0"), std::string::npos) << "2e15 FLOPs at 2e13 a second\n" << text;
    const std::string json = printed_by({"--json", "--seeds", "2"});
    EXPECT_EQ(json.find("{\"ranks\": 1, \"stages\": 2, \"stages_left\": 2, \"flops_per_second\": 2e+13, \"calibration\": \"a guess, \\\"so to speak\\\"\", \"seed\": 0, "), 0u) << json;
    EXPECT_NE(json.find("}\n{\"ranks\": 1,"), std::string::npos) << json;
}

TEST_F(SimulateVerb, hands_on_the_folder_and_the_stated_rate) {
    printed_by({"--in", "there", "--flops-per-second", "4e14"});
    EXPECT_EQ(asked_, "two.toml|there|400000000000000.000000");
}

TEST_F(SimulateVerb, takes_rates_of_stages_apart) {
    sweep_.throughput.by_stage = {1e13, 1e14};
    const std::string text = printed_by({});
    EXPECT_NE(text.find("makespan 110.0"), std::string::npos) << "100 s and 10 s\n" << text;
    EXPECT_NE(text.find("bound 110 s"), std::string::npos) << text;
    EXPECT_NE(text.find("2e+13 FLOP/s on average"), std::string::npos) << text;
}

TEST_F(SimulateVerb, runs_only_what_is_left_unless_told_otherwise) {
    sweep_.start[0] = {.done = true, .succeeded = true, .has_state = true};
    const std::string text = printed_by({});
    EXPECT_NE(text.find("1 of 2 stages are left"), std::string::npos) << text;
    EXPECT_NE(text.find("makespan 50.0"), std::string::npos) << text;
    EXPECT_NE(text.find("bound 50 s"), std::string::npos) << text;
    EXPECT_NE(text.find("0 stages failed, 0 skipped"), std::string::npos) << text;
    EXPECT_NE(printed_by({"--from-scratch"}).find("makespan 100.0"), std::string::npos);
    sweep_.start[0].succeeded = false;
    EXPECT_NE(printed_by({}).find("0 stages failed, 1 skipped"), std::string::npos) << "it failed before; what is below it never starts";
}

TEST_F(SimulateVerb, refuses_what_it_does_not_know) {
    const std::vector<std::vector<std::string>> wrong{
        {}, {"two.toml", "--gpus", "0"}, {"two.toml", "--flops-per-second", "x"}, {"two.toml", "three.toml"}, {"two.toml", "--in"}};
    for (const std::vector<std::string>& arguments : wrong) {
        EXPECT_THROW(simulate_verb(arguments, look_), ConfigError);
    }
    EXPECT_EQ(asked_, "");
}

}  // namespace
}  // namespace overtake
