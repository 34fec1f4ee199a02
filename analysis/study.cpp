// The whole analysis of one set of points.
#include "analysis/study.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/examination.hpp"
#include "analysis/family.hpp"
#include "analysis/law_flags.hpp"
#include "analysis/shared_floor.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

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

/// All comparisons of a call are one family, whatever their context.
void adjust_families(std::span<Study> studies) {
    std::vector<Comparison*> family;
    for (Study& study : studies) {
        for (Comparison& c : study.comparisons) {
            family.push_back(&c);
        }
    }
    adjust_family(family);
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
    return {s.scheme, s.law, draws.draws[k], draws.jackknife[k], influence.of_unit[k], influence.centre[k], s.cost, s.low_log10_flops, s.high_log10_flops, low->parameters, high->parameters};
}

LawEvidence Study::evidence_apart(std::size_t k) const {
    LawEvidence e = evidence(k);
    if (apart) {
        e.law = apart->laws[k];
        e.draws = apart->draws.draws[k];
        e.jackknife = apart->draws.jackknife[k];
        e.influence = apart->influence.of_unit[k];
        e.centre = apart->influence.centre[k];
    }
    return e;
}

Study make_study(std::span<const Observation> observations, const StudyOptions& options) {
    Study study;
    study.options = options;
    study.schemes = group_by_scheme(observations, options.points);
    if (study.schemes.empty()) {
        return study;
    }
    study.context = study.schemes[0].observations[0].context;
    study.train_length = study.schemes[0].observations[0].train_length;
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
        flag_cost(s, options.comparison.cost_unit);
        flag_untuned(s);
        if (s.fit.usable) {
            usable.push_back(k);
            points.push_back(s.points);
        }
    }
    FloorDecision floor = share_floor(study.schemes, usable, options.shared_floor, options.fit, options.sharing, options.examine);
    study.floor_test = floor.test;
    study.floor_shared = floor.shared;
    study.sharing_models = floor.models;
    study.floor_left_out = floor.left_out;
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
        bool shares = std::find(floor.members.begin(), floor.members.end(), usable[i]) != floor.members.end();
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
    bootstrap.constraints = options.fit.constraints;
    bootstrap.sharing = options.sharing;
    const ResamplingUnits units = make_units(by_scheme, study.paired);
    LawDraws draws = bootstrap_laws(points, laws, groups, units, bootstrap);
    auto by_study = [&](LawInfluence&& of_usable) {
        LawInfluence all;
        all.of_unit.resize(study.schemes.size());
        all.centre.resize(study.schemes.size());
        for (std::size_t i = 0; i < usable.size(); ++i) {
            all.of_unit[usable[i]] = std::move(of_usable.of_unit[i]);
            all.centre[usable[i]] = of_usable.centre[i];
        }
        return all;
    };
    study.influence = by_study(law_influence(points, laws, groups, units, bootstrap));
    if (options.shared_floor == SharedFloor::by_test && floor.shared) {
        study.floor_in_doubt = floor.test.p_value < perhaps_unequal;
        std::vector<PowerLaw> separate(study.schemes.size()), separate_usable;
        std::vector<std::vector<std::size_t>> apart;
        for (std::size_t i = 0; i < usable.size(); ++i) {
            separate[usable[i]] = study.schemes[usable[i]].fit.law;
            separate_usable.push_back(separate[usable[i]]);
            apart.push_back({i});
        }
        LawDraws of_separate = bootstrap_laws(points, separate_usable, apart, units, bootstrap);
        study.apart = LawsApart{separate, {}, by_study(law_influence(points, separate_usable, apart, units, bootstrap))};
        study.apart->draws.draws.resize(study.schemes.size());
        study.apart->draws.jackknife.resize(study.schemes.size());
        for (std::size_t i = 0; i < usable.size(); ++i) {
            study.apart->draws.draws[usable[i]] = std::move(of_separate.draws[i]);
            study.apart->draws.jackknife[usable[i]] = std::move(of_separate.jackknife[i]);
        }
    }
    study.draws.draws.resize(study.schemes.size());
    study.draws.jackknife.resize(study.schemes.size());
    for (std::size_t i = 0; i < usable.size(); ++i) {
        study.draws.draws[usable[i]] = std::move(draws.draws[i]);
        study.draws.jackknife[usable[i]] = std::move(draws.jackknife[i]);
        SchemeLaw& s = study.schemes[usable[i]];
        flag_lack_of_fit(s);
        add_intervals(s, study.draws.draws[usable[i]], options.comparison.confidence);
    }
    for (const auto& group : groups) {
        std::vector<SchemeLaw*> members;
        for (std::size_t i : group) {
            members.push_back(&study.schemes[usable[i]]);
        }
        if (options.examine) {
            add_profiles(members, options.fit, options.sharing, options.comparison.confidence, options.bootstrap.threads);
        }
        for (SchemeLaw* s : members) {
            flag_intervals(*s);
            if (options.examine) {
                flag_deciding_points(*s, options.fit.constraints, options.sharing.E && group.size() > 1, options.fit.delta);
            }
        }
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
    if (options.compare && options.every_pair) {
        for (std::size_t i = 0; i < study.schemes.size(); ++i) {
            for (std::size_t k = i + 1; k < study.schemes.size(); ++k) {
                study.comparisons.push_back(k == base ? compare_schemes(study, k, i) : compare_schemes(study, i, k));
            }
        }
    }
    for (std::size_t k = 0; k < study.schemes.size() && !options.every_pair; ++k) {
        const std::string& name = study.schemes[k].scheme;
        bool wanted = options.challengers.empty() || std::find(options.challengers.begin(), options.challengers.end(), name) != options.challengers.end();
        if (!options.compare || k == base || !wanted) {
            continue;
        }
        study.comparisons.push_back(compare_schemes(study, base, k));
    }
    if (options.examine) {
        examine_fits(study);
    }
    adjust_families({&study, 1});
    return study;
}

std::vector<Study> make_studies(std::span<const Observation> observations, const StudyOptions& options) {
    std::map<std::pair<std::int64_t, std::int64_t>, std::vector<Observation>> by_lengths;
    for (const Observation& o : observations) {
        by_lengths[{o.context, o.train_length}].push_back(o);
    }
    std::vector<Study> studies;
    for (const auto& [lengths, group] : by_lengths) {
        studies.push_back(make_study(group, options));
    }
    adjust_families(studies);
    return studies;
}

}  // namespace overtake
