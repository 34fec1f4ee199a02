#include "sweeps/rate_check.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <numbers>

#include "sweeps/errors.hpp"
#include "sweeps/quantity.hpp"

namespace overtake {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::string signed_nats(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%+.4f", value);
    return text;
}

/// P(|T| <= t).
double student_within(std::int64_t degrees, double t) {
    const double angle = std::atan(t / std::sqrt(static_cast<double>(degrees)));
    const double cosine = std::cos(angle), sine = std::sin(angle);
    const bool odd = degrees % 2 == 1;
    double term = odd ? cosine : 1, sum = degrees == 1 ? 0 : term;
    for (std::int64_t k = odd ? 3 : 2; k < degrees; k += 2) {
        term *= cosine * cosine * static_cast<double>(k - 1) / static_cast<double>(k);
        sum += term;
    }
    return odd ? 2 / std::numbers::pi * (angle + sine * sum) : sine * sum;
}

using LossBySeed = std::map<std::int64_t, double>;

struct Difference {
    double mean = infinity, low = infinity, high = infinity;
};

Difference paired_difference(const LossBySeed& other, const LossBySeed& rule, double confidence) {
    std::vector<double> differences;
    for (const auto& [seed, loss] : other) {
        differences.push_back(loss - rule.at(seed));
    }
    if (!std::all_of(differences.begin(), differences.end(), [](double d) { return std::isfinite(d); })) {
        return {};
    }
    const auto count = static_cast<double>(differences.size());
    Difference result{0, -infinity, infinity};
    for (const double d : differences) {
        result.mean += d / count;
    }
    if (differences.size() > 1) {
        double squares = 0;
        for (const double d : differences) {
            squares += (d - result.mean) * (d - result.mean);
        }
        const auto degrees = static_cast<std::int64_t>(differences.size()) - 1;
        const double half = student_quantile(degrees, confidence) * std::sqrt(squares / static_cast<double>(degrees) / count);
        result.low = result.mean - half;
        result.high = result.mean + half;
    }
    return result;
}

RateCheck decide(RateCheck check, const std::map<double, LossBySeed>& by_rate, double delta_nats, double confidence) {
    const LossBySeed& rule = by_rate.at(1);
    check.seeds = static_cast<std::int64_t>(rule.size());
    if (!std::all_of(rule.begin(), rule.end(), [](const auto& run) { return std::isfinite(run.second); })) {
        const bool others_train = std::any_of(by_rate.begin(), by_rate.end(), [](const auto& rate) {
            return std::all_of(rate.second.begin(), rate.second.end(), [](const auto& run) { return std::isfinite(run.second); });
        });
        check.difference = check.low = check.high = others_train ? -infinity : infinity;
        check.verdict = others_train ? RateVerdict::worse : RateVerdict::not_shown;
        return check;
    }
    const double each = 1 - (1 - confidence) / static_cast<double>(std::max<std::size_t>(1, by_rate.size() - 1));
    check.difference = check.low = check.high = infinity;
    for (const auto& [rate, losses] : by_rate) {
        if (rate == 1) {
            continue;
        }
        const Difference found = paired_difference(losses, rule, each);
        if (found.mean < check.difference) {
            check.rate = rate;
            check.difference = found.mean;
        }
        check.low = std::min(check.low, found.low);
        check.high = std::min(check.high, found.high);
    }
    check.verdict = check.low >= -delta_nats                             ? RateVerdict::no_worse
                    : check.difference < -delta_nats && check.high < 0 ? RateVerdict::worse
                                                                         : RateVerdict::not_shown;
    return check;
}

}  // namespace

std::string_view name_of(RateVerdict verdict) {
    switch (verdict) {
        case RateVerdict::not_shown:
            return "not shown";
        case RateVerdict::no_worse:
            return "no worse";
        case RateVerdict::worse:
            return "worse";
    }
    return "";
}

std::string sentence(const RateCheck& check) {
    std::string text = check.position + " at " + check.size + ", " + rounded(check.tokens) + " tokens: ";
    if (!std::isfinite(check.difference)) {
        return text + (check.verdict == RateVerdict::worse      ? "the rule's rate diverges, another does not: worse"
                       : check.verdict == RateVerdict::no_worse ? "every other rate diverges: no worse"
                                                                : "every rate diverges: not shown");
    }
    char rate[32];
    std::snprintf(rate, sizeof rate, "%.3g", check.rate);
    return text + "at x" + rate + " the rule's rate the loss differs by " + signed_nats(check.difference) + " [" + signed_nats(check.low) + ", " +
           signed_nats(check.high) + "] nats (" + std::to_string(check.seeds) + " seeds): " + std::string(name_of(check.verdict));
}

std::vector<RateCheck> decide_checks(std::vector<RateCheck> planned, const std::vector<CheckTrial>& trials, const std::vector<double>& loss,
                                     double delta_nats, double confidence) {
    expects(loss.size() == trials.size(), "every trial of the check has a loss or NaN");
    std::vector<std::map<double, LossBySeed>> by_rate(planned.size());
    for (std::size_t i = 0; i < trials.size(); ++i) {
        by_rate[trials[i].check][trials[i].rate][trials[i].config.seed] = loss[i];
    }
    for (std::size_t i = 0; i < planned.size(); ++i) {
        planned[i] = decide(std::move(planned[i]), by_rate[i], delta_nats, confidence);
    }
    return planned;
}

double student_quantile(std::int64_t degrees, double confidence) {
    double low = 0, high = 1;
    while (student_within(degrees, high) < confidence && high < 1e9) {
        high *= 2;
    }
    for (int step = 0; step < 100; ++step) {
        const double middle = (low + high) / 2;
        (student_within(degrees, middle) < confidence ? low : high) = middle;
    }
    return (low + high) / 2;
}

}  // namespace overtake
