// What `overtake inspect` answers: its keys, numbers by hand, and what it refuses.
#include "runner/inspect.hpp"

#include <cmath>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "sweeps/errors.hpp"

namespace overtake {
namespace {

Json inspected(const std::string& request) { return inspect_position(read_position_case(Json::parse(request))); }

std::string fault(const std::string& request) {
    try {
        inspected(request);
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "none";
}

void expect_near(const Json& found, const Json& expected, double tolerance, const std::string& place = "") {
    if (!expected.is_array()) {
        EXPECT_NEAR(found.get<double>(), expected.get<double>(), tolerance) << place;
        return;
    }
    ASSERT_TRUE(found.is_array()) << place;
    ASSERT_EQ(found.size(), expected.size()) << place;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        expect_near(found[i], expected[i], tolerance, place + "," + std::to_string(i));
    }
}

std::vector<std::string> keys_of(const Json& json) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : json.items()) {
        keys.push_back(key);
    }
    return keys;
}

TEST(Inspect, RopeByHand) {
    const Json rope = inspected(R"({"scheme": "rope", "heads": 2, "head_width": 8, "train_length": 16, "length": 4})");
    EXPECT_EQ(keys_of(rope), (std::vector<std::string>{"scheme", "options", "heads", "head_width", "layers", "train_length", "length", "seed",
                                                       "layer", "frequencies", "temperature", "parameters"}));
    expect_near(rope["frequencies"], {1, 0.1, 0.01, 0.001}, 1e-15);
    EXPECT_EQ(rope["temperature"], 1);
    EXPECT_EQ(rope["options"], (Json{{"base", 10000.0}, {"layout", "half"}}));
}

TEST(Inspect, YarnByHand) {
    // Pair c(x) = 8 ln(1024 / (2 pi x)) / (2 ln 10000): c(32) = 0.707 -> 0, c(1) = 2.212 -> 3, so the ramp is 0, 1/3, 2/3, 1.
    const Json yarn = inspected(R"({"scheme": "yarn", "heads": 1, "head_width": 8, "train_length": 1024, "length": 4096})");
    expect_near(yarn["frequencies"], {1, 0.1 * 0.75, 0.01 * 0.5, 0.001 * 0.25}, 1e-12);
    EXPECT_NEAR(yarn["temperature"].get<double>(), 1 + 0.1 * std::log(4.0), 1e-15);
    EXPECT_EQ(yarn["extension"]["method"], "yarn");
    EXPECT_EQ(yarn["extension"]["factor"], 4) << "N / T unless it is given";
    EXPECT_EQ(inspected(R"({"scheme": "rope", "extension": {"method": "yarn", "factor": 4}, "heads": 1, "head_width": 8, "train_length": 1024})")["frequencies"],
              yarn["frequencies"]);
    expect_near(inspected(R"({"scheme": "continue", "heads": 1, "head_width": 4, "length": 64})")["frequencies"], {1, 0.01}, 1e-15);
    EXPECT_EQ(inspected(R"({"scheme": "yarn", "on": "learned-rope", "set": ["factor=2"], "heads": 1, "head_width": 8, "length": 64})")["scheme"], "learned-rope");
}

TEST(Inspect, AlibiByHand) {
    const Json alibi = inspected(R"({"scheme": "alibi", "heads": 2, "head_width": 4, "length": 3})");
    expect_near(alibi["slopes"], {0.0625, 0.00390625}, 0);
    expect_near(alibi["bias_by_lag"], {{0, -0.0625, -0.125}, {0, -0.00390625, -0.0078125}}, 0);
    const Json head = {{0, 0, 0}, {-0.0625, 0, 0}, {-0.125, -0.0625, 0}};
    expect_near(alibi["bias"][0], head, 0);
}

TEST(Inspect, BucketsAndTablesByHand) {
    const Json t5 = inspected(R"({"scheme": "t5", "set": ["buckets=4", "max_distance=8"], "heads": 1, "head_width": 4, "length": 10})");
    EXPECT_EQ(t5["buckets"], (Json{0, 1, 2, 2, 3, 3, 3, 3, 3, 3})) << "2 + floor(2 ln(r / 2) / ln 4)";
    EXPECT_EQ(t5["parameters"]["position.bias"]["shape"], (Json{1, 4}));
    EXPECT_EQ(t5["bias"][0][9][0], t5["parameters"]["position.bias"]["data"][3]);
    // transformers 5.23.0, make_log_bucket_position with 8 buckets up to 16: beyond the lag 4, 4 + ceil(3 ln(r / 4) / ln(15 / 4)).
    const Json deberta =
        inspected(R"({"scheme": "deberta", "set": ["buckets=8", "max_distance=16"], "heads": 1, "head_width": 4, "length": 20})");
    EXPECT_EQ(deberta["buckets"], (Json{0, 1, 2, 3, 4, 5, 5, 6, 6, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7})) << "one for each of the lags";
    const Json sinusoidal = inspected(R"({"scheme": "sinusoidal", "heads": 1, "head_width": 4, "length": 2})");
    expect_near(sinusoidal["table"], {{0, 1, 0, 1}, {std::sin(1.0), std::cos(1.0), std::sin(0.01), std::cos(0.01)}}, 1e-14);
    EXPECT_EQ(inspected(R"({"scheme": "learned", "heads": 1, "head_width": 4, "length": 2, "train_length": 3})")["table"].size(), 2u);
}

constexpr const char* of_two_tokens = R"("queries": [[[1, 2], [3, 4]]], "keys": [[[1, 0], [0, 1]]])";

TEST(Inspect, AlibisLogitsByHand) {
    const Json alibi = inspected(std::string(R"({"scheme": "alibi", "values": [[[1, 10], [2, 20]]], )") + of_two_tokens + "}");
    const double r = std::sqrt(2.0), slope = std::exp2(-8.0);
    const double seen = 1 / (1 + std::exp(3 / r - slope - 4 / r));
    expect_near(alibi["logits"], {{{1 / r, 2 / r}, {3 / r - slope, 4 / r}}}, 1e-15);
    expect_near(alibi["output"], {{{1, 10}, {2 * seen + 1 - seen, 20 * seen + 10 * (1 - seen)}}}, 1e-14);
    EXPECT_EQ(alibi["heads"], 1);
    EXPECT_EQ(alibi["head_width"], 2);
    EXPECT_EQ(alibi["length"], 2);
}

TEST(Inspect, KerplesLogitsWithGivenParameters) {
    const std::string parameters = R"("parameters": {"position.scale": [[2]], "position.rate": {"shape": [1, 1], "data": [3]}}, )";
    const Json kerple = inspected(std::string(R"({"scheme": "kerple-log", )") + parameters + of_two_tokens + "}");
    const double r = std::sqrt(2.0);
    expect_near(kerple["logits"], {{{1 / r, 2 / r}, {3 / r - 2 * std::log(4.0), 4 / r}}}, 1e-15);
    // Tokens 2.5 apart, in another document, in two sequences.
    const std::string apart = std::string(R"({"scheme": "kerple-log", "positions": [0.5, 3], )") + parameters + of_two_tokens + "}";
    EXPECT_NEAR(inspected(apart)["logits"][0][1][0].get<double>(), 3 / r - 2 * std::log(8.5), 1e-15);
    const std::string documents =
        std::string(R"({"scheme": "kerple-log", "document_starts": [0, 1], "values": [[[1, 10], [2, 20]]], )") + parameters + of_two_tokens + "}";
    expect_near(inspected(documents)["output"], {{{1, 10}, {2, 20}}}, 0);
    const Json two = inspected(R"({"scheme": "none", "queries": [[[[1, 2]]], [[[3, 4]]]], "keys": [[[[1, 0]]], [[[1, 0]]]], "train_length": 8})");
    expect_near(two["logits"], {{{{1 / r}}}, {{{3 / r}}}}, 1e-15);
}

TEST(Inspect, ShawsOutputReadsValuesOfTheLag) {
    // Equal logits, so query 1 reads half of each: keys' (1 + 3) / 2 and the lags' (5 + 7) / 2, query 0 its own and lag 0's.
    const Json shaw = inspected(R"({"scheme": "shaw", "set": ["clip=1"], "queries": [[[0, 0], [0, 0]]], "keys": [[[2, 1], [4, 1]]],
                                    "values": [[[1, 0], [3, 0]]], "parameters": {"position.values": [[[5, 0], [7, 1]]]}})");
    expect_near(shaw["output"], {{{6, 0}, {8, 0.5}}}, 1e-15);
}

TEST(Inspect, InputsShowWhatIsAddedToThem) {
    const Json sinusoidal = inspected(R"({"scheme": "sinusoidal", "heads": 2, "inputs": [[0, 0, 0, 0], [1, 1, 1, 1]]})");
    expect_near(sinusoidal["inputs"][1], {1 + std::sin(1.0) / 2, 1 + std::cos(1.0) / 2, 1 + std::sin(0.01) / 2, 1 + std::cos(0.01) / 2}, 1e-14);
    EXPECT_FALSE(sinusoidal.contains("logits"));
    EXPECT_FALSE(inspected(R"({"scheme": "rope", "heads": 2, "inputs": [[0, 0, 0, 0], [1, 1, 1, 1]]})").contains("inputs"));
}

TEST(Inspect, NumbersKeepEveryBit) {
    const double odd = std::nextafter(0.1, 1);
    const Json given{{"scheme", "kerple-log"}, {"heads", 1}, {"head_width", 2}, {"length", 2}, {"parameters", {{"position.scale", {{odd}}}}}};
    const Json answer = Json::parse(inspect_position(read_position_case(Json::parse(given.dump()))).dump());
    EXPECT_EQ(answer["parameters"]["position.scale"]["data"][0].get<double>(), odd);
}

TEST(Inspect, WhatDoesNotFitIsRefusedInWords) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {R"({"scheme": "rope", "head": 2})", "head: unknown key of a case"},
        {R"({"scheme": "rope", "heads": 2, "length": 3})", "the head width is not known"},
        {R"({"heads": 2, "head_width": 2, "length": 3})", "scheme: is missing"},
        {R"({"scheme": "rope", "heads": 2, "head_width": 3, "length": 3})", "the head width must be even"},
        {R"({"scheme": "rope", "heads": 2, "head_width": 4, "length": 3, "set": ["bas=3"]})", "did you mean \"base\"?"},
        {R"({"scheme": "rope", "heads": 2, "head_width": 4, "length": 3, "set": [3]})", "set: holds 3 (texts key=value"},
        {R"({"scheme": "rope", "heads": 2, "head_width": 4, "length": 3, "extension": {"factor": 2}})", "extension: names no method"},
        {R"({"scheme": "alibi", "heads": 2, "head_width": 4, "length": 3, "parameters": [1]})", "parameters: are no object"},
        {R"({"scheme": "rop", "heads": 2, "head_width": 4, "length": 3})", "did you mean \"rope\"?"},
        {R"({"scheme": "learned", "heads": 2, "head_width": 4, "length": 3, "train_length": 2})", "3 tokens are beyond what \"learned\" can do (at most 2)"},
        {R"({"scheme": "alibi", "heads": 1, "head_width": 4, "length": 100000})", "ask for a shorter length"},
        {R"({"scheme": "alibi", "heads": 2, "queries": [[[1, 2]]], "keys": [[[1, 2]]]})", "queries: says that the number of heads is 1, but heads says 2"},
        {R"({"scheme": "alibi", "queries": [[[1, 2]]]})", "queries and keys are given together"},
        {R"({"scheme": "alibi", "queries": [[[1, 2]]], "keys": [[[1, 2, 3, 4]]]})", "keys: has shape [1, 1, 1, 4], queries have [1, 1, 1, 2]"},
        {R"({"scheme": "alibi", "queries": [[[1, 2], [3]]], "keys": [[[1, 2], [3, 4]]]})", "queries: the lists are ragged"},
        {R"({"scheme": "alibi", "queries": [[["a", 2]]], "keys": [[[1, 2]]]})", "queries: holds string where a number belongs"},
        {R"({"scheme": "none", "layer": 1, "layers": 1, "heads": 1, "head_width": 2, "length": 1})", "layer: 1 is beyond the last one"},
        {R"({"scheme": "kerple-log", "heads": 2, "head_width": 2, "length": 2, "parameters": {"position.scal": [[1], [1]]}})",
         "it has position.scale [2, 1], position.rate [2, 1]); did you mean \"position.scale\"?"},
        {R"({"scheme": "kerple-log", "heads": 2, "head_width": 2, "length": 2, "parameters": {"position.scale": [1, 1]}})",
         "position.scale: has shape [2], the scheme's has [2, 1]"},
        {R"({"scheme": "rope", "heads": 2, "head_width": 2, "length": 2, "positions": [1]})", "positions: has shape [1]"},
        {R"({"scheme": "rope", "heads": 2, "head_width": 2, "length": 2, "document_starts": [0, 2]})", "document_starts: a document begins after its token"},
        {R"({"scheme": "rope", "heads": 2, "inputs": [[1, 2, 3]]})", "inputs: has shape [1, 1, 3]"},
        {R"([1])", "a case is a JSON object"},
    };
    for (const auto& [request, words] : cases) {
        EXPECT_NE(fault(request).find(words), std::string::npos) << request << "\n" << fault(request);
    }
}

TEST(Inspect, ACaseFileAndWordsAddUp) {
    const std::filesystem::path file = std::filesystem::temp_directory_path() / ("inspect_case_" + std::to_string(getpid()) + ".json");
    std::ofstream(file) << R"({"scheme": "rope", "options": {"base": 100}, "heads": 2})";
    const Json merged = read_request(Json{{"case", file.string()}, {"heads", 2}, {"length", 3}}.dump());
    EXPECT_EQ(merged, (Json{{"scheme", "rope"}, {"options", {{"base", 100}}}, {"heads", 2}, {"length", 3}}));
    EXPECT_THROW(read_request(Json{{"case", file.string()}, {"heads", 3}}.dump()), ConfigError);
    std::ofstream(file) << "{";
    EXPECT_THROW(read_request(Json{{"case", file.string()}}.dump()), ConfigError);
    std::filesystem::remove(file);
    EXPECT_THROW(read_request(Json{{"case", file.string()}}.dump()), IoError);
}

TEST(Inspect, ForPeopleLongListsAreCut) {
    std::ostringstream out;
    print_inspection(out, inspected(R"({"scheme": "alibi", "heads": 1, "head_width": 4, "length": 20})"));
    EXPECT_NE(out.str().find("scheme         alibi\n"), std::string::npos) << out.str();
    EXPECT_NE(out.str().find("slopes         [1]\n               0.00390625\n"), std::string::npos) << out.str();
    EXPECT_NE(out.str().find("(cut here; --json has all)"), std::string::npos);
}

}  // namespace
}  // namespace overtake
