// Which schemes of a study share the irreducible loss E, or whatever else they are asked to share.
#include "analysis/shared_floor.hpp"

namespace overtake {

namespace {

bool plausible(const PowerLaw& law) { return law.alpha > 0.02 && law.alpha < 3 && law.beta > 0.02 && law.beta < 3; }

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
        out.test = test_shared(points, fits, joint, delta, options.constraints, sharing);
        if (compare_ways) {
            out.models = compare_sharing(points, fits, delta, options.constraints, sharing);
        }
        out.shared = wish == SharedFloor::always || out.test.p_value >= 0.05;
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
