// One scheme of a study: its points, its law, its intervals and what a careful reader would object to.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/fit.hpp"
#include "analysis/forms.hpp"
#include "analysis/frontier.hpp"
#include "analysis/isoflop.hpp"
#include "analysis/profile.hpp"
#include "analysis/residual_tests.hpp"
#include "analysis/statistics.hpp"

namespace overtake {

struct SchemeLaw {
    std::string scheme, scheme_class;
    std::vector<Observation> observations;
    LawPoints points;
    LawFit fit;                             // by itself, from all starts
    PowerLaw law;                           // the one that is used: of the joint fit where E is shared
    double objective = 0;                   // of `law`
    std::map<std::string, ProfileInterval> profiles;  // E A B alpha beta, of those that are free
    std::map<std::string, Interval> intervals;  // E A B alpha beta, and N_exponent (of N* in C)
    std::map<std::string, Interval> interval_errors;  // Monte-Carlo standard errors of these ends, at this number of draws
    ResidualTests residual_tests;
    std::vector<FormFit> forms;             // of the forms asked for, those with enough points
    std::optional<IsoflopFit> isoflops;
    std::vector<std::string> flags;         // of the fit, and of the intervals
    CostLaw cost;
    double low_log10_flops = 0, high_log10_flops = 0;
};

/// What the objective sees of a point.
struct PointOptions {
    ResidualScale scale = ResidualScale::log_loss;
    bool seed_noise_weights = false;   // see seed_weights.hpp
    bool least_squares = false;        // how weights follow from noise depends on it
};

/// Points by scheme, in order of first appearance, with their cost law and range of compute; no fit yet.
std::vector<SchemeLaw> group_by_scheme(std::span<const Observation> observations, const PointOptions& options = {});

/// E, A, B, alpha, beta, or N_exponent (of N* as a power of C on the compute-optimal frontier).
double law_quantity(const PowerLaw& law, const CostLaw& cost, const std::string& name);

}  // namespace overtake
