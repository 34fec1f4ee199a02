// Weights of points from the noise that repeated seeds show.
#pragma once

#include <span>
#include <vector>

#include "analysis/observations.hpp"
#include "analysis/power_law.hpp"

namespace overtake {

/// Standard deviation between seeds as a log-linear function of N and D: ln s^2 = u + v ln N + w ln D, fitted to the within-cell
/// variances by iterated least squares with gamma variance (one term a cell with at least two seeds, weighing its degrees of
/// freedom). Weight 1/s for the Huber loss, whose residuals lie mostly in its straight part, 1/s^2 for least squares; mean 1.
/// Assumes that noise changes smoothly over the grid: three seeds tell little of one cell. All 1 with fewer than 12 degrees of
/// freedom or 4 such cells. Source: Harvey 1976, Econometrica 44:461; McCullagh and Nelder 1989, ch. 10.
std::vector<double> seed_noise_weights(std::span<const Observation> observations, ResidualScale scale, bool least_squares);

}  // namespace overtake
