// Tables as values, and the same table as text, CSV, Markdown, LaTeX and HTML.
#pragma once

#include <string>
#include <vector>

#include "analysis/study.hpp"

namespace overtake {

struct Table {
    std::string name;       // file name without suffix
    std::string caption;
    std::vector<std::string> header;
    std::vector<std::vector<std::string>> rows;
};

/// Aligned columns for a terminal.
std::string as_text(const Table& table);
std::string as_csv(const Table& table);
std::string as_markdown(const Table& table);
/// A tabular (a longtable above 60 rows) that compiles with any text in it; rules of booktabs, or lines without that package.
std::string as_latex(const Table& table);
std::string as_html(const Table& table);

/// Text with & < > " made safe for HTML.
std::string escape_html(const std::string& text);

/// One row a scheme: rows, E, A, B, alpha, beta with intervals, N* exponent, objective, starts agreeing, flags.
Table law_table(const Study& study);

/// One row a pair: relation, verdict, crossing with interval in C, N, D, at fixed ratio, P(0), P(1), P(2), sentence.
Table crossover_table(const Study& study);

/// One row a point that a rule left out.
Table left_out_table(const ObservationSet& set);

/// One row an observation.
Table observation_table(const ObservationSet& set);

}  // namespace overtake
