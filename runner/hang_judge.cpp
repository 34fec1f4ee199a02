#include "runner/hang_judge.hpp"

#include <algorithm>

namespace overtake {

namespace {

// Rates of no heartbeat that reports work.
constexpr double steps_mark = 0, long_work_mark = -1;

/// FLOP/s of one rank that even a bad day gives.
constexpr double slow_cpu = 5e9, slow_gpu = 1e12;

double shard_seconds(const Stage& stage) {
    const auto steps = static_cast<double>(std::max<std::int64_t>(1, stage.end_step - stage.begin_step));
    const auto shards = static_cast<double>(stage.config.training.shards);
    return stage.flops / steps / shards / (stage.config.training.device == Device::cuda ? slow_gpu : slow_cpu);
}

}  // namespace

Heartbeat sign_of_life(std::uint32_t stage, Pace pace) { return {stage, 0, pace == Pace::steps ? steps_mark : long_work_mark}; }

void HangJudge::on_event(const CoordinatorEvent& event) {
    if (event.kind == CoordinatorEvent::Kind::assigned) {
        watch_.on_assigned(event.stage, is_training(forest_.stages[event.stage].kind) ? shard_seconds(forest_.stages[event.stage]) : 0);
    } else {
        watch_.on_ended(event.stage);
    }
}

void HangJudge::on_message(const ToCoordinator& message) {
    if (const auto* heartbeat = std::get_if<Heartbeat>(&message); heartbeat != nullptr && heartbeat->tokens_per_second <= 0) {
        watch_.on_sign(heartbeat->stage, heartbeat->tokens_per_second < 0 ? Pace::long_work : Pace::steps);
    }
}

std::optional<HungLine> HangJudge::look(double now_s) {
    const std::optional<Hang> hang = watch_.look(now_s);
    if (!hang) {
        return std::nullopt;
    }
    return HungLine{hang->stage ? forest_.stages[*hang->stage].id : "-", hang->silent_s};
}

}  // namespace overtake
