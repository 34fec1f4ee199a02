// What is told beside the laws of a study: residual tests, other forms, models of paired gaps, errors on sizes left out.
#pragma once

namespace overtake {

struct Study;

/// Fills residual tests and other forms of every usable scheme, gap models of every scheme against the baseline, and held-out errors.
void examine_fits(Study& study);

}  // namespace overtake
