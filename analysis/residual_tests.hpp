// Tests of a law's residuals: are they normal, without trend in N and D, and equally wide everywhere?
#pragma once

#include <span>

#include "analysis/power_law.hpp"

namespace overtake {

struct TestResult {
    double statistic = 0, p_value = 1;
};

struct ResidualTests {
    TestResult normality;                  // Anderson and Darling's A*^2, mean and variance estimated
    TestResult trend_n, trend_d;           // Spearman's rank correlation of residuals with ln N and ln D
    TestResult heteroscedasticity;         // n R^2 of squared residuals on 1, ln N, ln D
};

/// Residuals in log loss. Assumes independent points: seeds of one cell share a lack of fit, which makes trends look surer than they
/// are. All p = 1 below 8 points. Sources: D'Agostino and Stephens 1986, Goodness-of-fit techniques, table 4.9 (normality);
/// Spearman's t approximation; Koenker 1981, J. Econometrics 17:107 (studentised Breusch and Pagan).
ResidualTests test_residuals(const LawPoints& points, const PowerLaw& law);

/// Anderson and Darling's test of normality alone.
TestResult anderson_darling(std::span<const double> values);

/// Spearman's rank correlation, ties at mean ranks; two-sided p by t with n - 2 degrees of freedom.
TestResult spearman(std::span<const double> x, std::span<const double> y);

}  // namespace overtake
