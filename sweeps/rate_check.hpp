// The check of the shared learning rate: does any budget want another rate than the rule in N, which all budgets' trunk shares?
//
// For two schemes, at the largest size of [tune] and at the grid's smallest and largest budget, independent runs try the rule's rate
// and its neighbours, on seeds of their own and on the tuning half of the held-out blocks. A run at the rule's own rate is, bit for
// bit, what the shared trunk gives, so equal work is done once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sweeps/trial_config.hpp"

namespace overtake {

struct CheckTrial {
    std::size_t check = 0;  // index into the planned checks
    double rate = 1;        // multiple of the rule's
    TrialConfig config;
};

/// no_worse: no other rate gains more than delta, at the confidence asked for. worse: one gains more than delta, and surely
/// something. not_shown: neither.
enum class RateVerdict { not_shown, no_worse, worse };
std::string_view name_of(RateVerdict verdict);

/// One scheme at one budget.
struct RateCheck {
    std::string position;  // `position_text` of the scheme
    std::string size;      // as written in [tune]
    double tokens = 0;     // D
    std::int64_t seeds = 0;
    double rate = 1;       // best of the other rates, as a multiple of the rule's
    double difference = 0, low = 0, high = 0;  // loss at the best other rate minus loss at the rule's [nats per token], and its interval
    RateVerdict verdict = RateVerdict::not_shown;
    bool operator==(const RateCheck&) const = default;
};

/// "rope at 2x64, 820k tokens: at x0.5 the rule's rate the loss differs by +0.0031 [-0.0012, 0.0074] nats (4 seeds): no worse".
std::string sentence(const RateCheck& check);

/// `planned` with differences and verdicts. `loss` has one entry per trial [nats per token], NaN for one that diverged or failed.
/// Differences are paired by seed; per other rate mean +- t s / sqrt(n) with Student's t of n - 1 degrees of freedom, at 1 - (1 -
/// confidence) / (number of other rates), so that all hold at once; [smallest low, smallest high] then covers the difference of
/// the best other rate. A rate that diverged is infinitely worse.
std::vector<RateCheck> decide_checks(std::vector<RateCheck> planned, const std::vector<CheckTrial>& trials, const std::vector<double>& loss,
                                     double delta_nats, double confidence);

/// t with P(|T| <= t) = `confidence` for Student's T (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4). degrees >= 1.
double student_quantile(std::int64_t degrees, double confidence);

}  // namespace overtake
