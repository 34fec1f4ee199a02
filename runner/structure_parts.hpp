// The parts of a scheme that the task "structure" looks at, one function each; a scheme without such a part adds nothing.
#pragma once

#include "runner/structure_findings.hpp"

namespace overtake {

/// Tables by position (what a scheme adds to the input, TUPE's) and trained vectors by lag.
void measure_tables(StructureFindings& findings);

/// Trained frequencies of rotations, and strengths of universal's parts.
void measure_frequencies(StructureFindings& findings);

/// Biases that depend on positions alone, over the lag, of every layer and head that has its own. Gates of content have none.
void measure_biases(StructureFindings& findings);

}  // namespace overtake
