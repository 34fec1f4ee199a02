// Which schemes of a study share the irreducible loss E, or whatever else they are asked to share.
#include "analysis/shared_floor.hpp"

#include "analysis/shared_test.hpp"

namespace overtake {

namespace {

bool plausible(const PowerLaw& law) { return law.alpha > 0.02 && law.alpha < 3 && law.beta > 0.02 && law.beta < 3; }

/// Of separate laws, over units that are paired through schemes.
SharedTest paired_test(const std::vector<SchemeLaw>& schemes, std::span<const std::size_t> members, std::span<const LawPoints> points, const FitOptions& options,
                       const Sharing& sharing) {
    std::vector<std::vector<Observation>> observations;
    std::vector<PowerLaw> laws;
    std::vector<std::vector<std::size_t>> apart;
    for (std::size_t k : members) {
        apart.push_back({laws.size()});
        observations.push_back(schemes[k].observations);
        laws.push_back(schemes[k].fit.law);
    }
    BootstrapOptions as_fitted;
    as_fitted.delta = options.delta;
    as_fitted.constraints = options.constraints;
    as_fitted.sharing = parse_sharing("none");
    return test_equality(laws, law_influence(points, laws, apart, make_units(observations, true), as_fitted), sharing);
}

}  // namespace

FloorDecision share_floor(std::vector<SchemeLaw>& schemes, std::vector<std::size_t> members, SharedFloor wish, const FitOptions& options, const Sharing& sharing,
                          bool compare_ways) {
    double delta = options.delta;
    FloorDecision out;
    while (members.size() > 1 && wish != SharedFloor::never) {
        std::vector<LawPoints> points;
        std::vector<LawFit> fits;
        for (std::size_t k : members) {
            points.push_back(schemes[k].points);
            fits.push_back(schemes[k].fit);
        }
        JointFit joint = fit_joint(points, fits, delta, options.constraints, sharing);
        std::vector<std::size_t> sound;
        for (std::size_t i = 0; i < members.size(); ++i) {
            if (plausible(joint.laws[i])) {
                sound.push_back(members[i]);
            } else {
                out.left_out.push_back(schemes[members[i]].scheme);
            }
        }
        if (sound.size() < members.size()) {
            members = sound;
            continue;
        }
        out.test = paired_test(schemes, members, points, options, sharing);
        if (compare_ways) {
            out.models = compare_sharing(points, fits, delta, options.constraints, sharing);
        }
        out.shared = wish == SharedFloor::always || out.test.p_value >= surely_unequal;
        for (std::size_t i = 0; out.shared && i < members.size(); ++i) {
            SchemeLaw& s = schemes[members[i]];
            s.law = joint.laws[i];
            LawCoordinates unused{};
            s.objective = law_objective(s.points, delta, s.points.coordinates(s.law).data(), unused.data());
        }
        break;
    }
    out.members = out.shared ? members : std::vector<std::size_t>{};
    return out;
}

}  // namespace overtake
