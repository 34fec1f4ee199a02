// Sizes and budgets at which trials may be added.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "analysis/next_cells.hpp"

namespace overtake {

namespace {

constexpr double same = 1.05;  // sizes, and ratios of tokens to parameters, nearer than this are one
constexpr double widest_step = 1.5;  // between budgets of a size: they share its trunk, and many cells lean less on each one than many seeds do

/// Ascending values without near neighbours.
std::vector<double> distinct(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    std::vector<double> out;
    for (double v : values) {
        if (out.empty() || v > same * out.back()) {
            out.push_back(v);
        }
    }
    return out;
}

double median_step(const std::vector<double>& ladder) {
    std::vector<double> steps;
    for (std::size_t i = 1; i < ladder.size(); ++i) {
        steps.push_back(ladder[i] / ladder[i - 1]);
    }
    return steps.empty() ? 2 : std::max(median(steps), 1.25);
}

struct Known {
    double parameters = 0, tokens = 0;
    std::string cell;
    std::set<std::int64_t> seeds;
};

}  // namespace

std::vector<CandidateCell> candidate_cells(const Study& study, const Comparison& comparison, const NextOptions& options) {
    const SchemeLaw *b = study.find(comparison.baseline), *c = study.find(comparison.challenger);
    std::map<std::string, Known> by_cell;
    std::vector<double> sizes, ratios;
    std::set<std::int64_t> study_seeds;
    for (const SchemeLaw* s : {c, b}) {
        for (const Observation& o : s->observations) {
            Known& known = by_cell[o.cell];
            known = {o.parameters, o.tokens, o.cell, std::move(known.seeds)};
            known.seeds.insert(o.seed);
            study_seeds.insert(o.seed);
            sizes.push_back(o.parameters);
            ratios.push_back(o.tokens / o.parameters);
        }
    }
    std::vector<Known> known;
    for (auto& [name, cell] : by_cell) {
        known.push_back(std::move(cell));
    }
    auto is_near = [](double a, double b_) { return a < same * b_ && b_ < same * a; };
    sizes = distinct(sizes);
    ratios = distinct(ratios);
    const double size_step = median_step(sizes), ratio_step = median_step(ratios);
    ratios.insert(ratios.begin(), std::min(ratios.front(), std::max(ratios.front() / ratio_step, options.least_ratio)));
    ratios.push_back(std::max(ratios.back(), std::min(ratios.back() * ratio_step, options.most_ratio)));
    for (std::size_t i = 0, steps = ratios.size(); i + 1 < steps; ++i) {
        const double step = ratios[i + 1] / ratios[i];
        for (int part = 1, parts = static_cast<int>(std::ceil(std::log(step) / std::log(widest_step))); part < parts; ++part) {
            ratios.push_back(ratios[i] * std::pow(step, static_cast<double>(part) / parts));
        }
    }
    ratios = distinct(ratios);
    std::vector<double> further{sizes.front() / size_step};
    for (double n = sizes.back() * size_step; n <= options.most_parameters && b->cost.flops(n, n * ratios.front()) <= options.flops; n *= size_step) {
        further.push_back(n);
    }
    for (const double wanted : further) {
        const double n = options.nearest_size ? options.nearest_size(wanted) : wanted;
        if (n > 0 && n <= options.most_parameters) {
            sizes.push_back(n);
        }
    }
    sizes = distinct(sizes);
    for (double n : sizes) {
        for (double ratio : ratios) {
            bool there = std::any_of(known.begin(), known.end(), [&](const Known& k) { return is_near(k.parameters, n) && is_near(k.tokens / k.parameters, ratio); });
            if (!there) {
                known.push_back({n, n * ratio, "", {}});
            }
        }
    }
    std::sort(known.begin(), known.end(), [](const Known& x, const Known& y) { return std::pair(x.parameters, x.tokens) < std::pair(y.parameters, y.tokens); });
    std::vector<CandidateCell> out;
    for (const Known& k : known) {
        double of_b = b->cost.flops(k.parameters, k.tokens), of_c = c->cost.flops(k.parameters, k.tokens);
        if (k.tokens > options.most_tokens || std::max(of_b, of_c) > std::pow(10.0, comparison.horizon_log10_flops)) {
            continue;
        }
        std::vector<std::int64_t> seeds;
        std::int64_t seed = study_seeds.empty() ? 0 : *study_seeds.begin();
        for (auto next = study_seeds.begin(); static_cast<int>(seeds.size()) < options.seeds_per_cell;) {
            if (!k.seeds.contains(seed)) {
                seeds.push_back(seed);
            }
            seed = next != study_seeds.end() && ++next != study_seeds.end() ? *next : seed + 1;
        }
        for (const auto& [run_b, run_c] : {std::pair(true, true), std::pair(true, false), std::pair(false, true)}) {
            double flops = (run_b ? of_b : 0) + (run_c ? of_c : 0);
            if (flops <= options.flops) {
                out.push_back({{k.parameters, k.tokens, run_b, run_c}, k.cell, flops, seeds});
            }
        }
    }
    return out;
}

}  // namespace overtake
