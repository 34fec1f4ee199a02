// Claims: what the section takes, what it refuses, what is frozen, and that a later change shows.
#include "sweeps/claims.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "sweeps/specification.hpp"
#include "sweeps/stage_forest.hpp"
#include "sweeps/sweep_folder.hpp"

namespace overtake {
namespace {

const std::string grid = "[grid]\nsize = \"2x64\"\ntokens = \"20x\"\nposition = [\"rope\", \"fire\"]\ntrain_length = [64, 128]\n";  // 5 lines
const std::string head = "[sweep]\nname = \"claimed\"\n[evaluation]\nlengths = [\"1x\", \"4x\"]\ntasks = [\"needle\"]\n" + grid;     // claims begin on line 11

std::vector<Claim> claims_of(const std::string& text) { return parse_specification(head + text, "s.toml").claims; }

std::vector<std::string> problems_of(const std::string& text) {
    try {
        parse_specification(text, "s.toml");
    } catch (const ConfigError& error) {
        std::vector<std::string> out;
        for (const Problem& problem : error.problems()) {
            out.push_back(to_string(problem));
        }
        return out;
    }
    return {};
}

TEST(Claims, are_read_with_defaults) {
    const std::vector<Claim> claims = claims_of("[claims.headline]\npair = [\"L\", \"H\"]\nexpect = \"overtakes\"\n"
                                                "[claims.far]\nestimand = \"E2\"\nchallenger = \"fire\"\nexpect = \"leads\"\ndelta_nats = 0.01\ntrain_length = 128\n");
    ASSERT_EQ(claims.size(), 2U);
    EXPECT_EQ(claims[0], (Claim{"headline", "E1", "L", "H", 0, "", "overtakes", 0.002}));
    EXPECT_EQ(claims[1], (Claim{"far", "E2", "fire", "rope", 128, "4x", "leads", 0.01}));
}

TEST(Claims, are_refused_with_every_problem_at_its_place) {
    EXPECT_EQ(problems_of(head + "[claims.a]\npair = [\"L\"]\nexpect = \"overtake\"\nlengt = \"4x\"\n[claims.b]\nestimand = \"E4\"\nlength = \"far\"\n[claims]\nc = 1\n"),
              (std::vector<std::string>{
                  "s.toml:12:8: claim \"a\": pair is an array (two names: challenger, baseline); try pair = [\"L\", \"H\"]",
                  "s.toml:13:10: claim \"a\": expect is \"overtake\" (known: overtakes, overtaken, leads, trails, equivalent, not-determined); did you mean \"overtakes\"?",
                  "s.toml:14:1: claim \"a\": unknown key \"lengt\" (keys: estimand, challenger, baseline, train_length, length, expect, delta_nats, pair); did you mean \"length\"?",
                  "s.toml:15:9: claim \"b\": no challenger (a class H, L, S or G, or a scheme); write pair = [\"L\", \"H\"]",
                  "s.toml:15:9: claim \"b\": nothing is expected (overtakes, overtaken, leads, trails, equivalent, not-determined); write expect = \"overtakes\"",
                  "s.toml:16:12: claim \"b\": estimand is \"E4\" (known: E1, E2, E3); did you mean \"E1\"?",
                  "s.toml:17:1: claim \"b\": length with E1 (which is the loss at the train length); leave it out, or set estimand = \"E2\"",
                  "s.toml:17:10: claim \"b\": length is \"far\" (tokens, or a multiple of the train length); try \"4x\"",
                  "s.toml:19:1: \"c\" of [claims] is an integer (each claim is a table under its name); write [claims.c]"}));
}

TEST(Claims, must_be_decidable_by_the_grid) {
    EXPECT_EQ(problems_of(head + "[claims.a]\npair = [\"fir\", \"S\"]\nexpect = \"leads\"\n[claims.b]\nestimand = \"E2\"\nchallenger = \"fire\"\nlength = \"16x\"\ntrain_length = 256\n"
                                 "expect = \"leads\"\n"),
              (std::vector<std::string>{
                  "s.toml:11:9: claim \"a\": no position of the grid is \"fir\" (the grid has: fire, rope; classes: H, L, S, G); did you mean \"fire\"?",
                  "s.toml:11:9: claim \"a\": no position of the grid is of class S; add one to [grid]",
                  "s.toml:14:9: claim \"b\": no trial is trained at 256 tokens; choose a train_length of [grid]"}));
    EXPECT_EQ(problems_of("[sweep]\nname = \"a\"\n" + grid + "[claims.needles]\nestimand = \"E3\"\nchallenger = \"fire\"\nexpect = \"leads\"\nlength = \"16x\"\ntrain_length = 64\n"),
              (std::vector<std::string>{
                  "s.toml:8:9: claim \"needles\": E3 without needles (it is the loss of their answers); add \"needle\" to tasks in [evaluation]",
                  "s.toml:8:9: claim \"needles\": nothing is evaluated at 1,024 tokens after training at 64; add \"16x\" to lengths in [evaluation]"}));
}

TEST(Claims, are_in_no_id) {
    const Specification with = parse_specification(head + "[claims.headline]\npair = [\"L\", \"H\"]\nexpect = \"overtakes\"\n", "s.toml");
    const StageForest a = grow_forest(with.trials), b = grow_forest(parse_specification(head, "s.toml").trials);
    ASSERT_EQ(a.stages.size(), b.stages.size());
    for (std::size_t i = 0; i < a.stages.size(); ++i) {
        EXPECT_EQ(a.stages[i].id, b.stages[i].id);
    }
}

class Frozen : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "overtake-claims-XXXXXX").string();
        folder_.root = ::mkdtemp(pattern.data());
    }
    void TearDown() override { std::filesystem::remove_all(folder_.root); }
    std::vector<FrozenClaims> history() { return claims_from_text(read_claims_history(folder_), "claims.json"); }
    SweepFolder folder_;
};

TEST_F(Frozen, claims_show_whether_they_came_first) {
    const std::vector<Claim> first{{"headline", "E1", "L", "H", 0, "", "overtakes", 0.002}};
    EXPECT_EQ(freeze_claims(folder_, {}, "2026-01-01T00:00:00Z"), "");
    EXPECT_FALSE(std::filesystem::exists(folder_.claims()));
    EXPECT_EQ(freeze_claims(folder_, first, "2026-01-01T00:00:01Z").substr(0, 38), "1 claim frozen before the first stage ");
    std::filesystem::create_directories(folder_.stage("00000000000000a1"));
    EXPECT_EQ(freeze_claims(folder_, first, "2026-01-01T00:00:02Z"), "");
    std::vector<Claim> second = first;
    second[0].expect = "trails";
    EXPECT_EQ(freeze_claims(folder_, second, "2026-01-01T00:00:03Z"), "the claims were changed after 1 stages had begun: the report will say so");
    ASSERT_EQ(history().size(), 2U);
    EXPECT_EQ(history()[0].frozen_utc, "2026-01-01T00:00:01Z");
    EXPECT_EQ(history()[0].stages_begun, 0);
    EXPECT_EQ(history()[0].claims, first);
    EXPECT_EQ(history()[1].stages_begun, 1);
    EXPECT_NE(history()[0].sha256, history()[1].sha256);
}

TEST_F(Frozen, claims_made_after_tuning_came_after_its_stages) {
    const SweepFolder tuning{folder_.root / "tuning"}, check{folder_.root / "tuning" / "check"};
    std::filesystem::create_directories(tuning.stage("00000000000000a1"));
    std::filesystem::create_directories(check.stage("00000000000000a2"));
    EXPECT_EQ(freeze_claims(folder_, {{"headline", "E1", "L", "H", 0, "", "overtakes", 0.002}}, "2026-01-01T00:00:00Z", {tuning, check}),
              "claims were added after 2 stages had begun: the report will say so");
    EXPECT_EQ(history().at(0).stages_begun, 2);
}

TEST_F(Frozen, claims_that_were_edited_in_the_file_are_refused) {
    freeze_claims(folder_, {{"headline", "E1", "L", "H", 0, "", "overtakes", 0.002}}, "2026-01-01T00:00:01Z");
    std::string text = read_claims_history(folder_);
    text.replace(text.find("overtakes"), 9, "overtaken");
    EXPECT_THROW(claims_from_text(text, "claims.json"), IoError);
    EXPECT_THROW(claims_from_text("[{}]", "claims.json"), IoError);
}

TEST(Claims, have_a_canonical_text) {
    EXPECT_EQ(canonical_text(std::vector<Claim>{}), "");
    EXPECT_EQ(canonical_text(std::vector<Claim>{{"far", "E2", "fire", "rope", 128, "4x", "leads", 0.01}}),
              "overtake-claims 1\nfar.baseline=rope\nfar.challenger=fire\nfar.delta_nats=0.01\nfar.estimand=E2\nfar.expect=leads\nfar.length=4x\nfar.train_length=128\n");
}

}  // namespace
}  // namespace overtake
