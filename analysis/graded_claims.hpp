// What was claimed before the runs, against what they show.
#pragma once

#include <string>
#include <vector>

#include "analysis/study.hpp"
#include "analysis/tables.hpp"
#include "sweeps/claims.hpp"

namespace overtake {

/// confirmed: the relation is the expected one, shown within the data. refuted: another relation is. undecided: none is, or only beyond the data.
/// A claim that nothing can be determined is confirmed by "not-determined" and refuted by any relation.
enum class Grade { confirmed, refuted, undecided };
std::string_view name_of(Grade grade);

/// A claim at one train length.
struct GradedPart {
    std::int64_t train_length = 0, length = 0;  // [tokens]
    Grade grade = Grade::undecided;
    Relation relation = Relation::not_determined;
    std::string sentence, selection;            // what was found; how the players of the sides were chosen
};

struct GradedClaim {
    Claim claim;
    bool frozen_first = false;   // stood so before the first stage, and ever since
    std::string frozen_utc;      // since when it stands so
    std::int64_t stages_begun = 0;  // at that time
    bool withdrawn = false;      // stood in an earlier version, and no longer does: graded as it stood
    Grade grade = Grade::undecided;  // refuted if it is at any train length, confirmed if it is at all
    std::string reason;          // why undecided, where no part says so
    std::vector<GradedPart> parts;
};

Grade grade_of(const std::string& expected, Relation relation, Verdict verdict);

/// Every claim of the history of `results`, as it stood last; empty without claims. E1 and E2 by laws (families play a scheme's side in E2), E3 by the line
/// through paired differences, which needs no law. `options`: fit, bootstrap and confidence; delta is each claim's.
std::vector<GradedClaim> grade_claims(const Results& results, const ObservationFilter& filter, const StudyOptions& options);

/// One row a claim and train length.
Table claims_table(const std::vector<GradedClaim>& claims);

/// Sentences for the head of the section: frozen when, changed or not, and that everything else is exploratory.
std::string claims_words(const std::vector<GradedClaim>& claims);

}  // namespace overtake
