// What `overtake inspect` and `bench` ask, heard by a shell script in the place of overtake-train.
#include "cluster/launch/inspect.hpp"

#include <unistd.h>

#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sweeps/errors.hpp"

namespace overtake {
namespace {

using Json = nlohmann::json;

class InspectOnAFake : public testing::Test {
  protected:
    InspectOnAFake() : folder{std::filesystem::temp_directory_path() / ("inspect_test_" + std::to_string(getpid()))} {
        std::filesystem::create_directories(folder);
        std::ofstream(program()) << "#!/bin/sh\nfor word in \"$@\"; do printf '%s\\n' \"$word\"; done > " << heard_file().string() << "\nexit 2\n";
        std::filesystem::permissions(program(), std::filesystem::perms::owner_all);
        std::ofstream(folder / "case.json") << "{}";
    }
    ~InspectOnAFake() override { std::filesystem::remove_all(folder); }

    std::filesystem::path program() const { return folder / "overtake-train"; }
    std::filesystem::path heard_file() const { return folder / "heard"; }

    /// What the program got: option, question, and the words behind it.
    std::vector<std::string> heard() const {
        std::vector<std::string> words;
        std::ifstream file(heard_file());
        for (std::string word; std::getline(file, word);) {
            words.push_back(word);
        }
        return words;
    }

    std::filesystem::path folder;
};

TEST_F(InspectOnAFake, AQuestionHasWhatWasGivenAndNoMore) {
    EXPECT_EQ(inspect({"position", "yarn", "--set", "factor=4", "--set", "truncate=false", "--heads", "2", "--head-width", "8", "--train-length",
                       "1024", "--length", "4096", "--json"},
                      program()),
              2)
        << "the program's exit code";
    const auto words = heard();
    ASSERT_EQ(words.size(), 3u);
    EXPECT_EQ(words[0], "--inspect");
    EXPECT_EQ(Json::parse(words[1]), Json::parse(R"({"scheme": "yarn", "set": ["factor=4", "truncate=false"], "heads": 2, "head_width": 8,
                                                     "train_length": 1024, "length": 4096})"));
    EXPECT_EQ(words[2], "--json");
}

TEST_F(InspectOnAFake, OptionsMayStandBeforeTheScheme) {
    inspect({"position", "--set", "base=2", "rope", "--set", "long_factors=[1, 1.5]", "--heads", "1"}, program());
    EXPECT_EQ(Json::parse(heard().at(1)), Json::parse(R"({"scheme": "rope", "set": ["base=2", "long_factors=[1, 1.5]"], "heads": 1})"));
}

TEST_F(InspectOnAFake, OneSetTakesSeveralSettings) {
    inspect({"position", "yarn", "--set", "base=2", "factor=4", "--heads", "1"}, program());
    EXPECT_EQ(Json::parse(heard().at(1)), Json::parse(R"({"scheme": "yarn", "set": ["base=2", "factor=4"], "heads": 1})"));
}

TEST_F(InspectOnAFake, CasesAndStagesAreNamed) {
    const std::string file = (folder / "case.json").string();
    inspect({"position", "--case", file}, program());
    EXPECT_EQ(Json::parse(heard().at(1)), (Json{{"case", file}}));
    EXPECT_EQ(heard().size(), 2u);
    inspect({"stage", "0123456789abcdef", "--in", folder.string()}, program());
    EXPECT_EQ(Json::parse(heard().at(1)), (Json{{"stage", "0123456789abcdef"}, {"folder", folder.string()}, {"length", 0}}));
}

TEST_F(InspectOnAFake, ABenchHasItsDefaults) {
    bench({"position", "--schemes", "alibi,t5", "--rounds", "2"}, program());
    EXPECT_EQ(heard().at(0), "--bench-position");
    EXPECT_EQ(Json::parse(heard().at(1)), Json::parse(R"({"schemes": "alibi,t5", "shape": "4,128,4", "length": 512, "batch": 4,
                                                          "precision": "fp32", "device": "cpu", "rounds": 2, "steps": 1})"));
}

TEST_F(InspectOnAFake, WhatCannotBeAskedIsRefused) {
    EXPECT_THROW(inspect({}, program()), ConfigError);
    EXPECT_THROW(inspect({"positions"}, program()), ConfigError);
    EXPECT_THROW(inspect({"position"}, program()), ConfigError);
    testing::internal::CaptureStderr();
    EXPECT_EQ(inspect({"position", "rope", "--heads", "0"}, program()), 2);
    EXPECT_EQ(inspect({"position", "--case", "no-such-file.json"}, program()), 2);
    EXPECT_EQ(inspect({"position", "rope", "--width", "3"}, program()), 2);
    testing::internal::GetCapturedStderr();
    EXPECT_FALSE(std::filesystem::exists(heard_file()));
    try {
        inspect({"position", "rope"}, folder / "absent");
        FAIL() << "not refused";
    } catch (const IoError& error) {
        EXPECT_NE(std::string(error.what()).find("this build has no LibTorch"), std::string::npos) << error.what();
    }
}

}  // namespace
}  // namespace overtake
