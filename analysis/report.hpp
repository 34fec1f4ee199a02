// The report: one page that opens offline, verdicts first, with its figures, tables, scripts and data beside it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "analysis/convention_check.hpp"
#include "analysis/graded_claims.hpp"
#include "analysis/observations.hpp"
#include "analysis/study.hpp"

namespace overtake {

struct ReportInput {
    const ObservationSet& set;
    std::vector<Study> studies;
    const Results* results = nullptr;   // curves and evaluations, where the points came from results.h5
    std::vector<ConventionCheck> checks = {};  // of every pair, where several conventions were asked for
    std::vector<GradedClaim> claims = {};  // of the sweep
};

struct ReportSummary {
    std::filesystem::path page;
    std::vector<std::string> sentences;  // verdicts, the headline first
    std::vector<std::string> warnings;   // a figure that could not be drawn, and why
};

/// Writes `folder`/report.html, tables (CSV, Markdown, LaTeX) and, per figure, data, gnuplot script and SVG. Files of an earlier
/// report are overwritten. Without gnuplot the page has no figures and says so. Throws IoError.
ReportSummary write_report(const ReportInput& input, const std::filesystem::path& folder);

}  // namespace overtake
