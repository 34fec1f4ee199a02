#include "runner/progress_watch.hpp"

#include <algorithm>

namespace overtake {

namespace {
constexpr double factor = 10;
constexpr double longest_tick_s = 1;
}  // namespace

void ProgressWatch::on_assigned(std::uint32_t stage, double unit_s) {
    running_[stage] = {.heard_s = clock_s_, .unit_s = unit_s};
}

void ProgressWatch::on_sign(std::uint32_t stage, Pace pace) {
    const auto found = running_.find(stage);
    if (found == running_.end()) {
        return;
    }
    Watched& it = found->second;
    const double gap = clock_s_ - it.heard_s;
    if (!it.assigned && it.pace == Pace::long_work) {
        it.long_s = std::max(it.long_s, gap);
    }
    if (!it.assigned && pace == Pace::steps) {
        if (it.pace == Pace::steps) {
            it.step_s = it.stepped ? std::max(it.step_s, gap) : gap;
            it.stepped = true;
        } else if (!it.stepped) {
            it.step_s = std::max(it.step_s, gap);  // set-up and the first shard: too long, but all that is known
        }
    }
    it.assigned = false;
    it.pace = pace;
    it.heard_s = clock_s_;
}

void ProgressWatch::on_ended(std::uint32_t stage) {
    running_.erase(stage);
    idle_since_s_ = clock_s_;
}

double ProgressWatch::patience_s(const Watched& stage) const {
    if (stage.assigned) {
        return floor_s_;
    }
    return stage.pace == Pace::steps ? std::max(floor_s_, factor * stage.step_s)
                                     : factor * std::max({floor_s_, stage.long_s, stage.unit_s});
}

std::optional<Hang> ProgressWatch::look(double now_s) {
    clock_s_ += std::clamp(now_s - last_look_s_.value_or(now_s), 0.0, longest_tick_s);
    last_look_s_ = now_s;
    if (running_.empty()) {
        const double silent = clock_s_ - idle_since_s_;
        return silent > factor * floor_s_ ? std::optional(Hang{std::nullopt, silent}) : std::nullopt;
    }
    std::optional<Hang> worst;
    double worst_excess = 0;
    for (const auto& [stage, watched] : running_) {
        const double silent = clock_s_ - watched.heard_s, excess = silent - patience_s(watched);
        if (excess > worst_excess) {
            worst = Hang{stage, silent};
            worst_excess = excess;
        }
    }
    return worst;
}

}  // namespace overtake
