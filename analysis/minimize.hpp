// BFGS for small dense problems: smooth but for the kinks of a narrow Huber loss.
#pragma once

#include <functional>
#include <span>
#include <vector>

namespace overtake {

/// f(x), and its gradient written into the second argument. May return a value that is not finite: the step is cut back.
using Objective = std::function<double(std::span<const double> x, std::span<double> gradient)>;

struct MinimizeOptions {
    int iterations = 400;
    double tolerance = 1e-13;  // stop when the expected decrease g'Hg is below tolerance * |f|, twice in a row
};

struct Minimum {
    std::vector<double> x;
    double value = 0;
    int evaluations = 0;
    bool converged = false;
};

/// Keeps its workspace between calls, so that thousands of starts allocate nothing. One per thread.
/// Weak Wolfe line search by bracketing, which also holds on functions with kinks.
/// Source: Nocedal and Wright 2006, ch. 6; Lewis and Overton 2013, Math. Program. 141:135, algorithm 2.6.
class Minimizer {
  public:
    /// Starts at `start`. `inverse_hessian` (row-major, n*n) may be empty: then the identity, scaled after the first step.
    Minimum run(const Objective& objective, std::span<const double> start, std::span<const double> inverse_hessian = {},
                const MinimizeOptions& options = {});

  private:
    std::vector<double> x_, gradient_, trial_, trial_gradient_, direction_, step_, change_, product_, inverse_;
};

}  // namespace overtake
