// The verdicts of a study as boxes of the report: what says something first, and what can't be said in one box a reason.
#include "analysis/verdict_boxes.hpp"

#include <algorithm>

#include "analysis/page_style.hpp"
#include "analysis/text.hpp"

namespace overtake {

namespace {

std::string box(const std::string& relation, const std::string& title, const std::string& sentence, const std::string& rest) {
    return "<div class=\"verdict " + relation + "\">" + (title.empty() ? "" : "<b>" + prose_html(title) + "</b>") + prose_html(sentence) + rest + "</div>\n";
}

std::string folded(const std::string& summary, const std::vector<std::string>& items) {
    std::string list;
    for (const std::string& item : items) {
        list += "<li>" + prose_html(item) + "</li>";
    }
    return items.empty() ? "" : "<details><summary>" + prose_html(summary) + "</summary><ul>" + list + "</ul></details>";
}

std::string flags_of(const Comparison& c) { return folded("Mind " + counted(c.notes.size(), "flag"), c.notes); }

std::string worth_of(const Comparison& c) { return c.effective_sentence.empty() ? "" : "<br><small>" + prose_html(c.effective_sentence) + "</small>"; }

int rank(const Comparison& c) {
    switch (c.verdict) {
        case Verdict::inside: return 0;
        case Verdict::extrapolated: return 1;
        case Verdict::none: return c.relation == Relation::equivalent ? 3 : 2;
        case Verdict::not_determined: break;
    }
    return 4;
}

/// The reason with the challenger's name taken out, so that equal reasons are equal texts.
std::string reason_of(const Comparison& c) {
    std::string reason = c.reason;
    const std::string named = "no law for " + c.challenger + ":";
    return reason.starts_with(named) ? "no law for them:" + reason.substr(named.size()) : reason;
}

std::string listed(const std::vector<const Comparison*>& group) {
    std::string names;
    for (std::size_t i = 0; i < group.size(); ++i) {
        names += (i == 0 ? "" : i + 1 == group.size() ? " and " : ", ") + group[i]->challenger;
    }
    return names;
}

}  // namespace

VerdictBlock verdict_boxes(const Study& study, const std::vector<ClassComparison>& classes) {
    VerdictBlock block;
    for (const ClassComparison& c : classes) {
        block.html += box(std::string(name_of(c.comparison.relation)), c.title, c.comparison.sentence,
                          (c.selection.empty() ? "" : "<br><small>" + prose_html(c.selection) + "</small>") + flags_of(c.comparison));
        block.sentences.push_back(c.title + ": " + c.comparison.sentence);
    }
    std::vector<const Comparison*> pairs;
    for (const Comparison& c : study.comparisons) {
        pairs.push_back(&c);
    }
    std::stable_sort(pairs.begin(), pairs.end(), [](const Comparison* a, const Comparison* b) { return rank(*a) < rank(*b); });
    while (!pairs.empty()) {
        const Comparison& c = *pairs.front();
        std::vector<const Comparison*> group;
        if (rank(c) == 4) {
            std::copy_if(pairs.begin(), pairs.end(), std::back_inserter(group), [&](const Comparison* other) { return reason_of(*other) == reason_of(c); });
        }
        if (group.size() < 2) {
            block.html += box(std::string(name_of(c.relation)), "", c.sentence, worth_of(c) + flags_of(c));
            block.sentences.push_back(c.sentence);
            pairs.erase(pairs.begin());
            continue;
        }
        const std::string sentence = "Not determined against " + c.baseline + ": " + listed(group) + " (" + reason_of(c) + ").";
        const bool tells_more = std::any_of(group.begin(), group.end(), [](const Comparison* member) { return !member->crossings.empty() || !member->notes.empty(); });
        std::vector<std::string> own;
        for (const Comparison* member : group) {
            std::string words = member->sentence;
            for (const std::string& note : member->notes) {
                words += (&note == &member->notes.front() ? " Mind: " : "; ") + note;
            }
            own.push_back(words);
        }
        block.html += box("not-determined", "", sentence, tells_more ? folded("Each of these " + std::to_string(group.size()), own) : "");
        block.sentences.push_back(sentence);
        std::erase_if(pairs, [&](const Comparison* p) { return std::find(group.begin(), group.end(), p) != group.end(); });
    }
    if (study.comparisons.empty()) {
        const std::string sentence = "Nothing to compare: finished trials of one scheme only.";
        block.html += "<p>" + sentence + "</p>\n";
        block.sentences.push_back(sentence);
    }
    return block;
}

}  // namespace overtake
