#include "runner/position_bench.hpp"

#include <gtest/gtest.h>

#include "sweeps/errors.hpp"
#include "sweeps/position_rules.hpp"

namespace overtake {
namespace {

Json request(const std::string& schemes, const std::string& shape = "1,16,2") {
    return {{"schemes", schemes}, {"shape", shape}, {"length", 8}, {"batch", 1}, {"precision", "fp32"}, {"device", "cpu"}, {"rounds", 2}, {"steps", 1}};
}

TEST(PositionBench, RopeComesFirstAndIsOne) {
    const Json answer = bench_positions(request("t5,rope,none"));
    ASSERT_EQ(answer["schemes"].size(), 3u);
    EXPECT_EQ(answer["schemes"][0]["scheme"], "rope");
    EXPECT_EQ(answer["schemes"][0]["ratio"], 1.0);
    EXPECT_EQ(answer["schemes"][1]["scheme"], "t5");
    EXPECT_EQ(answer["schemes"][1]["parameters"], 64);
    EXPECT_GT(answer["schemes"][2]["ms"].get<double>(), 0);
    EXPECT_GT(answer["schemes"][2]["ratio"].get<double>(), 0);
}

TEST(PositionBench, AllAreThoseThatCanBeTrained) {
    Json all = request("all");
    all["rounds"] = 1;
    const Json answer = bench_positions(all);
    EXPECT_EQ(answer["schemes"].size(), schemes_to_train().size());
}

TEST(PositionBench, WhatCannotBeTimedIsRefused) {
    EXPECT_THROW(bench_positions(request("t5,yanr")), ConfigError);
    EXPECT_THROW(bench_positions(request("yarn")), ConfigError);
    EXPECT_THROW(bench_positions(request("t5", "4,128")), ConfigError);
    EXPECT_THROW(bench_positions(request("t5", "1,15,2")), ConfigError);
}

}  // namespace
}  // namespace overtake
