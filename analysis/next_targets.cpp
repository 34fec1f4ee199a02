// Where a crossing may lie, given how sure the laws are.
#include "analysis/next_targets.hpp"

#include <cmath>

#include "analysis/roots.hpp"

namespace overtake {

namespace {

bool is_sound(const PowerLaw& law) { return law.alpha > 0 && law.beta > 0 && std::isfinite(law.A) && std::isfinite(law.B) && law.A > 0 && law.B > 0; }

}  // namespace

std::vector<Target> draw_targets(const GapInformation& information, double about, double low, double high, std::size_t draws) {
    std::vector<Target> out;
    for (std::size_t draw = 0; draw < draws; ++draw) {
        RandomStream random(2026, draw);
        const std::array<PowerLaw, 2> laws = draw == 0 ? information.laws() : information.draw(random);
        if (!is_sound(laws[0]) || !is_sound(laws[1])) {
            continue;
        }
        const PathLaw b = information.path(0, laws[0]), c = information.path(1, laws[1]);
        Target target{NAN, NAN, {}};
        for (const Root& root : path_roots(b, c, low, high)) {
            if (!(std::abs(root.log10_flops - about) >= std::abs(target.log10_flops - about))) {
                target.log10_flops = root.log10_flops;
                target.slope = c.slope(root.log10_flops) - b.slope(root.log10_flops);
            }
        }
        if (std::isnan(target.log10_flops)) {
            double nearest = INFINITY;
            constexpr int steps = 24;
            for (int i = 0; i <= steps; ++i) {
                double x = low + (high - low) * i / steps, gap = std::abs(c.loss(x) - b.loss(x));
                if (gap < nearest) {
                    nearest = gap;
                    target.log10_flops = x;
                }
            }
        }
        if (std::isfinite(target.log10_flops)) {
            target.gradient = information.gradient(target.log10_flops, laws);
            out.push_back(std::move(target));
        }
    }
    return out;
}

}  // namespace overtake
