#include "runner/learning_rate.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace overtake {

namespace {
double warmup_share(const TrialConfig& config, std::int64_t step) {
    const auto warmup = static_cast<double>(config.schedule.warmup_steps);
    return warmup > 0 ? std::min(1.0, static_cast<double>(step + 1) / warmup) : 1.0;
}
}  // namespace

double trunk_learning_rate(const TrialConfig& config, std::int64_t step) {
    return config.optimizer.learning_rate * warmup_share(config, step);
}

double cooldown_learning_rate(const TrialConfig& config, std::int64_t step) {
    const std::int64_t left = config.total_steps - step;
    const auto length = static_cast<double>(std::max<std::int64_t>(config.cooldown_steps(), 1));
    return trunk_learning_rate(config, step) * std::clamp(static_cast<double>(left) / (length + 1), 0.0, 1.0);
}

double tuning_learning_rate(double peak, std::int64_t step, std::int64_t steps) {
    const std::int64_t warmup = std::max<std::int64_t>(1, (steps + 9) / 10);
    const double rising = static_cast<double>(step + 1) / static_cast<double>(warmup);
    const double falling = static_cast<double>(steps - step) / static_cast<double>(steps - warmup + 1);
    return peak * std::min(rising, falling);
}

double cosine_learning_rate(const TrialConfig& config, std::int64_t step) {
    const std::int64_t warmup = config.schedule.warmup_steps;
    if (step < warmup) {
        return trunk_learning_rate(config, step);
    }
    const auto span = static_cast<double>(std::max<std::int64_t>(config.total_steps - warmup, 1));
    const double progress = std::clamp(static_cast<double>(step - warmup) / span, 0.0, 1.0);
    return config.optimizer.learning_rate * (0.1 + 0.45 * (1 + std::cos(std::numbers::pi * progress)));
}

}  // namespace overtake
