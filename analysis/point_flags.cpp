// What a careful reader would object to in a set of points.
#include "analysis/point_flags.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "analysis/text.hpp"

namespace overtake {

namespace {

using Flags = std::vector<std::string>;

std::string named(const SchemeLaw& s) { return s.scheme.empty() ? "" : s.scheme + ": "; }

/// Attention over 6 N: T / (12 width) for causal attention and 12 layers width^2 parameters, width from N at 64 channels a layer.
double attention_share(double parameters, std::int64_t context) { return static_cast<double>(context) / (12 * std::cbrt(64 * parameters / 12)); }

void flag_compute(const Study& study, bool exact_flops, Flags& flags) {
    double least = INFINITY, most = 0;
    for (const SchemeLaw& s : study.schemes) {
        for (const Observation& o : s.observations) {
            least = std::min(least, attention_share(o.parameters, o.context));
            most = std::max(most, attention_share(o.parameters, o.context));
        }
    }
    if (!exact_flops && most > 0.1) {
        flags.push_back("compute is 6 N D, which omits attention: at " + std::to_string(study.context) + " tokens of context causal attention adds roughly " +
                        fixed(100 * least, 0) + " to " + fixed(100 * most, 0) + " % (for models of usual shape), and not to every scheme alike; give exact FLOPs (flops=COLUMN)");
    }
}

void flag_repeats(const SchemeLaw& s, Flags& flags) {
    std::map<std::tuple<double, double, std::int64_t, std::string>, std::vector<double>> runs;
    for (const Observation& o : s.observations) {
        runs[{o.parameters, o.tokens, o.seed, o.cell}].push_back(o.loss);
    }
    std::size_t same = 0, unlike = 0;
    for (auto& [key, losses] : runs) {
        const std::size_t different = std::set<double>(losses.begin(), losses.end()).size();
        same += losses.size() - different;
        unlike += different - 1;
    }
    if (same > 0) {
        flags.push_back(named(s) + counted(same, "row") + " repeat another in scheme, N, D, seed and loss: counted twice");
    }
    if (unlike > 0) {
        flags.push_back(named(s) + counted(unlike, "row") + " have scheme, N, D and seed of another but a different loss: what sets them apart (learning rate, shape, batch) isn't in the columns");
    }
}

/// Groups of equal compute, the lowest loss of each N: budgets are met within some per cent, so a group ends where the next C is over 10 % higher. Groups
/// that reach over a factor 1.5 are no budgets but a continuum.
std::vector<std::map<double, double>> groups_of_compute(const SchemeLaw& s) {
    std::vector<Observation> sorted = s.observations;
    std::sort(sorted.begin(), sorted.end(), [](const Observation& a, const Observation& b) { return a.flops < b.flops; });
    std::vector<std::map<double, double>> groups;
    for (std::size_t first = 0, end = 1; first < sorted.size(); first = end++) {
        while (end < sorted.size() && sorted[end].flops <= 1.1 * sorted[end - 1].flops) {
            ++end;
        }
        std::map<double, double> losses;
        for (std::size_t i = first; i < end; ++i) {
            double& loss = losses.try_emplace(sorted[i].parameters, sorted[i].loss).first->second;
            loss = std::min(loss, sorted[i].loss);
        }
        if (losses.size() >= 3 && sorted[end - 1].flops <= 1.5 * sorted[first].flops) {
            groups.push_back(std::move(losses));
        }
    }
    return groups;
}

void flag_groups(const SchemeLaw& s, Flags& flags) {
    const std::vector<std::map<double, double>> groups = groups_of_compute(s);
    if (groups.size() < 2) {
        return;
    }
    std::size_t at_edge = 0;
    double narrowest = INFINITY, widest = 0;
    for (const auto& group : groups) {
        const auto best = std::min_element(group.begin(), group.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
        at_edge += best == group.begin() || best == std::prev(group.end()) ? 1 : 0;
        const double span = group.rbegin()->first / group.begin()->first;
        narrowest = std::min(narrowest, span);
        widest = std::max(widest, span);
    }
    if (at_edge >= 3 || (at_edge == 2 && groups.size() <= 4)) {
        flags.push_back(named(s) + "in " + std::to_string(at_edge) + " of " + std::to_string(groups.size()) +
                        " groups of equal compute the lowest loss lies at the smallest or largest size: the optimum is not bracketed");
    }
    if (widest < 3) {
        flags.push_back(named(s) + "groups of equal compute span a factor " + fixed(narrowest, 1) + " to " + fixed(widest, 1) +
                        " in N: too narrow for exponents (sizes should span 3 or more)");
    }
}

void flag_span(const SchemeLaw& s, Flags& flags) {
    if (const double decades = s.high_log10_flops - s.low_log10_flops; decades < 1) {
        flags.push_back(named(s) + "compute spans " + fixed(decades, 2) + " decades: what changes with C is seen over less than one");
    }
}

void flag_seeds(const Study& study, Flags& flags) {
    std::map<std::pair<std::string, std::string>, std::set<std::int64_t>> seeds;
    for (const SchemeLaw& s : study.schemes) {
        for (const Observation& o : s.observations) {
            seeds[{s.scheme, o.cell}].insert(o.seed);
        }
    }
    const bool some = std::any_of(seeds.begin(), seeds.end(), [](const auto& cell) { return cell.second.size() > 1; });
    if (!some && !seeds.empty()) {
        flags.push_back("no cell has two seeds: the noise between seeds is unknown, and intervals rest on the scatter about the law alone");
    }
}

double overlap(double low_a, double high_a, double low_b, double high_b) {
    const double common = std::min(high_a, high_b) - std::max(low_a, low_b), wider = std::max(high_a - low_a, high_b - low_b);
    return wider > 1e-9 ? std::max(common, 0.0) / wider : 1;
}

void flag_pair(const SchemeLaw& a, const SchemeLaw& b, Flags& flags) {
    std::set<std::string> cells_a, cells_b, common;
    double range[2][2][2];  // [scheme][N, C][low, high], in log10
    for (int k : {0, 1}) {
        const SchemeLaw& s = k == 0 ? a : b;
        range[k][0][0] = range[k][1][0] = INFINITY;
        range[k][0][1] = range[k][1][1] = -INFINITY;
        for (const Observation& o : s.observations) {
            (k == 0 ? cells_a : cells_b).insert(o.cell);
            for (int q : {0, 1}) {
                const double value = std::log10(q == 0 ? o.parameters : o.flops);
                range[k][q][0] = std::min(range[k][q][0], value);
                range[k][q][1] = std::max(range[k][q][1], value);
            }
        }
    }
    std::set_intersection(cells_a.begin(), cells_a.end(), cells_b.begin(), cells_b.end(), std::inserter(common, common.begin()));
    if (2 * common.size() < std::max(cells_a.size(), cells_b.size())) {
        flags.push_back(a.scheme + " and " + b.scheme + " share " + std::to_string(common.size()) + " of " + std::to_string(cells_a.size()) + " and " +
                        std::to_string(cells_b.size()) + " cells: few differences at equal N and D are seen, the comparison rests on the laws' form");
    }
    for (int q : {0, 1}) {
        if (const double share = overlap(range[0][q][0], range[0][q][1], range[1][q][0], range[1][q][1]); share < 0.5) {
            flags.push_back(a.scheme + " and " + b.scheme + " overlap in " + fixed(100 * share, 0) + " % of their range of " + (q == 0 ? "N" : "C"));
        }
    }
}

}  // namespace

std::vector<std::string> point_flags(const Study& study, bool exact_flops) {
    Flags flags;
    flag_compute(study, exact_flops, flags);
    flag_seeds(study, flags);
    for (const SchemeLaw& s : study.schemes) {
        flag_repeats(s, flags);
        flag_groups(s, flags);
        flag_span(s, flags);
    }
    const SchemeLaw* baseline = study.find(study.baseline);
    for (const SchemeLaw& s : study.schemes) {
        if (baseline != nullptr && &s != baseline) {
            flag_pair(*baseline, s, flags);
        }
    }
    if (study.floor_test.degrees > 0 && study.floor_test.p_value < 0.05) {
        flags.push_back("the test rejects one E for all schemes (p = " + significant(study.floor_test.p_value, 2) +
                        "), although they should share the data's entropy: mind unequal grids, untuned runs and how N and C are counted");
    }
    return flags;
}

}  // namespace overtake
