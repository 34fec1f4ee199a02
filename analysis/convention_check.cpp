// Whether a verdict hangs on what N and C count.
#include "analysis/convention_check.hpp"

#include <algorithm>

#include "analysis/text.hpp"

namespace overtake {

namespace {

std::string crossings_of(const Comparison& c) {
    std::string out;
    for (const Crossing& crossing : c.crossings) {
        out += (out.empty() ? "" : "; ") + ("10^" + fixed(crossing.log10_flops, 2)) + " [" + fixed(crossing.interval.low, 2) + ", " + fixed(crossing.interval.high, 2) + "]" +
               (crossing.established ? "" : " (not established)");
    }
    return out.empty() ? "-" : out;
}

}  // namespace

std::vector<ConventionCheck> check_conventions(std::span<const Observation> observations, const StudyOptions& options, std::span<const Convention> conventions) {
    std::vector<ConventionCheck> checks;
    StudyOptions verdicts = options;
    verdicts.examine = false;
    for (const Convention& convention : conventions) {
        for (Study& study : make_studies(count_by(observations, convention), verdicts)) {
            for (Comparison& c : study.comparisons) {
                auto check = std::find_if(checks.begin(), checks.end(), [&](const ConventionCheck& known) {
                    return known.baseline == c.baseline && known.challenger == c.challenger && known.context == study.context && known.train_length == study.train_length;
                });
                if (check == checks.end()) {
                    checks.push_back({c.baseline, c.challenger, study.context, study.train_length, {}, false});
                    check = checks.end() - 1;
                }
                check->outcomes.push_back({convention, std::move(c)});
            }
        }
    }
    for (ConventionCheck& check : checks) {
        for (const ConventionOutcome& outcome : check.outcomes) {
            const Comparison& first = check.outcomes.front().comparison;
            check.changes = check.changes || outcome.comparison.relation != first.relation || outcome.comparison.verdict != first.verdict;
        }
    }
    return checks;
}

Table convention_table(std::span<const ConventionCheck> checks) {
    Table table{"conventions", "The same pairs under other counts of N and C.", {"challenger", "baseline", "context", "N and C", "relation", "verdict", "crossing in C", "changes"}, {}};
    for (const ConventionCheck& check : checks) {
        for (const ConventionOutcome& outcome : check.outcomes) {
            const Comparison& c = outcome.comparison;
            table.rows.push_back({check.challenger, check.baseline, std::to_string(check.context), words_of(outcome.convention), std::string(name_of(c.relation)),
                                  std::string(name_of(c.verdict)), crossings_of(c), check.changes ? "yes" : "no"});
        }
    }
    return table;
}

std::string convention_words(const ConventionCheck& check) {
    const std::string pair = check.challenger + " against " + check.baseline + ": ";
    if (!check.changes) {
        return pair + "the verdict is the same under " + (check.outcomes.size() == 2 ? "both" : "all " + std::to_string(check.outcomes.size())) + " conventions of N and C.";
    }
    std::string words = pair + "the verdict changes with what N and C count:";
    for (const ConventionOutcome& outcome : check.outcomes) {
        words += (&outcome == &check.outcomes.front() ? " " : "; ") + words_of(outcome.convention) + ": " + std::string(name_of(outcome.comparison.relation)) + " (" +
                 std::string(name_of(outcome.comparison.verdict)) + ")";
    }
    return words + ".";
}

std::string convention_summary(std::span<const ConventionCheck> checks) {
    std::string names;
    std::size_t changing = 0;
    for (const ConventionCheck& check : checks) {
        if (check.changes) {
            names += (changing > 0 ? ", " : ": ") + check.challenger + " against " + check.baseline + (check.context > 0 ? " at " + std::to_string(check.context) + " tokens" : "");
            ++changing;
        }
    }
    const std::string all = counted(checks.size(), "comparison");
    return changing == 0 ? "The verdict of none of " + all + " changes with what N and C count." : "The verdict of " + std::to_string(changing) + " of " + all + " changes with what N and C count" + names + ".";
}

}  // namespace overtake
