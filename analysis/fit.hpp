// Fits the law to one scheme's points from every start of the published grid, and says how far to trust it.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "analysis/law_map.hpp"
#include "analysis/power_law.hpp"

namespace overtake {

struct FitOptions {
    double delta = 1e-3;  // width of the Huber loss on the points' residual scale; infinity: least squares
    LawConstraints constraints;
    int threads = 0;      // 0: as many as the machine has
    bool check = true;    // flags and the second optimiser
    int start_stride = 1; // every how manieth start is taken: above 1 for simulations that fit thousands of sets
    std::vector<PowerLaw> only_starts; // not empty: descents from these alone, no grid and no projection; for simulations that know the truth
};

struct LawFit {
    PowerLaw law;
    double objective = 0;
    std::size_t rows = 0;
    int starts = 0;
    int starts_agreeing = 0;          // that ended within 1e-6 (relative) of the best objective
    bool usable = false;              // false: too few points for a law, see `reason`; law and objective mean nothing
    std::string reason;
    std::vector<std::string> flags;   // words, one per thing that a careful reader would object to
    double projection_objective = NAN; // of the independent fit by variable projection; above 1.01 * objective is flagged. NaN: A or B held
    double root_mean_square = 0;      // of the residuals in log loss
    double robust_sd = 0;             // 1.4826 * median |residual| of log loss, widened for the fitted numbers
    int free_numbers = 5;
};

/// The 4,500 starts: alpha, beta in 0 .. 2 by .5, log E in -1 .. 1 by .5, log A and log B in 0 .. 25 by 5. Source: Hoffmann
/// et al. 2022, app. D.3; Besiroglu et al. 2024, arXiv:2404.10102.
std::vector<LawCoordinates> grid_of_starts(const LawPoints& points);

/// Starts that differ only in what `constraints` hold are taken once. Needs at least 6 points, 3 different N and 3 different D (else usable = false). Flags what is not identified.
LawFit fit_law(const LawPoints& points, const FitOptions& options = {});

/// One descent from `start`; `inverse_hessian` as in Minimizer (empty or 25 numbers).
struct LawDescent {
    LawCoordinates coordinates{};
    double objective = 0;
    bool converged = false;
    int evaluations = 0;
};
LawDescent descend(const LawPoints& points, const LawCoordinates& start, double delta, std::span<const double> inverse_hessian = {});

/// sum of weight * J'J of the predicted residual in the five coordinates, row-major 5 x 5.
std::array<double, 25> normal_matrix(const LawPoints& points, const LawCoordinates& at);

}  // namespace overtake
