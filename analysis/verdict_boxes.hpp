// The verdicts of a study as boxes of the report: what says something first, and what can't be said in one box a reason.
#pragma once

#include <string>
#include <vector>

#include "analysis/scheme_classes.hpp"
#include "analysis/study.hpp"

namespace overtake {

struct VerdictBlock {
    std::string html;
    std::vector<std::string> sentences;  // the same as plain text, in the same order
};

/// Classes first, then pairs: crossings, extrapolated crossings, leads and trails, equivalents. Pairs that are not determined for the
/// same reason share a box; each one's own sentence and flags open on a click, without a script.
VerdictBlock verdict_boxes(const Study& study, const std::vector<ClassComparison>& classes);

}  // namespace overtake
