#include "runner/records.hpp"

#include <chrono>
#include <ctime>
#include <functional>

#include "cluster/comm/mpi_environment.hpp"
#include "runner/device.hpp"
#include "runner/keep_checkpoint.hpp"
#include "sweeps/results/record_file.hpp"
#include "sweeps/results/state_file.hpp"
#include "sweeps/stage_lease.hpp"

namespace overtake {

namespace {

std::string utc(std::chrono::system_clock::time_point time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

StageStatus status_of(StageOutcome outcome) {
    switch (outcome) {
        case StageOutcome::done: return StageStatus::done;
        case StageOutcome::diverged: return StageStatus::diverged;
        case StageOutcome::failed:
        case StageOutcome::stopped: break;
    }
    return StageStatus::failed;
}

void keep(const std::function<void()>& write) {
    try {
        write();
    } catch (const std::exception& error) {
        throw FolderRefused(error.what());
    }
}

}  // namespace

StageRecord begin_record(const StageWork& work, const StageResult& result, double seconds) {
    StageRecord record;
    record.id = work.stage.id;
    record.parent = work.stage.parent;
    record.kind = name_of(work.stage.kind);
    record.text = work.stage.text;
    record.status = status_of(result.outcome);
    record.reason = result.outcome == StageOutcome::done ? "" : result.reason;
    record.end_step = result.step;
    const auto now = std::chrono::system_clock::now();
    const auto began = now - std::chrono::duration_cast<std::chrono::system_clock::duration>(std::chrono::duration<double>(result.seconds));
    record.provenance = {.host = MpiEnvironment::host(),
                         .version = OVERTAKE_VERSION,
                         .device = device_name(work.device),
                         .started_utc = utc(began),
                         .finished_utc = utc(now),
                         .attempts = work.attempt,
                         .team_width = work.team.width(),
                         .seconds = seconds,
                         .alone = work.alone};
    return record;
}

void keep_record(const StageWork& work, const StageRecord& record) {
    if (work.folder.member.empty()) {
        keep([&] { write_record(work.folder, record); });
    } else if (record.status == StageStatus::failed && !read_lease(work.folder, record.id).is_of(work.folder)) {
        say("stage '" + record.id + "' was taken over by another member; its failure here is not recorded");
    } else {
        keep([&] { write_record_once(work.folder, record); });
    }
}

void keep_checkpoint(const StageWork& work, const StageState& state) {
    if (!work.folder.member.empty() && !read_lease(work.folder, state.id).is_of(work.folder)) {
        say("stage '" + state.id + "' was taken over by another member; its checkpoint here is not written");
        return;
    }
    write_state(work.folder, state);
}

void keep_state(const StageWork& work, const StageState& state) {
    keep([&] { write_state(work.folder, state); });
}

}  // namespace overtake
