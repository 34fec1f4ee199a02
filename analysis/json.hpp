// What `--json` prints: the contract that scripts may rely on.
#pragma once

#include <span>
#include <string>

#include "analysis/convention_check.hpp"
#include "analysis/graded_claims.hpp"
#include "analysis/paired_differences.hpp"
#include "analysis/report.hpp"
#include "analysis/scheme_classes.hpp"
#include "analysis/study.hpp"

namespace overtake {

/// {"laws": [{"scheme", "context", "rows", "objective", "E", "A", "B", "alpha", "beta", "intervals": {name: [low, high]}, "interval_monte_carlo_errors": {name: [of low, of high]}, "starts",
/// "starts_agreeing", "flags"}], ...}. Numbers that aren't finite are null.
std::string fits_as_json(std::span<const Study> studies, const ObservationSet& set);

/// One pair: the object {"baseline", "challenger", "relation", "verdict", "crossings": [{"log10_flops", "interval",
/// "direction", ...}], "probability": {"0", "1", "2"}, "leader_in_range", "sentence", "flags", "flags_of_points", ...}; with measured seconds every "log10_flops" in a key is "log10_seconds"; "numeric": frontiers on a cost
/// that is no power law, "crossings_closed_form" then what the nearest power law of cost gives; with several conventions also "conventions": [{"name",
/// "relation", "verdict", "crossings"}] and "changes_with_convention". "equality_curve", where both have laws, else null: the (N, D) at which their losses are equal, as
/// {"log10_parameters_range", "log10_tokens_range", "lines": [[{"log10_parameters", "log10_tokens", "log10_parameters_band", "log10_tokens_band": [low, high]}]],
/// "challenger_ahead_borders", "baseline_ahead_borders": [[{"log10_parameters", "log10_tokens"}]], "share_challenger_ahead", "share_baseline_ahead"}. Several pairs: {"crossovers": [objects]}. Beside either: "source", "left_out", "remarks",
/// "classes": [{"title", "context", "baseline_class", "challenger_class", "baseline", "challenger", "relation", "verdict", "crossings", "probability", "p_value", "p_holm", "comparisons",
/// "survives_holm", "sentence", "selection", "flags"}], of `classes` by study, and "claims", graded as in json_parts.hpp, where the sweep froze any.
std::string crossovers_as_json(std::span<const Study> studies, const ObservationSet& set, std::span<const ConventionCheck> checks = {},
                               std::span<const std::vector<ClassComparison>> classes = {}, std::span<const GradedClaim> claims = {});

/// {"page", "sentences", "claims", "warnings"} of a report that was written.
std::string report_as_json(const ReportSummary& summary, std::span<const GradedClaim> claims);

/// {"differences": [{"variant", "reference", "cells", "size", "tokens", "train_length", "context", "learning_rate_multiplier",
/// "times_train_length", "seeds", "loss", "reference_loss", "difference", "interval": [low, high]}, ...]}; of pooled cells size, tokens,
/// train_length and context are null.
std::string differences_as_json(std::span<const PairedDifference> differences);

}  // namespace overtake
