// Errors of laws, and of the gap between them, on sizes that they were not fitted to.
#include "analysis/held_out.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "analysis/joint_fit.hpp"
#include "analysis/statistics.hpp"
#include "analysis/study.hpp"

namespace overtake {

namespace {

/// First N of every group, ascending.
std::vector<double> size_groups(const Study& study) {
    std::vector<double> sizes;
    for (const SchemeLaw& s : study.schemes) {
        for (const Observation& o : s.observations) {
            sizes.push_back(o.parameters);
        }
    }
    std::sort(sizes.begin(), sizes.end());
    std::vector<double> first;
    double last = 0;
    for (double n : sizes) {
        if (first.empty() || n > 1.15 * last) {
            first.push_back(n);
        }
        last = n;
    }
    if (first.size() > 12 || first.size() < 3) {
        first.clear();
        for (int i = 0; i < 6; ++i) {
            first.push_back(quantile(sizes, i / 6.0));
        }
        first.erase(std::unique(first.begin(), first.end()), first.end());
    }
    return first;
}

std::vector<Observation> part_of(const std::vector<Observation>& all, double low, double high, bool inside) {
    std::vector<Observation> out;
    for (const Observation& o : all) {
        if ((o.parameters >= low && o.parameters < high) == inside) {
            out.push_back(o);
        }
    }
    return out;
}

std::vector<PowerLaw> fit_rest(const Study& study, const std::vector<std::vector<Observation>>& rest) {
    std::vector<PowerLaw> laws(rest.size(), PowerLaw{NAN, NAN, NAN, NAN, NAN});
    std::vector<LawPoints> points;
    std::vector<LawFit> fits;
    std::vector<std::size_t> sharing;
    for (std::size_t k = 0; k < rest.size(); ++k) {
        if (rest[k].empty()) {
            continue;
        }
        FitOptions options = study.options.fit;
        options.start_stride = std::max(options.start_stride, 149);
        options.check = false;
        LawPoints these = group_by_scheme(rest[k], study.options.points)[0].points;
        LawFit fit = fit_law(these, options);
        if (!fit.usable) {
            continue;
        }
        laws[k] = fit.law;
        bool left_out = std::find(study.floor_left_out.begin(), study.floor_left_out.end(), study.schemes[k].scheme) != study.floor_left_out.end();
        if (study.floor_shared && !left_out) {
            points.push_back(these);
            fits.push_back(fit);
            sharing.push_back(k);
        }
    }
    if (sharing.size() > 1) {
        JointFit joint = fit_joint(points, fits, study.options.fit.delta, study.options.fit.constraints, study.options.sharing);
        for (std::size_t i = 0; i < sharing.size(); ++i) {
            laws[sharing[i]] = joint.laws[i];
        }
    }
    return laws;
}

HeldOutError error_of(const std::string& scheme, const PowerLaw& law, const std::vector<Observation>& held) {
    HeldOutError e;
    e.scheme = scheme;
    e.rows = held.size();
    double count = static_cast<double>(held.size());
    for (const Observation& o : held) {
        double r = std::log(law.loss(o.parameters, o.tokens) / o.loss);
        e.bias += r / count;
        e.root_mean_square += r * r / count;
    }
    e.root_mean_square = std::sqrt(e.root_mean_square);
    return e;
}

void add_gap_error(HeldOutError& e, const PowerLaw& baseline_law, const PowerLaw& law, const std::vector<Observation>& baseline,
                   const std::vector<Observation>& held) {
    double sum = 0, squares = 0, measured = 0, pairs = 0;
    for (const Observation& o : held) {
        auto partner = std::find_if(baseline.begin(), baseline.end(), [&](const Observation& b) { return b.cell == o.cell && b.seed == o.seed; });
        if (partner == baseline.end()) {
            continue;
        }
        double gap = o.loss - partner->loss;
        double error = law.loss(o.parameters, o.tokens) - baseline_law.loss(partner->parameters, partner->tokens) - gap;
        sum += error;
        squares += error * error;
        measured += gap;
        ++pairs;
    }
    if (pairs > 0) {
        e.pairs = static_cast<std::size_t>(pairs);
        e.gap_bias = sum / pairs;
        e.gap_root_mean_square = std::sqrt(squares / pairs);
        e.mean_gap = measured / pairs;
    }
}

}  // namespace

std::vector<HeldOutSizes> hold_out_sizes(const Study& study) {
    std::vector<double> first = size_groups(study);
    std::vector<HeldOutSizes> out;
    for (std::size_t g = 0; g < first.size() && first.size() > 1; ++g) {
        double low = first[g], high = g + 1 < first.size() ? first[g + 1] : INFINITY;
        HeldOutSizes sizes{INFINITY, 0, g + 1 == first.size(), {}};
        std::vector<std::vector<Observation>> rest, held;
        std::size_t base = study.schemes.size();
        for (std::size_t k = 0; k < study.schemes.size(); ++k) {
            const SchemeLaw& s = study.schemes[k];
            rest.push_back(s.fit.usable ? part_of(s.observations, low, high, false) : std::vector<Observation>{});
            held.push_back(part_of(s.observations, low, high, true));
            base = s.scheme == study.baseline ? k : base;
            for (const Observation& o : held.back()) {
                sizes.low_parameters = std::min(sizes.low_parameters, o.parameters);
                sizes.high_parameters = std::max(sizes.high_parameters, o.parameters);
            }
        }
        std::vector<PowerLaw> laws = fit_rest(study, rest);
        for (std::size_t k = 0; k < laws.size(); ++k) {
            if (std::isnan(laws[k].E) || held[k].empty()) {
                continue;
            }
            HeldOutError e = error_of(study.schemes[k].scheme, laws[k], held[k]);
            if (base < laws.size() && k != base && !std::isnan(laws[base].E)) {
                add_gap_error(e, laws[base], laws[k], held[base], held[k]);
            }
            sizes.errors.push_back(e);
        }
        out.push_back(sizes);
    }
    return out;
}

}  // namespace overtake
