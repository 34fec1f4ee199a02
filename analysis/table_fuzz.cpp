// Any bytes as a table of points: observations or words, never a crash. For libFuzzer (preset fuzz) and the replay test.
#include <cmath>
#include <cstdint>
#include <string_view>

#include "analysis/delimited_text.hpp"
#include "analysis/observations.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/visible_text.hpp"

namespace {

/// What it reads is used: a point is a point of a law, and a label is a word.
void read(std::string_view text, const overtake::TableColumns& columns) {
    const overtake::ObservationSet set = overtake::observations_of_table(text, "fuzz.csv", columns);
    for (const overtake::Observation& o : set.observations) {
        const bool positive = o.parameters > 0 && o.tokens > 0 && o.loss > 0 && std::isfinite(o.parameters * 1.0) && std::isfinite(o.tokens) && std::isfinite(o.loss);
        overtake::expects(positive, "a point is positive and finite");
        overtake::expects(overtake::visible(o.scheme) == o.scheme && overtake::visible(o.cell) == o.cell, "labels are visible");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t first_end = text.find('\n');
    try {
        read(text, overtake::columns_by_name(text));
        read(text.substr(first_end == std::string_view::npos ? size : first_end + 1), overtake::parse_columns(std::string(text.substr(0, first_end))));
    } catch (const overtake::ConfigError& error) {
        overtake::expects(!error.problems().empty(), "an error names a problem");
    }
    return 0;
}
