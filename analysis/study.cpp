// The whole analysis of one set of points.
#include "analysis/study.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/gap_models.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

std::vector<SchemeLaw> group_by_scheme(std::span<const Observation> observations) {
    std::vector<SchemeLaw> schemes;
    for (const Observation& o : observations) {
        auto found = std::find_if(schemes.begin(), schemes.end(), [&](const SchemeLaw& s) { return s.scheme == o.scheme; });
        if (found == schemes.end()) {
            schemes.emplace_back();
            found = schemes.end() - 1;
            found->scheme = o.scheme;
            found->scheme_class = o.scheme_class;
        }
        found->observations.push_back(o);
    }
    for (SchemeLaw& s : schemes) {
        std::vector<double> n, d, loss;
        s.low_log10_flops = INFINITY;
        s.high_log10_flops = -INFINITY;
        for (const Observation& o : s.observations) {
            n.push_back(o.parameters);
            d.push_back(o.tokens);
            loss.push_back(o.loss);
            s.low_log10_flops = std::min(s.low_log10_flops, std::log10(o.flops));
            s.high_log10_flops = std::max(s.high_log10_flops, std::log10(o.flops));
        }
        s.points = LawPoints(n, d, loss);
        s.cost = fit_cost(s.observations);
    }
    return schemes;
}

double quantity(const PowerLaw& law, const CostLaw& cost, const std::string& name) {
    double a = law.alpha / cost.p, b = law.beta / cost.q;
    return name == "E" ? law.E : name == "A" ? law.A : name == "B" ? law.B : name == "alpha" ? law.alpha : name == "beta" ? law.beta : b / (a + b) / cost.p;
}

void add_intervals(SchemeLaw& s, const std::vector<PowerLaw>& draws, double confidence) {
    for (const char* name : {"E", "A", "B", "alpha", "beta", "N_exponent"}) {
        std::vector<double> values;
        for (const PowerLaw& law : draws) {
            values.push_back(quantity(law, s.cost, name));
        }
        s.intervals[name] = percentile_interval(values, confidence);
    }
    for (const char* name : {"E", "alpha", "beta"}) {
        Interval i = s.intervals[name];
        if (!(i.high - i.low <= std::abs(quantity(s.law, s.cost, name)))) {
            s.flags.push_back(std::string("interval of ") + name + " wider than its value: not identified");
        }
    }
    double smallest = *std::min_element(s.points.loss().begin(), s.points.loss().end());
    if (s.intervals["E"].low < 0.05 * smallest && s.law.E >= 0.02 * smallest) {
        s.flags.push_back("interval of E reaches 0: not identified");
    }
    if (s.intervals["alpha"].low < 0.02 || s.intervals["beta"].low < 0.02 || s.intervals["alpha"].high > 3 || s.intervals["beta"].high > 3) {
        s.flags.push_back("interval of an exponent reaches the edge of what is plausible");
    }
}

/// Mean square of the cell means of the residuals over that of the deviations within cells: 1 if seeds explain all, large if the law
/// misses whole cells. 0 with fewer than 6 degrees of freedom within cells, or none left between them.
double lack_of_fit(const SchemeLaw& s) {
    std::map<std::string, std::vector<double>> cells;
    std::vector<double> residuals = law_residuals(s.points, s.law);
    for (std::size_t i = 0; i < residuals.size(); ++i) {
        cells[s.observations[i].cell].push_back(residuals[i]);
    }
    double between = 0, within = 0;
    for (const auto& [cell, values] : cells) {
        double mean = 0;
        for (double r : values) {
            mean += r / static_cast<double>(values.size());
        }
        between += mean * mean * static_cast<double>(values.size());
        for (double r : values) {
            within += (r - mean) * (r - mean);
        }
    }
    double cells_free = static_cast<double>(cells.size()) - 5, seeds_free = static_cast<double>(residuals.size() - cells.size());
    return cells_free < 1 || seeds_free < 6 ? 0 : (between / cells_free) / std::max(within / seeds_free, 1e-300);
}

double median_ratio(const std::vector<SchemeLaw>& schemes) {
    std::vector<double> ratios;
    for (const SchemeLaw& s : schemes) {
        for (const Observation& o : s.observations) {
            ratios.push_back(o.tokens / o.parameters);
        }
    }
    return median(ratios);
}

void require_scheme(const Study& study, const std::string& name, const char* role) {
    if (study.find(name) == nullptr) {
        std::string names;
        for (const SchemeLaw& s : study.schemes) {
            names += (names.empty() ? "" : ", ") + s.scheme;
        }
        throw ConfigError({{role, "no finished trial of scheme '" + name + "' (there are: " + names + "); choose one of them"}});
    }
}

/// Point estimates that must agree before a crossing beyond the data is claimed (design 9a).
std::vector<GapOpinion> opinions_on(const SchemeLaw& b, const SchemeLaw& c, const FitOptions& options) {
    std::vector<GapOpinion> out;
    auto law_gap = [&b, &c](const PowerLaw& base, const PowerLaw& challenger) -> GapFunction {
        return [&b, &c, base, challenger](double x) {
            double flops = std::pow(10.0, x);
            return frontier(challenger, c.cost, flops).loss - frontier(base, b.cost, flops).loss;
        };
    };
    std::vector<LawPoints> points{b.points, c.points};
    std::vector<LawFit> fits{b.fit, c.fit};
    JointFit joint = fit_joint(points, fits, options.delta);
    out.push_back({"shared E", law_gap(joint.laws[0], joint.laws[1])});
    out.push_back({"separate E", law_gap(b.fit.law, c.fit.law)});
    auto along = [&b](auto model) -> GapFunction {
        return [&b, model](double x) {
            FrontierPoint at = frontier(b.law, b.cost, std::pow(10.0, x));
            return model.at(at.parameters, at.tokens);
        };
    };
    std::vector<PairedGap> gaps = paired_gaps(b.observations, c.observations);
    if (auto model = fit_power_law_gap(gaps)) {
        out.push_back({"power-law gap", along(*model)});
    }
    if (auto model = fit_log_line_gap(gaps)) {
        out.push_back({"log-line gap", along(*model)});
    }
    if (out.size() < 4) {
        out.push_back({"paired differences (too few)", [](double) { return 1.0; }});
    }
    return out;
}

bool plausible(const PowerLaw& law) { return law.alpha > 0.02 && law.alpha < 3 && law.beta > 0.02 && law.beta < 3; }

/// Fits all usable schemes with one E, unless the test or the options forbid it; returns those that share it. A scheme that stays
/// degenerate would bend everybody's E, so it is taken out and the rest is fitted again.
std::vector<std::size_t> share_floor(Study& study, std::vector<std::size_t> members, const StudyOptions& options) {
    while (members.size() > 1 && options.shared_floor != SharedFloor::never) {
        std::vector<LawPoints> points;
        std::vector<LawFit> fits;
        for (std::size_t k : members) {
            points.push_back(study.schemes[k].points);
            fits.push_back(study.schemes[k].fit);
        }
        JointFit joint = fit_joint(points, fits, options.fit.delta);
        std::vector<std::size_t> sound;
        for (std::size_t i = 0; i < members.size(); ++i) {
            if (plausible(joint.laws[i])) {
                sound.push_back(members[i]);
            } else {
                study.floor_left_out.push_back(study.schemes[members[i]].scheme);
            }
        }
        if (sound.size() < members.size()) {
            members = sound;
            continue;
        }
        study.floor_test = test_shared_floor(points, fits, joint, options.fit.delta);
        study.floor_shared = options.shared_floor == SharedFloor::always || study.floor_test.p_value >= 0.05;
        for (std::size_t i = 0; study.floor_shared && i < members.size(); ++i) {
            SchemeLaw& s = study.schemes[members[i]];
            s.law = joint.laws[i];
            LawCoordinates unused{};
            s.objective = law_objective(s.points, options.fit.delta, s.points.coordinates(s.law).data(), unused.data());
        }
        break;
    }
    return study.floor_shared ? members : std::vector<std::size_t>{};
}

}  // namespace

const SchemeLaw* Study::find(const std::string& scheme) const {
    for (const SchemeLaw& s : schemes) {
        if (s.scheme == scheme) {
            return &s;
        }
    }
    return nullptr;
}

LawEvidence Study::evidence(std::size_t k) const {
    const SchemeLaw& s = schemes[k];
    auto [low, high] = std::minmax_element(s.observations.begin(), s.observations.end(),
                                           [](const Observation& a, const Observation& b) { return a.parameters < b.parameters; });
    return {s.scheme, s.law, draws.draws[k], draws.jackknife[k], s.cost, s.low_log10_flops, s.high_log10_flops, low->parameters, high->parameters};
}

Comparison compare_schemes(const Study& study, std::size_t baseline, std::size_t challenger) {
    const SchemeLaw &b = study.schemes[baseline], &s = study.schemes[challenger];
    if (!b.fit.usable || !s.fit.usable) {
        Comparison c;
        c.baseline = b.scheme;
        c.challenger = s.scheme;
        c.options = study.options.comparison;
        c.reason = "no law for " + (b.fit.usable ? s.scheme + ": " + s.fit.reason : b.scheme + ": " + b.fit.reason);
        c.sentence = verdict_sentence(c);
        return c;
    }
    Comparison c = compare(study.evidence(baseline), study.evidence(challenger), opinions_on(b, s, study.options.fit), study.options.comparison);
    if (c.at_fixed_ratio) {
        c.notes.push_back("a law has no compute-optimal frontier near the trained sizes: compared at fixed tokens per parameter");
    }
    for (const SchemeLaw* law : {&b, &s}) {
        for (const std::string& flag : law->flags) {
            c.notes.push_back((law->scheme.empty() ? "" : law->scheme + ": ") + flag);
        }
    }
    return c;
}

Study make_study(std::span<const Observation> observations, const StudyOptions& options) {
    Study study;
    study.options = options;
    study.schemes = group_by_scheme(observations);
    if (study.schemes.empty()) {
        return study;
    }
    study.context = study.schemes[0].observations[0].context;
    study.baseline = !options.baseline.empty() ? options.baseline : study.find("rope") != nullptr ? "rope" : study.schemes[0].scheme;
    if (!options.baseline.empty()) {
        require_scheme(study, study.baseline, "baseline");
    }
    for (const std::string& name : options.challengers) {
        require_scheme(study, name, "challenger");
    }

    std::vector<std::size_t> usable;
    std::vector<LawPoints> points;
    for (std::size_t k = 0; k < study.schemes.size(); ++k) {
        SchemeLaw& s = study.schemes[k];
        s.fit = fit_law(s.points, options.fit);
        s.flags = s.fit.flags;
        s.law = s.fit.law;
        s.objective = s.fit.objective;
        if (s.cost.worst_error > 0.05) {
            s.flags.push_back("cost law misses counted FLOPs by up to " + std::to_string(std::lround(100 * s.cost.worst_error)) + " %");
        }
        if (s.fit.usable) {
            usable.push_back(k);
            points.push_back(s.points);
        }
    }
    std::vector<std::size_t> sharing = share_floor(study, usable, options);
    std::vector<std::vector<Observation>> by_scheme;
    std::vector<std::vector<double>> residuals;
    std::vector<PowerLaw> laws;
    std::vector<std::vector<std::size_t>> groups;
    std::size_t shared_group = usable.size();
    for (std::size_t i = 0; i < usable.size(); ++i) {
        const SchemeLaw& s = study.schemes[usable[i]];
        by_scheme.push_back(s.observations);
        residuals.push_back(law_residuals(s.points, s.law));
        laws.push_back(s.law);
        bool shares = std::find(sharing.begin(), sharing.end(), usable[i]) != sharing.end();
        if (shares && shared_group < usable.size()) {
            groups[shared_group].push_back(i);
        } else {
            shared_group = shares ? groups.size() : shared_group;
            groups.push_back({i});
        }
    }
    study.correlation = seed_correlation(by_scheme, residuals);
    study.paired = options.pairing == Pairing::always || (options.pairing == Pairing::by_test && study.correlation.p_value < 0.05);
    BootstrapOptions bootstrap = options.bootstrap;
    bootstrap.delta = options.fit.delta;
    LawDraws draws = bootstrap_laws(points, laws, groups, make_units(by_scheme, study.paired), bootstrap);
    study.draws.draws.resize(study.schemes.size());
    study.draws.jackknife.resize(study.schemes.size());
    for (std::size_t i = 0; i < usable.size(); ++i) {
        study.draws.draws[usable[i]] = std::move(draws.draws[i]);
        study.draws.jackknife[usable[i]] = std::move(draws.jackknife[i]);
        SchemeLaw& s = study.schemes[usable[i]];
        if (double ratio = lack_of_fit(s); ratio > 10) {
            s.flags.push_back("the law misses whole cells: " + std::to_string(std::lround(std::min(ratio, 1e6))) +
                              " times the seeds' variance; intervals hold for the fitted curve only");
        }
        add_intervals(s, study.draws.draws[usable[i]], options.comparison.confidence);
    }

    StudyOptions used = options;
    if (options.ratio_from_data) {
        used.comparison.tokens_per_parameter = median_ratio(study.schemes);
    }
    study.options = used;
    std::size_t base = 0;
    for (std::size_t k = 0; k < study.schemes.size(); ++k) {
        base = study.schemes[k].scheme == study.baseline ? k : base;
    }
    for (std::size_t k = 0; k < study.schemes.size(); ++k) {
        const std::string& name = study.schemes[k].scheme;
        bool wanted = options.challengers.empty() || std::find(options.challengers.begin(), options.challengers.end(), name) != options.challengers.end();
        if (!options.compare || k == base || !wanted) {
            continue;
        }
        study.comparisons.push_back(compare_schemes(study, base, k));
    }
    return study;
}

std::vector<Study> make_studies(std::span<const Observation> observations, const StudyOptions& options) {
    std::map<std::int64_t, std::vector<Observation>> by_context;
    for (const Observation& o : observations) {
        by_context[o.context].push_back(o);
    }
    std::vector<Study> studies;
    for (const auto& [context, group] : by_context) {
        studies.push_back(make_study(group, options));
    }
    return studies;
}

}  // namespace overtake
