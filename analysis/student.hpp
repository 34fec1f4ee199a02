// Student's t law, for intervals whose standard error is itself estimated.
#pragma once

namespace overtake {

/// P(T <= t) with `degrees` > 0, any real number.
double student_cdf(double t, double degrees);

/// The t with P(T <= t) = p, 0 < p < 1.
double student_quantile(double p, double degrees);

/// Regularised incomplete beta I_x(a, b), a and b > 0: P(X <= x) of the beta law.
double incomplete_beta(double x, double a, double b);

}  // namespace overtake
