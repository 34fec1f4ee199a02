// One fit of several schemes that share the irreducible loss E, or any other numbers, and the tests of whether they may.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analysis/fit.hpp"
#include "analysis/law_map.hpp"

namespace overtake {

struct JointFit {
    std::vector<PowerLaw> laws;    // one per scheme
    std::vector<double> numbers;   // the free ones of the map
    double objective = 0;          // summed over schemes
    bool converged = false;
};

/// Descends from `start` (free numbers of `map`). `inverse_hessian` empty or free()^2 numbers.
JointFit descend_joint(const LawMap& map, std::span<const LawPoints> points, std::span<const double> start, double delta,
                       std::span<const double> inverse_hessian = {});

/// Free numbers nearest to these laws.
std::vector<double> joint_numbers(const LawMap& map, std::span<const LawPoints> points, std::span<const PowerLaw> laws);

/// Inverse of the expected curvature of the joint objective at `at`: the normal matrix times the share of residuals that lie
/// inside delta. A good first metric for descents that start near their end.
std::vector<double> joint_inverse_hessian(const LawMap& map, std::span<const LawPoints> points, std::span<const double> at, double delta,
                                          double residual_sd);

/// Best of several descents: from the means of the separate fits and with the shared numbers of each of them.
JointFit fit_joint(std::span<const LawPoints> points, std::span<const LawFit> separate, double delta, const LawConstraints& constraints = {},
                   const Sharing& sharing = {});

/// Likelihood-ratio-type test for M-estimators: 2 (S_shared - S_separate) E[psi'] / E[psi^2] is chi-squared, with as many degrees
/// of freedom as numbers were saved, if what is shared is equal. E[psi'] is taken at a normal law of the residuals' robust spread.
/// Source: Ronchetti 1982; Hampel, Ronchetti, Rousseeuw, Stahel 1986, Robust Statistics, ch. 7.
struct SharedTest {
    double statistic = 0, p_value = 1;
    int degrees = 0;
};
SharedTest test_shared(std::span<const LawPoints> points, std::span<const LawFit> separate, const JointFit& shared, double delta,
                       const LawConstraints& constraints = {}, const Sharing& sharing = {});

/// 2 E[psi'] / E[psi^2] of the residuals of these laws: turns a difference of objectives into a likelihood-ratio statistic.
double deviance_per_objective(std::span<const LawPoints> points, std::span<const PowerLaw> laws, double delta, std::size_t fitted_numbers);

/// One way of sharing, against separate laws. AIC = deviance + 2 p, BIC = deviance + p ln n, deviance = 2 S E[psi'] / E[psi^2]
/// with the spread of the separate fits. Source: Ronchetti 1985, Stat. Probab. Lett. 3:21; Machado 1993, Econometric Theory 9:478.
struct SharingModel {
    std::string shared;            // "E, alpha"
    std::size_t free_numbers = 0;
    double objective = 0, aic = 0, bic = 0;
    SharedTest test;               // against separate laws
};

/// Separate laws, each quantity shared alone, both exponents, E with both, everything; and `asked`, if it is none of these.
std::vector<SharingModel> compare_sharing(std::span<const LawPoints> points, std::span<const LawFit> separate, double delta,
                                          const LawConstraints& constraints, const Sharing& asked);

}  // namespace overtake
