// Which model fits paired differences better.
#include "analysis/gap_comparison.hpp"

#include <cmath>

namespace overtake {

namespace {

std::map<std::string, double> numbers_of(const PowerLawGap& g) { return {{"c", g.c}, {"a", g.a}, {"b", g.b}, {"alpha", g.alpha}, {"beta", g.beta}}; }
std::map<std::string, double> numbers_of(const LogLineGap& g) { return {{"c", g.c}, {"n", g.n}, {"d", g.d}}; }

template <typename Model>
GapModelFit describe(std::span<const PairedGap> gaps, const Model& model) {
    GapModelFit fit;
    fit.numbers = numbers_of(model);
    double n = static_cast<double>(gaps.size()), p = static_cast<double>(fit.numbers.size()) + 1;
    for (const PairedGap& g : gaps) {
        fit.squares += std::pow(model.at(g.parameters, g.tokens) - g.gap, 2);
    }
    double fitness = n * std::log(std::max(fit.squares, 1e-300) / n);
    fit.aic = fitness + 2 * p;
    fit.bic = fitness + p * std::log(n);
    return fit;
}

/// Weights of one draw: strata are pairs at equal (N, D) of the baseline; pairs alone there form one of their own.
std::vector<double> draw_weights(const std::vector<std::vector<std::size_t>>& strata, std::size_t count, bool last_is_single, RandomStream& random) {
    std::vector<double> weights(count, 0);
    for (std::size_t s = 0; s < strata.size(); ++s) {
        bool single = last_is_single && s + 1 == strata.size();
        std::size_t taken = single ? strata[s].size() : strata[s].size() - 1;
        for (std::size_t i = 0; i < taken; ++i) {
            weights[strata[s][random.below(strata[s].size())]] += static_cast<double>(strata[s].size()) / static_cast<double>(taken);
        }
    }
    return weights;
}

}  // namespace

std::optional<GapComparison> compare_gap_models(std::span<const PairedGap> gaps, std::size_t draws, std::uint64_t seed, double confidence) {
    std::optional<PowerLawGap> law = fit_power_law_gap(gaps);
    std::optional<LogLineGap> line = fit_log_line_gap(gaps);
    if (!law || !line) {
        return std::nullopt;
    }
    std::map<std::pair<double, double>, std::vector<std::size_t>> cells;
    for (std::size_t i = 0; i < gaps.size(); ++i) {
        cells[{gaps[i].parameters, gaps[i].tokens}].push_back(i);
    }
    std::vector<std::vector<std::size_t>> strata;
    std::vector<std::size_t> single;
    for (const auto& [place, members] : cells) {
        if (members.size() > 1) {
            strata.push_back(members);
        } else {
            single.push_back(members[0]);
        }
    }
    if (!single.empty()) {
        strata.push_back(single);
    }
    GapComparison out{gaps.size(), cells.size(), describe(gaps, *law), describe(gaps, *line), false};
    out.power_law_preferred = out.power_law.bic < out.line.bic;
    std::map<std::string, std::vector<double>> law_draws, line_draws;
    for (std::size_t k = 0; k < draws; ++k) {
        RandomStream random(seed, k);
        std::vector<double> weights = draw_weights(strata, gaps.size(), !single.empty(), random);
        std::vector<PairedGap> drawn(gaps.begin(), gaps.end());
        for (std::size_t i = 0; i < drawn.size(); ++i) {
            drawn[i].weight = weights[i];
        }
        if (auto drawn_law = fit_power_law_gap(drawn)) {
            for (const auto& [name, value] : numbers_of(*drawn_law)) {
                law_draws[name].push_back(value);
            }
        }
        if (auto drawn_line = fit_log_line_gap(drawn)) {
            for (const auto& [name, value] : numbers_of(*drawn_line)) {
                line_draws[name].push_back(value);
            }
        }
    }
    for (const auto& [name, values] : law_draws) {
        out.power_law.intervals[name] = percentile_interval(values, confidence);
    }
    for (const auto& [name, values] : line_draws) {
        out.line.intervals[name] = percentile_interval(values, confidence);
    }
    return out;
}

}  // namespace overtake
