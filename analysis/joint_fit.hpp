// One fit of several schemes that share the irreducible loss E, and the test of whether they may.
#pragma once

#include <span>
#include <vector>

#include "analysis/fit.hpp"

namespace overtake {

/// e, then (a, b, alpha, beta) of every scheme, in the centred coordinates of each scheme's points.
using JointCoordinates = std::vector<double>;

struct JointFit {
    std::vector<PowerLaw> laws;    // one per scheme, equal E
    JointCoordinates coordinates;
    double objective = 0;          // summed over schemes
    bool converged = false;
};

/// Descends from `start`. `inverse_hessian` empty or (4 K + 1)^2 numbers. One scheme gives the ordinary fit.
JointFit descend_joint(std::span<const LawPoints> points, const JointCoordinates& start, double delta,
                       std::span<const double> inverse_hessian = {});

JointCoordinates joint_coordinates(std::span<const LawPoints> points, std::span<const PowerLaw> laws);

/// Inverse of the expected curvature of the joint objective at `at`: the normal matrix times the share of residuals that lie
/// inside delta. A good first metric for descents that start near their end.
std::vector<double> joint_inverse_hessian(std::span<const LawPoints> points, const JointCoordinates& at, double delta, double residual_sd);

/// Best of several descents: from the mean E of the separate fits and from the E of each of them.
JointFit fit_joint(std::span<const LawPoints> points, std::span<const LawFit> separate, double delta);

/// Likelihood-ratio-type test for M-estimators: 2 (S_shared - S_separate) E[psi'] / E[psi^2] is chi-squared with K - 1
/// degrees of freedom if all E are equal. E[psi'] is taken at a normal law of the residuals' robust spread.
/// Source: Ronchetti 1982; Hampel, Ronchetti, Rousseeuw, Stahel 1986, Robust Statistics, ch. 7.
struct SharedTest {
    double statistic = 0, p_value = 1;
    int degrees = 0;
};
SharedTest test_shared_floor(std::span<const LawPoints> points, std::span<const LawFit> separate, const JointFit& shared, double delta);

}  // namespace overtake
