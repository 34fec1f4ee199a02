// One program after the other on the same simulated disks.
#include "cluster/schedule/simulated_sweep.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string_view>

namespace overtake {

namespace {

constexpr int most_lives = 10'000;
constexpr double straggling = 1.5;

enum class Draw : std::uint64_t { error = 1, angle, fails, fails_at, straggles, disk, dies, dies_at };

/// Uniform in [0, 1), a function of its arguments alone (splitmix64's mixer).
double uniform(std::uint64_t seed, Draw what, std::uint64_t stage, std::uint64_t number = 0) {
    std::uint64_t bits = seed * 0x9E3779B97F4A7C15ULL + static_cast<std::uint64_t>(what);
    for (const std::uint64_t word : {stage, number, std::uint64_t{0}}) {
        bits += word + 0x9E3779B97F4A7C15ULL;
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9ULL;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBULL;
        bits ^= bits >> 31;
    }
    return static_cast<double>(bits >> 11) * 0x1p-53;
}

class Fates {
  public:
    Fates(const StageForest& forest, const CoordinatorOptions& options, const Mishaps& mishaps)
        : model_(forest, options.throughput), mishaps_(mishaps), factor_(forest.stages.size()), fails_(forest.stages.size()) {
        for (std::size_t i = 0; i < factor_.size(); ++i) {
            const double radius = std::sqrt(-2 * std::log(1 - uniform(mishaps.seed, Draw::error, i)));
            const double normal = radius * std::cos(2 * std::numbers::pi * uniform(mishaps.seed, Draw::angle, i));
            fails_[i] = uniform(mishaps.seed, Draw::fails, i) < mishaps.failed_stages;
            factor_[i] = std::exp(mishaps.runtime_error * normal) * (fails_[i] ? 0.01 + 0.99 * uniform(mishaps.seed, Draw::fails_at, i) : 1);
        }
    }
    bool fails(std::size_t stage) const { return fails_[stage]; }
    double seconds_left(std::size_t stage, std::int64_t step, int width) const { return factor_[stage] * model_.seconds_left(stage, step, width); }
    double seconds_left_in(std::uint64_t life, std::size_t stage, std::int64_t step, int width) const {
        const bool straggles = uniform(mishaps_.seed, Draw::straggles, stage, life) < mishaps_.stragglers;
        const double opening = mishaps_.disk_seconds > 0 ? -mishaps_.disk_seconds * std::log(1 - uniform(mishaps_.seed, Draw::disk, stage, life)) : 0;
        return opening + (straggles ? straggling : 1) * seconds_left(stage, step, width);
    }
    double death(std::uint64_t life, std::size_t stage) const {
        return uniform(mishaps_.seed, Draw::dies, stage, life) < mishaps_.deaths ? uniform(mishaps_.seed, Draw::dies_at, stage, life) : -1;
    }

  private:
    ThroughputModel model_;
    const Mishaps& mishaps_;
    std::vector<double> factor_;
    std::vector<bool> fails_;
};

/// What the next program finds on disk.
void note(std::vector<StageStart>& start, const SimulatedAttempt& attempt) {
    StageStart& entry = start[attempt.stage];
    entry.attempts = attempt.attempt;
    entry.step = std::max(entry.step, attempt.step);
    entry.has_state = true;
    entry.done = !attempt.killed && attempt.outcome != StageOutcome::stopped;
    entry.succeeded = entry.done && attempt.outcome == StageOutcome::done;
}

LowerBound bound_of(const StageForest& forest, const std::vector<bool>& ran, const Fates& fates, const CoordinatorOptions& options) {
    return lower_bound(planned_stages(forest, ran, {}, options,
                                      [&](std::size_t stage, std::int64_t step, int width) { return fates.seconds_left(stage, step, width); }),
                       options.ranks);
}

}  // namespace

SimulatedSweep simulate_sweep(const StageForest& forest, const CoordinatorOptions& options, const Mishaps& mishaps, const std::vector<StageStart>& before) {
    const Fates fates(forest, options, mishaps);
    SimulatedSweep sweep;
    std::vector<StageStart> start = before;
    start.resize(forest.stages.size());
    std::vector<bool> ran(forest.stages.size());
    double begin_s = 0, job_began_s = 0, busy = 0;
    for (std::uint64_t life = 1; life <= most_lives && !sweep.finished; ++life) {
        SimulationOptions simulation;
        simulation.seconds_left = [&](std::size_t stage, std::int64_t step, int width) { return fates.seconds_left_in(life, stage, step, width); };
        simulation.outcome = [&](std::size_t stage, std::int64_t) { return fates.fails(stage) ? StageOutcome::failed : StageOutcome::done; };
        simulation.death = [&](std::size_t stage, std::int64_t) { return fates.death(life, stage); };
        simulation.checkpoint_seconds = mishaps.checkpoint_seconds;
        simulation.message_seconds = mishaps.message_seconds;
        simulation.say_things_twice = mishaps.say_things_twice;
        simulation.stop_at_s = mishaps.limit_seconds > 0 ? std::max(0.0, job_began_s + mishaps.limit_seconds - begin_s) : -1;
        simulation.seed = mishaps.seed * most_lives + life;
        const SimulatedRun run = simulate(forest, start, options, simulation);
        for (SimulatedAttempt attempt : run.attempts) {
            note(start, attempt);
            ran[attempt.stage] = start[attempt.stage].done;
            const auto width = static_cast<double>(attempt.team.size());
            busy += width * (attempt.end_s - attempt.begin_s);
            sweep.lost_rank_seconds += width * attempt.lost_s;
            attempt.begin_s += begin_s;
            attempt.end_s += begin_s;
            sweep.attempts.push_back(std::move(attempt));
        }
        sweep.makespan_s = begin_s + run.makespan_s;
        sweep.finished = run.finished && !run.stopped && !run.died;
        const double pause_s = run.died ? mishaps.restart_seconds : mishaps.queue_seconds;
        sweep.restarts += run.died ? 1 : 0;
        sweep.requeues += !run.died && !sweep.finished ? 1 : 0;
        sweep.lost_rank_seconds += sweep.finished ? 0 : pause_s * options.ranks;
        begin_s = sweep.makespan_s + pause_s;
        job_began_s = run.died ? job_began_s : begin_s;
    }
    for (std::size_t i = 0; i < start.size(); ++i) {
        sweep.failed += ran[i] && !start[i].succeeded ? 1 : 0;
        sweep.skipped += start[i].done ? 0 : 1;
    }
    sweep.bound = bound_of(forest, ran, fates, options);
    sweep.utilisation = sweep.makespan_s > 0 ? busy / (options.ranks * sweep.makespan_s) : 0;
    sweep.trace_hash = 0xCBF29CE484222325ULL;
    for (const char letter : trace_csv(forest, sweep.attempts)) {
        sweep.trace_hash = (sweep.trace_hash ^ static_cast<unsigned char>(letter)) * 0x100000001B3ULL;
    }
    return sweep;
}

}  // namespace overtake
