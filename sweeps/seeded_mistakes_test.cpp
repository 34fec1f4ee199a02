// Two hundred mistakes in the examples, as people make them: every one refused at its place, nearly all with what would mend it.
#include "sweeps/seeded_mistakes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <vector>

#include "sweeps/specification.hpp"

namespace overtake {
namespace {

std::vector<std::string> example_texts() {
    std::vector<std::string> texts;
    for (const char* name : {"quickstart", "overtake", "cluster", "long-context", "heuristics", "tuned", "two-million"}) {
        std::ifstream in(std::filesystem::path(OVERTAKE_SOURCE_DIR) / "sweeps/examples" / (std::string(name) + ".toml"));
        std::ostringstream text;
        text << in.rdbuf();
        texts.push_back(text.str());
    }
    return texts;
}

struct Score {
    std::size_t refused = 0, placed = 0, mendable = 0, mended = 0;
    std::string shortcomings;
};

/// Of `count` different mistakes.
Score score(std::size_t count, std::uint64_t first_seed) {
    const std::vector<std::string> files = example_texts();
    std::set<std::string> seen;
    Score result;
    auto& [refused, placed, mendable, mended, shortcomings] = result;
    std::size_t made = 0;
    for (std::uint64_t seed = first_seed; made < count && seed < first_seed + 10 * count; ++seed) {
        const Mistake mistake = make_mistake(seed % mistake_kinds(), files[seed / mistake_kinds() % files.size()], seed);
        if (mistake.kind.empty() || !seen.insert(mistake.text).second) {
            continue;
        }
        ++made;
        mendable += mistake.suggestion.empty() ? 0 : 1;
        std::string said = "accepted";
        try {
            parse_specification(mistake.text, "m.toml");
        } catch (const ConfigError& error) {
            ++refused;
            said = error.what();
            const std::string where = "m.toml:" + std::to_string(mistake.line) + ":" + std::to_string(mistake.column);
            const auto at_place = [&](const Problem& problem) { return problem.where == where; };
            const bool found = std::any_of(error.problems().begin(), error.problems().end(), at_place);
            const bool helped = std::any_of(error.problems().begin(), error.problems().end(),
                                            [&](const Problem& problem) { return at_place(problem) && problem.what.find(mistake.suggestion) != std::string::npos; });
            placed += found ? 1 : 0;
            mended += helped && !mistake.suggestion.empty() ? 1 : 0;
            if (found && helped) {
                continue;
            }
        }
        std::istringstream lines(mistake.text);
        std::string line;
        for (std::int64_t i = 0; i < mistake.line; ++i) {
            std::getline(lines, line);
        }
        shortcomings += mistake.kind + " (seed " + std::to_string(seed) + "), wanted " + std::to_string(mistake.line) + ":" + std::to_string(mistake.column) + " ... " + mistake.suggestion + "\n    " + line +
                        "\n    " + said.substr(0, 400) + "\n";
    }
    EXPECT_EQ(made, count);
    return result;
}

void expect_good(const Score& score, std::size_t count) {
    EXPECT_EQ(score.refused, count) << score.shortcomings;
    EXPECT_EQ(score.placed, count) << score.shortcomings;
    EXPECT_GE(score.mendable, count * 9 / 10);
    EXPECT_GE(20 * score.mended, 19 * score.mendable) << score.mended << " of " << score.mendable << "\n" << score.shortcomings;
}

TEST(SeededMistakes, AreRefusedAtTheirPlaceWithWhatMendsThem) { expect_good(score(200, 0), 200); }

TEST(SeededMistakes, SoAreOthers) { expect_good(score(1000, 20000), 1000); }

}  // namespace
}  // namespace overtake
