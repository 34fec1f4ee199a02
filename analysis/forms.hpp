// Other published forms of a scaling law, fitted beside the main one as second opinions.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/observations.hpp"
#include "analysis/statistics.hpp"

namespace overtake {

struct FormOptions {
    double delta = 1e-3;             // Huber loss of log loss; infinity: least squares
    std::size_t draws = 200;
    std::uint64_t seed = 0;
    int threads = 0;
    double confidence = 0.95;
};

struct FormFit {
    std::string form;                // "kaplan", "farseer", "compute"
    std::size_t rows = 0;
    int starts = 0, starts_agreeing = 0;   // within 1e-4 of the best objective
    double objective = 0, root_mean_square = 0, aic = 0, bic = 0;   // of log loss
    std::map<std::string, double> numbers;
    std::map<std::string, Interval> intervals;   // percentile, over draws of trials within cells
};

/// "kaplan": L = ((Nc / N)^(alpha_N / alpha_D) + Dc / D)^alpha_D (Kaplan et al. 2020, arXiv:2001.08361, eq. 1.5): no irreducible loss.
/// "farseer": L = exp(s n^q + S) + exp(B n^b + Q) D^-exp(A n^a + E), n = N over its geometric mean (Li et al. 2025, arXiv:2506.10972):
/// the exponent of D depends on N; nine numbers, which small grids don't identify one by one.
/// "compute": L = E + A C^-g over the points that no other point of at most their compute beats (the lower envelope: biased low by
/// the luck of single trials).
/// Each by summed Huber loss of log loss, analytic gradient, BFGS from a grid of starts. AIC and BIC as in joint_fit, with each fit's own
/// spread: comparable between forms over the same rows only. nullopt with too few points: kaplan 6, farseer 15, compute 5.
std::optional<FormFit> fit_form(const std::string& form, std::span<const Observation> observations, const FormOptions& options = {});

/// Loss that a fit of "kaplan" or "farseer" predicts.
double form_loss(const FormFit& fit, double parameters, double tokens);

}  // namespace overtake
