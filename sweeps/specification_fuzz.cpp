// Any bytes as a sweep file, by the whole way from TOML to stages: values or words, never a crash. For libFuzzer (preset fuzz) and the replay test.
#include <cstdint>
#include <string_view>

#include "sweeps/document.hpp"
#include "sweeps/grid.hpp"
#include "sweeps/specification.hpp"
#include "sweeps/stage_forest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::uint64_t most_points = 64;  // large grids only repeat what small ones do, and take their time
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    overtake::Complaints complaints("fuzz.toml");
    const overtake::DocumentNode document = overtake::parse_document(text, complaints);
    if (complaints.empty() && overtake::count_points(overtake::read_grid(document, complaints)) > most_points) {
        return 0;
    }
    try {
        const overtake::Specification specification = overtake::parse_specification(text, "fuzz.toml");
        if (specification.trials.size() <= most_points) {
            overtake::grow_forest(specification.trials);
        }
    } catch (const overtake::ConfigError& error) {
        overtake::expects(!error.problems().empty(), "an error names a problem");
        for (const overtake::Problem& problem : error.problems()) {
            overtake::expects(problem.where.starts_with("fuzz.toml:") && !problem.what.empty(), "a problem has a place and words");
        }
    }
    return 0;
}
