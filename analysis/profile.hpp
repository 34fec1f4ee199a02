// Profile likelihood of one quantity of a law: where the best fit that holds it there is just too bad.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/law_map.hpp"
#include "analysis/statistics.hpp"

namespace overtake {

/// Laws fitted together, at their optimum.
struct ProfileProblem {
    std::vector<LawPoints> points;
    std::vector<PowerLaw> laws;
    LawConstraints constraints;
    Sharing sharing;          // matters with two schemes or more
    double delta = 1e-3, confidence = 0.95;
};

struct ProfileInterval {
    Interval interval;        // the end of the search where the profile is open
    bool low_open = false, high_open = false;   // no value searched is too bad: the data do not bound the quantity there
};

/// {theta : (S(theta) - S) 2 E[psi'] / E[psi^2] <= the chi-squared point of one degree of freedom}, S(theta) the objective minimised over
/// all other numbers of all schemes with `name` (E, A, B, alpha or beta) of `scheme` held at theta; a shared quantity is held for all.
/// Searched outwards from the optimum in ln theta, each descent from its neighbour's end, then bisected: E between a thousandth of and the
/// smallest loss, exponents in 0.01 .. 6, A and B over e^+-30. Assumes independent residuals; unlike the bootstrap it takes the law for
/// true. nullopt if the quantity is held or tied away, or the law has no logarithm of it.
/// Source: Venzon and Moolgavkar 1988, Appl. Stat. 37:87, with the M-estimator's statistic (Hampel et al. 1986, ch. 7).
std::optional<ProfileInterval> profile_interval(const ProfileProblem& problem, std::size_t scheme, const std::string& name);

}  // namespace overtake
