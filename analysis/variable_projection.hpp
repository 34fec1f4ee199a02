// A second, independent way to the same law: a search over the two exponents, with the three linear numbers solved inside.
#pragma once

#include "analysis/law_map.hpp"

namespace overtake {

struct ProjectionFit {
    PowerLaw law;
    double objective = 0;   // as law_objective has it
};

/// For fixed alpha and beta the law is linear in (E, A, B) >= 0: non-negative least squares, once for squares of loss, iterated with
/// weights otherwise. Exponents that are tied or held are searched as such, a held E is subtracted; A and B must be free. Outside, a 32 x 32 grid of exponents in 0.01 .. 3 and a Nelder-Mead search from its best cell. Shares
/// no code and no gradient with the descents of fit_law. Source: Golub and Pereyra 1973, SIAM J. Numer. Anal. 10:413; for scaling
/// laws, Open-Athena's VPNLS (2026).
ProjectionFit fit_by_projection(const LawPoints& points, double delta = 1e-3, const LawConstraints& constraints = {});

}  // namespace overtake
