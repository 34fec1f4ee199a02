// Boxes of verdicts: what says something comes first, equal reasons share a box.
#include "analysis/verdict_boxes.hpp"

#include <gtest/gtest.h>

#include "analysis/page_style.hpp"

namespace overtake {
namespace {

Comparison undetermined(const std::string& challenger, const std::string& reason) {
    Comparison c;
    c.baseline = "rope";
    c.challenger = challenger;
    c.reason = reason;
    c.sentence = "Whether " + challenger + " overtakes rope is not determined (" + reason + ").";
    return c;
}

Study study_of(const std::vector<Comparison>& comparisons) {
    Study study;
    study.baseline = "rope";
    study.comparisons = comparisons;
    return study;
}

TEST(VerdictBoxes, WhatIsKnownComesFirst) {
    Comparison leads = undetermined("t5", "");
    leads.relation = Relation::leads;
    leads.verdict = Verdict::none;
    leads.sentence = "t5 leads.";
    Comparison crosses = leads;
    crosses.relation = Relation::overtaken;
    crosses.verdict = Verdict::inside;
    crosses.sentence = "learned is overtaken at C = 10^9.4 FLOPs.";
    const VerdictBlock block = verdict_boxes(study_of({undetermined("alibi", "too wide"), leads, crosses}), {});
    EXPECT_EQ(block.sentences, (std::vector<std::string>{"learned is overtaken at C = 10^9.4 FLOPs.", "t5 leads.", "Whether alibi overtakes rope is not determined (too wide)."}));
    EXPECT_NE(block.html.find("<div class=\"verdict overtaken\">learned is overtaken at C = 10<sup>9.4</sup> FLOPs.</div>"), std::string::npos) << block.html;
}

TEST(VerdictBoxes, EqualReasonsShareABox) {
    const VerdictBlock block = verdict_boxes(study_of({undetermined("alibi", "no law for rope: 1 points"), undetermined("t5", "too wide"), undetermined("cope", "no law for rope: 1 points"),
                                                       undetermined("fire", "no law for rope: 1 points"), undetermined("fox", "no law for fox: 2 points"),
                                                       undetermined("path", "no law for path: 2 points")}), {});
    EXPECT_EQ(block.sentences, (std::vector<std::string>{"Not determined against rope: alibi, cope and fire (no law for rope: 1 points).", "Whether t5 overtakes rope is not determined (too wide).",
                                                         "Not determined against rope: fox and path (no law for them: 2 points)."}));
}

TEST(VerdictBoxes, MembersKeepTheirOwnWords) {
    Comparison a = undetermined("alibi", "too wide"), b = undetermined("t5", "too wide");
    b.notes = {"t5: 3 sizes", "t5: E tends to 0"};
    const std::string html = verdict_boxes(study_of({a, b}), {}).html;
    EXPECT_NE(html.find("<summary>Each of these 2</summary>"), std::string::npos) << html;
    EXPECT_NE(html.find("Whether t5 overtakes rope is not determined (too wide). Mind: t5: 3 sizes; t5: E tends to 0"), std::string::npos) << html;
}

TEST(Prose, RaisesPowers) {
    EXPECT_EQ(prose_html("C = 10^9.43 [10^-3, 10^11.] a<b 10^x"), "C = 10<sup>9.43</sup> [10<sup>-3</sup>, 10<sup>11</sup>.] a&lt;b 10^x");
}

}  // namespace
}  // namespace overtake
