#include "runner/worker.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "cluster/comm/mpi_environment.hpp"
#include "runner/device.hpp"
#include "runner/failure_words.hpp"
#include "runner/hang_judge.hpp"
#include "runner/pulse.hpp"
#include "runner/records.hpp"
#include "runner/stage_fault.hpp"
#include "runner/stage_work.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/run_lines.hpp"

namespace overtake {

namespace {

constexpr int team_tag = 17;
constexpr std::chrono::seconds head_start{2};  // of the rank that knows the cause

/// Tells the supervisor what the stage met here, and ends the program.
[[noreturn]] void end_for_a_fault(const std::string& stage, const std::exception& error) {
    const auto* fault = dynamic_cast<const StageFault*>(&error);
    if (fault != nullptr && fault->blame() == Blame::place_of_others) {
        std::this_thread::sleep_for(head_start);
    }
    const std::string words = failure_in_words(error.what());
    const bool of_the_place = fault == nullptr || fault->blame() != Blame::unknown;  // others come from before the stage: its device, its team
    print(FaultLine{stage, of_the_place, words + " on " + MpiEnvironment::host()});
    say("stage '" + stage + "' can't go on here: " + words + "; the program ends, to start again from the newest checkpoints");
    MpiEnvironment::abort(exit_code::unexpected);
}

}  // namespace

Worker::Worker(const SweepFolder& folder, const Specification& specification, const StageForest& forest,
               const ProcessGroup& world, WorkerEnd coordinator)
    : folder_(folder),
      specification_(specification),
      forest_(forest),
      world_(world.duplicate()),
      coordinator_(std::move(coordinator)) {}

void Worker::run() {
    coordinator_.send(Ready{});
    while (!leave_) {
        take_in(std::chrono::milliseconds(100));
        while (!waiting_.empty() && !leave_) {
            const ToWorker message = std::move(waiting_.front());
            waiting_.pop_front();
            if (const auto* assign = std::get_if<Assign>(&message)) {
                std::vector<ToCoordinator> over;
                if (std::optional<Ended> ended = run_assigned(*assign)) {
                    over.emplace_back(std::move(*ended));
                }
                over.emplace_back(Ready{});
                coordinator_.send(over);
            } else if (std::holds_alternative<Leave>(message)) {
                leave_ = true;
            }
        }
    }
}

void Worker::take_in(std::chrono::milliseconds timeout) {
    for (ToWorker& message : coordinator_.receive(timeout)) {
        waiting_.push_back(std::move(message));
    }
}

const Team& Worker::team_of(const std::vector<int>& ranks, at::Device device) {
    if (const auto known = teams_.find(ranks); known != teams_.end()) {
        return known->second;
    }
    Team team;
    if (ranks.size() > 1) {
        team.group = world_.subgroup(ranks, team_tag);
        if (device.is_cuda()) {
            team.device_group = DeviceGroup(team.group, device.index());
        }
    }
    return teams_.emplace(ranks, std::move(team)).first->second;
}

bool Worker::stop_asked() {
    take_in(std::chrono::milliseconds(0));
    return std::any_of(waiting_.begin(), waiting_.end(),
                       [](const ToWorker& message) { return std::holds_alternative<StopNow>(message); });
}

std::optional<Ended> Worker::run_assigned(const Assign& assign) {
    expects(assign.stage < forest_.stages.size(), "an assigned stage is one of the forest");
    const Stage& stage = forest_.stages[assign.stage];
    StageResult result;
    const bool leads = !assign.team.empty() && assign.team.front() == world_.rank();
    const PulseSender pulses([&](Pace pace) {
        if (leads) {
            coordinator_.send(sign_of_life(assign.stage, pace));
        }
    });
    pulse(Pace::long_work);
    try {
        const at::Device device = pick_device(stage.config.training.device, MpiEnvironment::local_rank());
        const Team& team = team_of({assign.team.begin(), assign.team.end()}, device);
        const StageWork work{
            .folder = folder_,
            .specification = specification_,
            .forest = forest_,
            .stage = stage,
            .team = team,
            .device = device,
            .attempt = assign.attempt,
            .alone = team.width() == world_.size(),
            .stop_asked = [this] { return stop_asked(); },
            .report =
                [&](std::int64_t step, double rate) {
                    coordinator_.send(Heartbeat{assign.stage, step, rate});
                },
        };
        result = run_stage(work);
    } catch (const FolderRefused& error) {
        print(RefusedLine{error.what()});
        say("cannot keep what stage '" + stage.id + "' came to: " + error.what() +
            "; the program ends, nothing is recorded as failed, and it goes on from the newest checkpoints once the folder can be written");
        MpiEnvironment::abort(exit_code::unexpected);
    } catch (const std::exception& error) {
        end_for_a_fault(stage.id, error);
    }
    return leads ? std::optional(Ended{assign.stage, assign.attempt, result.outcome, result.step, result.seconds, result.reason}) : std::nullopt;
}

}  // namespace overtake
