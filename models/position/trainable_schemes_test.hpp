// All schemes that training takes, and some of their options, for tests over the whole table.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sweeps/position_rules.hpp"
#include "sweeps/position_schemes.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

inline constexpr std::int64_t trainable_length = 24;  // T that the options below are small for

inline PositionConfig position_of(const SchemeInfo& info, const Options& given = {}) {
    std::vector<Problem> problems;
    PositionConfig position{std::string(info.name), complete_options(info, given, "test", problems)};
    EXPECT_TRUE(problems.empty());
    return position;
}

inline std::vector<PositionConfig> trainable_schemes() {
    std::vector<PositionConfig> schemes;
    for (const SchemeInfo& info : position_schemes()) {
        if (is_trainable(info)) {
            // One wave in so short a window: its normalised weight is 1 and has no gradient.
            schemes.push_back(position_of(info, info.name == "fope" ? Options{{"fourier_width", std::int64_t{64}}} : Options{}));
        }
    }
    const SchemeInfo& learned_rope = *find_position_scheme("learned-rope");
    schemes.push_back(position_of(learned_rope, {{"share", std::string("layer")}}));
    schemes.push_back(position_of(learned_rope, {{"share", std::string("head")}}));
    const SchemeInfo &dape = *find_position_scheme("dape"), &universal = *find_position_scheme("universal");
    schemes.push_back(position_of(dape, {{"version", std::int64_t{2}}, {"base", std::string("alibi")}}));
    schemes.push_back(position_of(*find_position_scheme("path"), {{"forget_gate", true}}));
    schemes.push_back(position_of(*find_position_scheme("fox"), {{"gate", std::string("constant")}}));
    for (const char* off : {"gate", "rotation"}) {
        const Options options{{off, false}};
        schemes.push_back(position_of(universal, options));
    }
    schemes.push_back(position_of(*find_position_scheme("fire"), {{"threshold", std::int64_t{7}}, {"share", std::string("all")}}));
    schemes.push_back(position_of(*find_position_scheme("tupe"), {{"relative_bias", true}, {"projection_bias", true}}));
    schemes.push_back(position_of(*find_position_scheme("shaw"), {{"clip", std::int64_t{3}}}));
    schemes.push_back(position_of(*find_position_scheme("transformer-xl"), {{"clamp_length", std::int64_t{6}}}));
    schemes.push_back(position_of(*find_position_scheme("deberta"), {{"buckets", std::int64_t{8}}, {"max_distance", std::int64_t{16}}, {"projection_bias", true}}));
    schemes.push_back(position_of(*find_position_scheme("learned"), {{"beyond", std::string("clamp")}}));
    return schemes;
}

inline std::string name_of_trainable_scheme(const testing::TestParamInfo<PositionConfig>& given) {
    std::string name = given.param.scheme;
    std::replace(name.begin(), name.end(), '-', '_');
    return name + std::to_string(given.index);
}

}  // namespace overtake
