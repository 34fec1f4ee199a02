// A discrete event loop around the coordinator.
#include "cluster/schedule/simulated_cluster.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <queue>
#include <random>
#include <tuple>

#include "sweeps/errors.hpp"

namespace overtake {

namespace {

struct Running {
    SimulatedAttempt attempt;
    std::size_t joined = 0;    // ranks that have read their Assign
    bool over = false;
};

struct Event {
    enum class Kind { message, arrival, attempt_over, death, stop, wake } kind;
    double at_s;
    std::uint64_t order;
    int rank = 0;
    std::vector<std::byte> bytes = {};  // messages travel as they would on the wire
    std::uint64_t run = 0;

    bool operator<(const Event& other) const { return std::tie(at_s, order) > std::tie(other.at_s, other.order); }
};

class Simulation {
  public:
    Simulation(const StageForest& forest, const std::vector<StageStart>& start, const CoordinatorOptions& options,
               const SimulationOptions& simulation)
        : forest_(forest),
          simulation_(simulation),
          coordinator_(forest, start, options),
          random_(simulation.seed),
          busy_with_(static_cast<std::size_t>(options.ranks), 0),
          last_sent_(static_cast<std::size_t>(options.ranks), 0),
          last_arrival_(static_cast<std::size_t>(options.ranks), 0) {
        for (std::size_t i = 0; i < forest.stages.size(); ++i) {
            step_.push_back(std::max(forest.stages[i].begin_step, i < start.size() ? start[i].step : 0));
        }
        for (int rank = 0; rank < options.ranks; ++rank) {
            say(rank, Ready{});
        }
        if (simulation.stop_at_s >= 0) {
            push({.kind = Event::Kind::stop, .at_s = simulation.stop_at_s, .order = 0});
        }
    }

    SimulatedRun run() {
        while (!events_.empty() && !result_.died) {
            const Event event = events_.top();
            events_.pop();
            now_s_ = event.at_s;
            switch (event.kind) {
                case Event::Kind::message:
                    ++result_.messages;
                    deliver(coordinator_.on_message(event.rank, decode_to_coordinator(event.bytes).value(), now_s_));
                    break;
                case Event::Kind::arrival:
                    arrive(event.rank, decode_to_worker(event.bytes).value());
                    break;
                case Event::Kind::attempt_over:
                    end(event.run, std::nullopt);
                    break;
                case Event::Kind::death:
                    die(event.run);
                    break;
                case Event::Kind::wake:
                    deliver(coordinator_.on_time(now_s_));
                    break;
                case Event::Kind::stop:
                    deliver(coordinator_.on_stop());
                    break;
            }
            if (const double wake_s = coordinator_.held_until_s(); std::isfinite(wake_s) && wake_s != woken_s_) {
                woken_s_ = wake_s;
                push({.kind = Event::Kind::wake, .at_s = std::max(now_s_, wake_s), .order = 0});
            }
        }
        result_.events = coordinator_.take_events();
        result_.finished = coordinator_.finished();
        result_.stopped = coordinator_.stopped();
        return std::move(result_);
    }

  private:
    void push(Event event) {
        event.order = ++order_;
        events_.push(std::move(event));
    }

    double delay() { return std::uniform_real_distribution<double>(0, simulation_.message_seconds)(random_); }

    /// Messages of one rank keep their order, as MPI's do.
    void say(int rank, const ToCoordinator& message) {
        double& last = last_sent_[static_cast<std::size_t>(rank)];
        last = std::max(last, now_s_ + delay());
        push({.kind = Event::Kind::message, .at_s = last, .order = 0, .rank = rank, .bytes = encode(message)});
    }

    void deliver(const std::vector<Outgoing>& messages) {
        for (const Outgoing& message : messages) {
            double& last = last_arrival_[static_cast<std::size_t>(message.to)];
            last = std::max(last, now_s_ + delay());
            push({.kind = Event::Kind::arrival, .at_s = last, .order = 0, .rank = message.to, .bytes = encode(message.message)});
        }
    }

    void arrive(int rank, const ToWorker& message) {
        std::uint64_t& busy = busy_with_[static_cast<std::size_t>(rank)];
        if (const auto* assign = std::get_if<Assign>(&message)) {
            expects(busy == 0, "a rank is handed a stage only when it has none");
            join(rank, *assign);
        } else if (std::holds_alternative<StopNow>(message) && busy != 0) {
            end(busy, StageOutcome::stopped);
        }
    }

    void join(int rank, const Assign& assign) {
        const auto key = std::pair(static_cast<std::size_t>(assign.stage), assign.attempt);
        auto [known, is_new] = run_of_.emplace(key, runs_.size() + 1);
        if (is_new) {
            runs_.push_back({{assign.stage, assign.attempt, {assign.team.begin(), assign.team.end()}, now_s_, 0, StageOutcome::done}, 0, false});
        }
        busy_with_[static_cast<std::size_t>(rank)] = known->second;
        Running& run = runs_[known->second - 1];
        if (++run.joined == run.attempt.team.size()) {
            run.attempt.begin_s = now_s_;
            push({.kind = Event::Kind::attempt_over, .at_s = now_s_ + seconds_left(run.attempt), .order = 0, .run = known->second});
            const double share = simulation_.death ? simulation_.death(assign.stage, assign.attempt) : -1;
            if (share >= 0 && share < 1) {
                push({.kind = Event::Kind::death, .at_s = now_s_ + share * seconds_left(run.attempt), .order = 0, .run = known->second});
            }
        }
    }

    /// One death ends every attempt; each keeps what its last checkpoint holds.
    void die(std::uint64_t number) {
        if (runs_[number - 1].over) {
            return;
        }
        for (Running& run : runs_) {
            if (run.over || run.joined < run.attempt.team.size()) {
                continue;
            }
            SimulatedAttempt& attempt = run.attempt;
            const double worked_s = now_s_ - attempt.begin_s;
            const double kept_s = std::floor(worked_s / simulation_.checkpoint_seconds) * simulation_.checkpoint_seconds;
            const auto steps_left = static_cast<double>(forest_.stages[attempt.stage].end_step - step_[attempt.stage]);
            attempt.end_s = now_s_;
            attempt.killed = true;
            attempt.lost_s = worked_s - kept_s;
            attempt.step = step_[attempt.stage] + static_cast<std::int64_t>(steps_left * std::min(1.0, kept_s / seconds_left(attempt)));
            result_.attempts.push_back(attempt);
        }
        result_.makespan_s = now_s_;
        result_.died = true;
    }

    double seconds_left(const SimulatedAttempt& attempt) const {
        return simulation_.seconds_left(attempt.stage, step_[attempt.stage], static_cast<int>(attempt.team.size()));
    }

    void end(std::uint64_t number, std::optional<StageOutcome> forced) {
        Running& run = runs_[number - 1];
        if (run.over || run.joined < run.attempt.team.size()) {
            return;  // over already, or stopped before all had joined: then it runs on, as a real team would
        }
        run.over = true;
        SimulatedAttempt& attempt = run.attempt;
        const Stage& stage = forest_.stages[attempt.stage];
        attempt.end_s = now_s_;
        attempt.outcome = forced         ? *forced
                          : simulation_.outcome ? simulation_.outcome(attempt.stage, attempt.attempt)
                                                : StageOutcome::done;
        std::int64_t& step = step_[attempt.stage];
        if (attempt.outcome == StageOutcome::stopped) {
            const auto steps_left = static_cast<double>(stage.end_step - step);
            step += static_cast<std::int64_t>(steps_left * std::min(1.0, (now_s_ - attempt.begin_s) / seconds_left(attempt)));
        } else {
            step = stage.end_step;
        }
        attempt.step = step;
        const Ended ended{static_cast<std::uint32_t>(attempt.stage), attempt.attempt, attempt.outcome, step, now_s_ - attempt.begin_s, ""};
        say(attempt.team.front(), ended);
        for (const int rank : attempt.team) {
            busy_with_[static_cast<std::size_t>(rank)] = 0;
            say(rank, Ready{});
        }
        if (simulation_.say_things_twice) {
            say(attempt.team.front(), ended);
        }
        result_.makespan_s = now_s_;
        result_.attempts.push_back(attempt);
    }

    const StageForest& forest_;
    const SimulationOptions& simulation_;
    Coordinator coordinator_;
    std::mt19937_64 random_;
    std::priority_queue<Event> events_;
    std::vector<Running> runs_;
    std::map<std::pair<std::size_t, std::int64_t>, std::uint64_t> run_of_;  // number of a run, from 1
    std::vector<std::uint64_t> busy_with_;
    std::vector<double> last_sent_, last_arrival_;
    std::vector<std::int64_t> step_;
    SimulatedRun result_;
    double now_s_ = 0, woken_s_ = -1;
    std::uint64_t order_ = 0;
};

}  // namespace

SimulatedRun simulate(const StageForest& forest, const std::vector<StageStart>& start, const CoordinatorOptions& options,
                      const SimulationOptions& simulation) {
    expects(simulation.seconds_left != nullptr, "a simulation says how long stages take");
    return Simulation(forest, start, options, simulation).run();
}

}  // namespace overtake
