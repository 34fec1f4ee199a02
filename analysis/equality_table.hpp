// The lines of equal loss of a study's comparisons as a table.
#pragma once

#include "analysis/equality_curve.hpp"
#include "analysis/tables.hpp"

namespace overtake {

/// Without rows: "equality-128", one row a point of a line.
Table equality_table(const Study& study);

/// The points of one comparison's curve with their bands; empty where the band leaves the plane.
void append_rows(Table& table, const Comparison& comparison, const EqualityCurve& curve);

}  // namespace overtake
