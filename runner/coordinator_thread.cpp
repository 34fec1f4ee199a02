#include "runner/coordinator_thread.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>

#include <poll.h>
#include <unistd.h>

#include "cluster/comm/mpi_environment.hpp"
#include "cluster/schedule/coordinator.hpp"
#include "runner/hang_judge.hpp"
#include "runner/say.hpp"
#include "runner/shared_stages.hpp"
#include "runner/sweep_files.hpp"
#include "runner/told_to_stop.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/run_lines.hpp"

namespace overtake {

namespace {

using Clock = std::chrono::steady_clock;
constexpr double grace_after_supervisor_s = 60;

bool supervisor_gone() {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (poll(&input, 1, 0) <= 0) {
        return false;
    }
    char byte = 0;
    return read(STDIN_FILENO, &byte, 1) == 0;
}

std::string_view word_for(const std::string& detail) { return detail.empty() ? std::string_view("done") : std::string_view(detail); }

}  // namespace

void run_coordinator(const SweepFolder& folder, const Specification& specification, const StageForest& forest,
                     const CoordinatorEnd& workers, const CoordinatorThreadOptions& options) {
    const std::vector<StageStart> start = look_up_stages(folder, forest);
    StateKeeper keeper(folder, forest, specification.cluster.keep, start);
    SharedStages shared(folder, forest, start, options.lease_patience_s);
    Coordinator coordinator(forest, start,
                            {.ranks = options.ranks,
                             .max_width = static_cast<int>(specification.cluster.max_width),
                             .claim = [&](std::uint32_t stage) { return shared.claim(stage); }});
    const auto began = Clock::now();
    const auto now_s = [&] { return std::chrono::duration<double>(Clock::now() - began).count(); };
    const double flops_before = coordinator.flops_done();
    HangJudge hangs(forest, options.hang_after_s);
    double last_progress = -10, last_look = -1, gone_since = -1;
    bool stopping = false;

    const auto tell = [&] {
        for (const CoordinatorEvent& event : coordinator.take_events()) {
            hangs.on_event(event);
            shared.on_event(event);
            const std::string& id = forest.stages[event.stage].id;
            if (event.kind == CoordinatorEvent::Kind::assigned) {
                print(AssignedLine{id, event.step, event.team});
            } else {
                const bool skipped = event.kind == CoordinatorEvent::Kind::skipped;
                const std::string_view detail = word_for(event.detail);
                const auto space = detail.find(' ');
                const std::string outcome(skipped ? "skipped" : detail.substr(0, space));
                print(EndedLine{id, outcome, event.step, space == std::string_view::npos ? "" : std::string(detail.substr(space + 1))});
                if (outcome != "stopped") {
                    keeper.on_stage_over(event.stage);
                }
            }
        }
    };
    const auto progress = [&] {
        const double share = coordinator.flops_total() > 0 ? coordinator.flops_done() / coordinator.flops_total() : 1;
        const double done_here = coordinator.flops_done() - flops_before;
        const double left = done_here > 0 ? now_s() * (coordinator.flops_total() - coordinator.flops_done()) / done_here : -1;
        const auto total = static_cast<std::int64_t>(coordinator.stages_total());
        const auto done = static_cast<std::int64_t>(coordinator.stages_done());
        const auto running = static_cast<std::int64_t>(coordinator.stages_running());
        const auto failed = static_cast<std::int64_t>(coordinator.stages_failed());
        print(ProgressLine{done, running, std::max<std::int64_t>(0, total - done - running - failed), failed, coordinator.tokens_per_second(), share, left});
    };

    while (!coordinator.finished()) {
        const double held_s = std::clamp(coordinator.held_until_s() - now_s(), 0.001, 0.05);
        std::vector<Outgoing> answers;
        for (auto& [from, message] : workers.receive(std::chrono::milliseconds(std::lround(1000 * held_s)))) {
            hangs.on_message(message);
            std::ranges::move(coordinator.on_message(from, shared.judged(std::move(message)), now_s()), std::back_inserter(answers));
        }
        std::ranges::move(coordinator.on_time(now_s()), std::back_inserter(answers));
        workers.send(answers);
        tell();
        if (now_s() - last_look > 0.2) {
            last_look = now_s();
            workers.send(shared.look(coordinator, now_s()));
            tell();
            if (const auto elsewhere = coordinator.stages_elsewhere(); !elsewhere.empty()) {
                hangs.on_event({CoordinatorEvent::Kind::ended, elsewhere.front(), {}, 0, {}});  // ranks without work may wait for others
            }
            if (const std::optional<HungLine> hung = hangs.look(now_s())) {
                print(*hung);
                MpiEnvironment::abort(exit_code::unexpected);
            }
            const bool gone = options.supervised && gone_since < 0 && supervisor_gone();
            if (gone) {
                gone_since = now_s();
                say("the supervisor is gone; checkpointing and leaving");
            }
            if (!stopping && (gone || told_to_stop() || std::filesystem::exists(folder.stop()))) {
                stopping = true;
                workers.send(coordinator.on_stop());
                tell();
            }
            if (gone_since >= 0 && now_s() - gone_since > grace_after_supervisor_s) {
                MpiEnvironment::abort(exit_code::unexpected);
            }
        }
        if (now_s() - last_progress > 1) {
            last_progress = now_s();
            progress();
        }
    }
    tell();
    progress();
    if (gone_since >= 0) {
        return;  // the outcome is for our own supervisor; the next one must not take it for that of its program
    }
    write_outcome(folder.outcome(), {.finished = !coordinator.stopped(),
                                     .stopped = coordinator.stopped(),
                                     .stages_done = static_cast<std::int64_t>(coordinator.stages_done()),
                                     .stages_failed = static_cast<std::int64_t>(coordinator.stages_failed())});
}

}  // namespace overtake
