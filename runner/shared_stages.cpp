#include "runner/shared_stages.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <utility>

#include "runner/say.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/results/record_file.hpp"
#include "sweeps/results/state_file.hpp"
#include "sweeps/shared_folder.hpp"

namespace overtake {

namespace {

constexpr double pulses_per_patience = 9, looks_per_patience = 18;
constexpr double share_for_looking = 0.02;

void append(std::vector<Outgoing>& out, std::vector<Outgoing> more) { std::move(more.begin(), more.end(), std::back_inserter(out)); }

StageOutcome outcome_for(StageStatus status) {
    return status == StageStatus::done ? StageOutcome::done : status == StageStatus::diverged ? StageOutcome::diverged : StageOutcome::failed;
}

}  // namespace

SharedStages::SharedStages(const SweepFolder& folder, const StageForest& forest, const std::vector<StageStart>& start, double patience_s)
    : folder_(folder), forest_(forest), alone_(folder.member.empty()), patience_s_(patience_s), watch_(patience_s) {
    for (std::size_t stage = 0; stage < start.size(); ++stage) {
        if (start[stage].succeeded && !start[stage].has_state) {
            again_.insert(static_cast<std::uint32_t>(stage));
        }
    }
    if (!alone_) {
        pulse_ = read_pulse(folder_).value_or(0);
        write_pulse(folder_, ++pulse_);
    }
}

SharedStages::~SharedStages() {
    if (!alone_) {
        std::error_code ignored;
        std::filesystem::remove(pulse_file(folder_), ignored);
    }
}

std::optional<StageOutcome> SharedStages::outcome_of(std::uint32_t stage) const {
    const std::string& id = forest_.stages[stage].id;
    if (again_.contains(stage) && !has_end_state(folder_, id, forest_.stages[stage].end_step, forest_.stages[stage].kind == StageKind::search)) {
        return std::nullopt;
    }
    const std::optional<StageStatus> status = read_record_status(folder_, id);
    return status ? std::optional(outcome_for(*status)) : std::nullopt;
}

/// Free, our own (of a former life, or of the program before a restart), or of a member that keeps still.
bool SharedStages::may_take(const StageLease& lease) {
    if (!lease.held || lease.member == folder_.member) {
        return true;
    }
    return !watch_.moves(lease.member, lease.life, read_pulse({folder_.root, lease.member, lease.life}));
}

/// A folder that takes no lease now ends nothing. False if it refused.
bool SharedStages::attempt(const std::function<void()>& write) {
    try {
        write();
        leases_fail_ = false;
        return true;
    } catch (const IoError& error) {
        if (!std::exchange(leases_fail_, true)) {
            say(std::string(error.what()) + "; stages are taken and given back once it works again");
        }
        return false;
    }
}

bool SharedStages::claim(std::uint32_t stage) {
    if (alone_) {
        return true;
    }
    const std::string& id = forest_.stages[stage].id;
    if (outcome_of(stage)) {
        return false;
    }
    const StageLease lease = read_lease(folder_, id);
    if (!lease.is_of(folder_)) {
        bool is_ours = false;
        if (!may_take(lease) || !attempt([&] { is_ours = take_lease(folder_, id, lease); }) || !is_ours) {
            return false;
        }
        if (lease.held) {
            say("taking over stage '" + id + "' from member " + lease.member + " (process " + std::to_string(lease.pid) + " on " + lease.host +
                (lease.member == folder_.member ? ", before this one)" : "), of which nothing moves"));
        }
    }
    if (outcome_of(stage)) {  // recorded between our look and the lease
        drop_leases(folder_, id);
        return false;
    }
    return true;
}

void SharedStages::on_event(const CoordinatorEvent& event) {
    if (alone_ || event.kind != CoordinatorEvent::Kind::ended || event.team.empty()) {
        return;
    }
    taken_over_.erase(event.stage);
    again_.erase(event.stage);
    const std::string& id = forest_.stages[event.stage].id;
    if (event.detail.starts_with("stopped")) {
        attempt([&] { give_back_lease(folder_, id); });  // else others take it once our pulse stands still
    } else {
        drop_leases(folder_, id);
    }
}

ToCoordinator SharedStages::judged(ToCoordinator message) const {
    if (auto* ended = std::get_if<Ended>(&message); !alone_ && ended != nullptr && ended->outcome == StageOutcome::failed) {
        const std::string& id = forest_.stages[ended->stage].id;
        if (!read_lease(folder_, id).is_of(folder_)) {
            say("stage '" + id + "' was taken over by another member; its failure here (" + ended->reason + ") is no result");
            ended->outcome = StageOutcome::stopped;
        }
    }
    return message;
}

void SharedStages::keep_pulse(double now_s) {
    if (now_s < next_pulse_s_) {
        return;
    }
    next_pulse_s_ = now_s + patience_s_ / pulses_per_patience;
    try {
        write_pulse(folder_, ++pulse_);
        pulse_fails_ = false;
    } catch (const IoError& error) {
        if (!std::exchange(pulse_fails_, true)) {
            say(std::string(error.what()) + "; other members will take our stages over unless that changes");
        }
    }
}

std::vector<Outgoing> SharedStages::look(Coordinator& coordinator, double now_s) {
    std::vector<Outgoing> out;
    if (alone_) {
        return out;
    }
    keep_pulse(now_s);
    if (now_s < next_look_s_) {
        return out;
    }
    const auto began = std::chrono::steady_clock::now();
    watch_.tick(now_s);
    for (const std::uint32_t stage : coordinator.stages_elsewhere()) {  // parents come first
        const Stage& work = forest_.stages[stage];
        if (const std::optional<StageOutcome> outcome = outcome_of(stage)) {
            append(out, coordinator.on_over_elsewhere(stage, *outcome, *outcome == StageOutcome::done ? work.end_step : work.begin_step, now_s));
        } else if (may_take(read_lease(folder_, work.id))) {
            const std::optional<LoadedState> state = read_state(folder_, work.id);
            append(out, coordinator.on_over_elsewhere(stage, StageOutcome::stopped, state ? state->state.step : work.begin_step, now_s));
        }
    }
    for (const std::uint32_t stage : coordinator.stages_here()) {
        const StageLease lease = read_lease(folder_, forest_.stages[stage].id);
        const bool is_out_of_reach = lease.generation == 0 && !outcome_of(stage);  // leases go only once there is a record
        if (!lease.is_of(folder_) && !is_out_of_reach && taken_over_.insert(stage).second) {
            say("stage '" + forest_.stages[stage].id + "' was taken over by another member; leaving it to that");
            append(out, coordinator.on_taken_over(stage));
        }
    }
    const double took_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    next_look_s_ = now_s + std::max(patience_s_ / looks_per_patience, took_s / share_for_looking);
    return out;
}

}  // namespace overtake
