// Attempts as CSV and as a Gantt picture in SVG.
#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "cluster/schedule/simulated_sweep.hpp"

namespace overtake {

namespace {

constexpr double width_px = 1000, height_px = 600, margin_px = 50;

/// [first, last] of every run of neighbouring ranks; `team` ascends.
std::vector<std::pair<int, int>> ranges_of(const std::vector<int>& team) {
    std::vector<std::pair<int, int>> ranges;
    for (const int rank : team) {
        if (!ranges.empty() && ranges.back().second + 1 == rank) {
            ranges.back().second = rank;
        } else {
            ranges.emplace_back(rank, rank);
        }
    }
    return ranges;
}

std::string_view outcome_of(const SimulatedAttempt& attempt) {
    static constexpr std::array<std::string_view, 4> words{"done", "diverged", "failed", "stopped"};
    return attempt.killed ? "killed" : words[static_cast<std::size_t>(attempt.outcome)];
}

constexpr std::array<std::string_view, 5> colour_by_kind{"#4c78a8", "#72b7b2", "#eeca3b", "#54a24b", "#b279a2"};
constexpr std::string_view colour_in_vain = "#e45756";

std::string_view colour_of(const Stage& stage, const SimulatedAttempt& attempt) {
    const bool in_vain = attempt.killed || attempt.outcome == StageOutcome::failed || attempt.outcome == StageOutcome::diverged;
    return in_vain ? colour_in_vain : colour_by_kind[static_cast<std::size_t>(stage.kind)];
}

template <class... Values>
std::string print(const char* pattern, Values... values) {
    std::array<char, 256> buffer{};
    std::snprintf(buffer.data(), buffer.size(), pattern, values...);
    return buffer.data();
}

}  // namespace

std::string trace_csv(const StageForest& forest, const std::vector<SimulatedAttempt>& attempts) {
    std::string text = "stage,kind,attempt,outcome,begin_s,end_s,width,ranks\n";
    for (const SimulatedAttempt& attempt : attempts) {
        const Stage& stage = forest.stages[attempt.stage];
        text.append(stage.id).append(",").append(name_of(stage.kind)).append(print(",%lld,", static_cast<long long>(attempt.attempt)));
        text.append(outcome_of(attempt)).append(print(",%.6f,%.6f,%zu,", attempt.begin_s, attempt.end_s, attempt.team.size()));
        const char* space = "";
        for (const auto& [first, last] : ranges_of(attempt.team)) {
            text.append(space).append(first == last ? print("%d", first) : print("%d-%d", first, last));
            space = " ";
        }
        text += '\n';
    }
    return text;
}

std::string gantt_svg(const StageForest& forest, const std::vector<SimulatedAttempt>& attempts, int ranks, const std::string& title) {
    double end_s = 1e-9;
    for (const SimulatedAttempt& attempt : attempts) {
        end_s = std::max(end_s, attempt.end_s);
    }
    std::string text = print("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" font-family=\"sans-serif\" font-size=\"13\">\n",
                             width_px + 2 * margin_px, height_px + 2 * margin_px);
    text += print("<rect x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"%.0f\" fill=\"#f2f2f2\"/>\n", margin_px, margin_px, width_px, height_px);
    for (const SimulatedAttempt& attempt : attempts) {
        const std::string_view colour = colour_of(forest.stages[attempt.stage], attempt);
        for (const auto& [first, last] : ranges_of(attempt.team)) {
            text += print("<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" stroke=\"#fff\" stroke-width=\"0.2\" fill=\"", margin_px + width_px * attempt.begin_s / end_s,
                          margin_px + height_px * first / ranks, width_px * (attempt.end_s - attempt.begin_s) / end_s, height_px * (last - first + 1) / ranks);
            text.append(colour).append("\"/>\n");
        }
    }
    std::string safe_title;
    for (const char letter : title) {
        safe_title += letter == '<' || letter == '>' || letter == '&' ? ' ' : letter;
    }
    text += print("<text x=\"%.0f\" y=\"%.0f\">", margin_px, margin_px - 15) + safe_title + "</text>\n";
    text += print("<text x=\"%.0f\" y=\"%.0f\">0 s</text><text x=\"%.0f\" y=\"%.0f\" text-anchor=\"end\">%.0f s</text>\n", margin_px, height_px + margin_px + 20,
                  margin_px + width_px, height_px + margin_px + 20, end_s);
    text += print("<text x=\"%.0f\" y=\"%.0f\">rank 0</text><text x=\"%.0f\" y=\"%.0f\">%d</text>\n", 2.0, margin_px + 12, 2.0, margin_px + height_px, ranks - 1);
    double at_px = margin_px + 90;
    const auto key = [&](std::string_view colour, std::string_view words) {
        text += print("<rect x=\"%.0f\" y=\"%.0f\" width=\"12\" height=\"12\" fill=\"", at_px, height_px + margin_px + 9);
        text.append(colour).append("\"/>").append(print("<text x=\"%.0f\" y=\"%.0f\">", at_px + 17, height_px + margin_px + 20)).append(words).append("</text>\n");
        at_px += 30 + 8 * static_cast<double>(words.size());
    };
    for (std::size_t kind = 0; kind < colour_by_kind.size(); ++kind) {
        key(colour_by_kind[kind], name_of(static_cast<StageKind>(kind)));
    }
    key(colour_in_vain, "killed, failed or diverged");
    text += "</svg>\n";
    return text;
}

}  // namespace overtake
