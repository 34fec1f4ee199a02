// Whether a verdict hangs on what N and C count.
#pragma once

#include <string>
#include <vector>

#include "analysis/conventions.hpp"
#include "analysis/study.hpp"
#include "analysis/tables.hpp"

namespace overtake {

struct ConventionOutcome {
    Convention convention;
    Comparison comparison;
};

/// One pair at one context under every convention, in their order.
struct ConventionCheck {
    std::string baseline, challenger;
    std::int64_t context = 0, train_length = 0;
    std::vector<ConventionOutcome> outcomes;
    bool changes = false;   // relation or verdict are not the same under all
};

/// A study per convention, of verdicts alone (no profiles, no held-out sizes); schemes keep their cells, so pairs are the same throughout.
std::vector<ConventionCheck> check_conventions(std::span<const Observation> observations, const StudyOptions& options, std::span<const Convention> conventions);

/// One row a pair and convention.
Table convention_table(std::span<const ConventionCheck> checks);

/// "The verdict is the same under all 5 conventions." or which differ.
std::string convention_words(const ConventionCheck& check);

/// Of several: "The verdict of 1 of 28 comparisons changes with what N and C count: fire against rope at 128 tokens."
std::string convention_summary(std::span<const ConventionCheck> checks);

}  // namespace overtake
