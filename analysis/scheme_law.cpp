// One scheme of a study.
#include "analysis/scheme_law.hpp"

#include "analysis/seed_weights.hpp"

#include <algorithm>
#include <cmath>

namespace overtake {

std::vector<SchemeLaw> group_by_scheme(std::span<const Observation> observations, const PointOptions& options) {
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
        std::vector<double> weights = options.seed_noise_weights ? seed_noise_weights(s.observations, options.scale, options.least_squares) : std::vector<double>{};
        s.points = LawPoints(n, d, loss, weights, options.scale);
        s.cost = fit_cost(s.observations);
    }
    return schemes;
}

double law_quantity(const PowerLaw& law, const CostLaw& cost, const std::string& name) {
    double a = law.alpha / cost.p, b = law.beta / cost.q;
    return name == "E" ? law.E : name == "A" ? law.A : name == "B" ? law.B : name == "alpha" ? law.alpha : name == "beta" ? law.beta : b / (a + b) / cost.p;
}

}  // namespace overtake
