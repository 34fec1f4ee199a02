// A sweep file that a stranger wrote: its names stay names, and its paths name one file each.
#include "sweeps/hostile_names.hpp"

#include <gtest/gtest.h>

#include <cstdio>

#include "sweeps/specification.hpp"
#include "sweeps/visible_text.hpp"

namespace overtake {
namespace {

/// As a TOML string; bytes that are no UTF-8 stand as they are.
std::string toml(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        char code[8];
        std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
        out += static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' || c == 0x7f ? std::string(code) : std::string(1, c);
    }
    return out + '"';
}

const std::string grid = "[grid]\nsize = \"2x64\"\ntokens = \"20x\"\nposition = \"rope\"\n";

TEST(HostileNames, AreDifferentAndTheSameEveryTime) {
    const std::vector<std::string> names = hostile_names(500);
    EXPECT_EQ(names.size(), 500u);
    EXPECT_EQ(names, hostile_names(500));
    EXPECT_EQ(hostile_names(1)[0], "`touch canary`");
}

TEST(HostileNames, NameNoSweep) {
    for (const std::string& name : hostile_names(500)) {
        try {
            const Specification specification = parse_specification("[sweep]\nname = " + toml(name) + "\n" + grid, name + ".toml");
            EXPECT_EQ(specification.name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"), std::string::npos) << specification.name;
        } catch (const ConfigError& error) {
            ASSERT_FALSE(error.problems().empty());
            for (const Problem& problem : error.problems()) {
                EXPECT_EQ(visible(to_string(problem)), to_string(problem));
            }
        }
    }
}

TEST(HostileNames, AreSchemesAndWordsOfNothing) {
    for (const std::string& name : hostile_names(500)) {
        for (const std::string& text : {"[sweep]\nname = \"a\"\n[grid]\nsize = \"2x64\"\ntokens = \"20x\"\nposition = " + toml(name) + "\n",
                                        "[sweep]\nname = \"a\"\n[data]\ncorpus = " + toml(name) + "\n" + grid, "[sweep]\nname = \"a\"\n" + toml(name) + " = 1\n" + grid}) {
            EXPECT_THROW(parse_specification(text, "a.toml"), ConfigError) << text;
        }
    }
}

TEST(HostileNames, ArePathsAsTheyStandOrRefused) {
    std::size_t taken = 0;
    for (const std::string& name : hostile_names(500)) {
        const std::string text = "[sweep]\nname = \"a\"\n[data]\ncorpus = \"files\"\nfolder = " + toml(name) + "\nshards = [" + toml(name) + "]\n" + grid;
        try {
            const TrialConfig trial = parse_specification(text, "a.toml").trials.at(0);
            EXPECT_EQ(trial.data.folder, name);
            EXPECT_EQ(trial.data.shards, std::vector<std::string>{name});
            EXPECT_EQ(name.find('\0'), std::string::npos);
            EXPECT_EQ(name.find('\n'), std::string::npos);
            ++taken;
        } catch (const ConfigError& error) {
            EXPECT_TRUE(visible(name, "\t") != name) << "refused: " << name << " " << error.what();
        }
    }
    EXPECT_GT(taken, 50u);
}

}  // namespace
}  // namespace overtake
