// What was claimed before the runs, against what they show.
#include "analysis/graded_claims.hpp"

#include <algorithm>
#include <set>

#include "analysis/estimands.hpp"
#include "analysis/gap_line.hpp"
#include "analysis/scheme_classes.hpp"
#include "analysis/text.hpp"

namespace overtake {

namespace {

/// Claims as they stood last, with since when: the end of the history, then those that it lost on the way.
std::vector<GradedClaim> stand(const std::vector<FrozenClaims>& history) {
    std::vector<GradedClaim> out;
    for (auto frozen = history.rbegin(); frozen != history.rend(); ++frozen) {
        for (const Claim& claim : frozen->claims) {
            const auto known = std::find_if(out.begin(), out.end(), [&](const GradedClaim& graded) { return graded.claim.name == claim.name; });
            if (known == out.end()) {
                out.push_back({claim, frozen->stages_begun == 0, frozen->frozen_utc, frozen->stages_begun, frozen != history.rbegin(), Grade::undecided, "", {}});
            } else if (known->claim == claim && std::all_of(history.rbegin(), frozen, [&](const FrozenClaims& later) {
                           return known->withdrawn || std::find(later.claims.begin(), later.claims.end(), claim) != later.claims.end();
                       })) {
                known->frozen_first = frozen->stages_begun == 0;
                known->frozen_utc = frozen->frozen_utc;
                known->stages_begun = frozen->stages_begun;
            }
        }
    }
    return out;
}

/// E3: no law, the band of the line decides.
std::optional<GradedPart> by_line(const EstimandPoints& points, const Claim& claim, double confidence) {
    const std::vector<SchemeLaw> schemes = group_by_scheme(points.set.observations);
    const std::optional<Duel> duel = choose_players(schemes, claim.baseline, claim.challenger, true);
    if (!duel) {
        return std::nullopt;
    }
    GradedPart part{points.train_length, points.length, Grade::undecided, Relation::not_determined, "", duel->selection};
    const std::string pair = schemes[duel->challenger].scheme + " against " + schemes[duel->baseline].scheme;
    const std::optional<GapLine> line = fit_gap_line(duel->baseline_points, duel->challenger_points, confidence);
    if (!line) {
        part.sentence = pair + ": not determined (fewer than 4 common cells, or all at one compute).";
        return part;
    }
    part.relation = relation_of(*line, claim.delta_nats);
    part.grade = grade_of(claim.expect, part.relation, part.relation == Relation::not_determined ? Verdict::not_determined : Verdict::inside);
    part.sentence = pair + ": the needle's answer costs " + significant(line->level, 3) + " [" + significant(line->level_interval.low, 3) + ", " +
                    significant(line->level_interval.high, 3) + "] nats per token more at C = 10^" + fixed(line->centre, 2) + ", changing by " + significant(line->slope, 3) + " [" +
                    significant(line->slope_interval.low, 3) + ", " + significant(line->slope_interval.high, 3) + "] per decade (" + counted(line->cells, "cell") + ").";
    return part;
}

std::optional<GradedPart> by_laws(const EstimandPoints& points, const Claim& claim, StudyOptions options) {
    options.compare = false;
    options.baseline.clear();
    options.challengers.clear();
    options.comparison.delta_nats = claim.delta_nats;
    options.comparison.cost_unit = "FLOPs";   // what claims are frozen about, whatever the call counts
    const bool families = claim.estimand != "E1";
    std::vector<Observation> sides;
    const std::vector<SchemeLaw> schemes = group_by_scheme(points.set.observations);
    std::set<std::size_t> members;  // each once, also where both sides' families hold it
    for (const std::string& side : {claim.baseline, claim.challenger}) {
        const std::vector<std::size_t> of_side = members_of(schemes, side, families);
        members.insert(of_side.begin(), of_side.end());
    }
    for (const std::size_t k : members) {
        sides.insert(sides.end(), schemes[k].observations.begin(), schemes[k].observations.end());
    }
    const std::optional<SideComparison> found = compare_sides(make_study(sides, options), claim.baseline, claim.challenger, families);
    if (!found) {
        return std::nullopt;
    }
    const Comparison& c = found->comparison;
    return GradedPart{points.train_length, points.length, grade_of(claim.expect, c.relation, c.verdict), c.relation, c.sentence, found->selection};
}

Grade overall(const std::vector<GradedPart>& parts) {
    const auto any = [&](Grade grade) { return std::any_of(parts.begin(), parts.end(), [&](const GradedPart& part) { return part.grade == grade; }); };
    return any(Grade::refuted) ? Grade::refuted : parts.empty() || any(Grade::undecided) ? Grade::undecided : Grade::confirmed;
}

std::string when(const GradedClaim& graded) {
    return (graded.frozen_first ? "before the first stage, " : "after " + counted(static_cast<std::size_t>(graded.stages_begun), "stage") + " had begun, ") + graded.frozen_utc +
           (graded.withdrawn ? "; withdrawn later" : "");
}

}  // namespace

std::string_view name_of(Grade grade) { return grade == Grade::confirmed ? "confirmed" : grade == Grade::refuted ? "refuted" : "undecided"; }

Grade grade_of(const std::string& expected, Relation relation, Verdict verdict) {
    if (relation == Relation::not_determined) {
        return expected == name_of(relation) ? Grade::confirmed : Grade::undecided;
    }
    if (verdict == Verdict::extrapolated || verdict == Verdict::not_determined) {
        return Grade::undecided;
    }
    return expected == name_of(relation) ? Grade::confirmed : Grade::refuted;
}

std::vector<GradedClaim> grade_claims(const Results& results, const ObservationFilter& filter, const StudyOptions& options) {
    std::vector<GradedClaim> claims = stand(claims_from_text(results.claims, "results.h5"));
    for (GradedClaim& graded : claims) {
        for (const EstimandPoints& points : estimand_points(results, graded.claim.estimand, graded.claim.length, graded.claim.train_length, filter)) {
            const std::optional<GradedPart> part =
                graded.claim.estimand == "E3" ? by_line(points, graded.claim, options.comparison.confidence) : by_laws(points, graded.claim, options);
            if (part) {
                graded.parts.push_back(*part);
            } else {
                graded.reason = "a side has no finished trial at " + std::to_string(points.train_length) + " tokens";
            }
        }
        graded.grade = overall(graded.parts);
        if (!graded.reason.empty() && graded.grade == Grade::confirmed) {
            graded.grade = Grade::undecided;
        }
        if (graded.parts.empty() && graded.reason.empty()) {
            graded.reason = "no finished trial has this loss";
        }
    }
    return claims;
}

Table claims_table(const std::vector<GradedClaim>& claims) {
    Table table{"claims", "Claims and grades. A claim holds if it does at every train length.", {"claim", "estimand", "challenger", "baseline", "length", "delta [nats]", "expected", "grade", "frozen", "found"}, {}};
    for (const GradedClaim& graded : claims) {
        const Claim& c = graded.claim;
        const auto row = [&](const std::string& length, const std::string& grade, const std::string& found) {
            table.rows.push_back({c.name, c.estimand, c.challenger, c.baseline, length, significant(c.delta_nats, 3), c.expect, grade, when(graded), found});
        };
        for (const GradedPart& part : graded.parts) {
            row(std::to_string(part.train_length) + (part.length == part.train_length ? "" : " to " + std::to_string(part.length)), std::string(name_of(part.grade)),
                part.sentence + (part.selection.empty() ? "" : " " + part.selection));
        }
        if (graded.parts.size() != 1 || !graded.reason.empty()) {
            row("all", std::string(name_of(graded.grade)), graded.reason);
        }
    }
    return table;
}

std::string claims_words(const std::vector<GradedClaim>& claims) {
    if (claims.empty()) {
        return "Nothing was claimed before the runs ([claims] in the sweep file): everything here is exploratory.";
    }
    std::size_t first = 0;
    for (const GradedClaim& graded : claims) {
        first += graded.frozen_first && !graded.withdrawn ? 1 : 0;
    }
    std::string words = std::to_string(first) + " of " + counted(claims.size(), "claim") + (claims.size() == 1 ? " was" : " were") + " frozen before the first stage and not changed since.";
    if (first < claims.size()) {
        words += " The others were added, changed or withdrawn after runs had begun, and count as exploratory.";
    }
    return words + " Everything that no claim names is exploratory.";
}

}  // namespace overtake
