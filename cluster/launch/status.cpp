// Reading records, checkpoints' times, the lock and the log.
#include "cluster/launch/status.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <fstream>
#include <iostream>

#include <nlohmann/json.hpp>

#include "cluster/launch/calibration.hpp"
#include "cluster/launch/command_line.hpp"
#include "cluster/launch/progress.hpp"
#include "cluster/slurm/command_runner.hpp"

namespace overtake {

namespace {

constexpr std::size_t errors_shown = 5;

double age_of(const std::filesystem::path& file) {
    std::error_code error;
    const auto written = std::filesystem::last_write_time(file, error);
    return error ? -1 : std::chrono::duration<double>(std::filesystem::file_time_type::clock::now() - written).count();
}

std::optional<RunningStage> if_running(const SweepView& view, const Stage& stage) {
    const double age = age_of(view.folder.state(stage.id));
    const double fresh = 3 * view.specification.cluster.checkpoint_seconds;
    if (age < 0 || age > fresh) {
        return std::nullopt;
    }
    return RunningStage{stage.id, std::string(name_of(stage.kind)), stage.config.position.scheme, stage.config.size, age};
}

}  // namespace

std::vector<std::string> last_errors_of(const std::filesystem::path& log, std::size_t count) {
    static constexpr std::array<std::string_view, 6> words{"error", "died", " failed", " diverged", "cannot", "giving up"};
    std::ifstream file(log);
    std::deque<std::string> found;
    for (std::string line; std::getline(file, line);) {
        if (std::any_of(words.begin(), words.end(), [&](std::string_view word) { return line.find(word) != std::string::npos; })) {
            found.push_back(line);
            if (found.size() > count) {
                found.pop_front();
            }
        }
    }
    return {found.begin(), found.end()};
}

SweepStatus find_status(const SweepView& view) {
    SweepStatus status;
    status.name = view.specification.name;
    status.folder = view.folder.root.string();
    status.trials = view.forest.trials.size();
    status.stages = view.forest.stages.size();
    status.owner = read_lock(view.folder);
    if (status.owner) {
        status.alive = state_of(*status.owner, unix_seconds()) == LockState::alive;
        status.heartbeat_age_s = static_cast<double>(unix_seconds() - status.owner->heartbeat);
    }
    double flops = 0, flops_done = 0;
    for (std::size_t i = 0; i < view.status.size(); ++i) {
        const Stage& stage = view.forest.stages[i];
        flops += stage.flops;
        if (!view.status[i]) {
            status.waiting += 1;
            if (const auto running = status.alive ? if_running(view, stage) : std::nullopt) {
                status.running.push_back(*running);
            }
            continue;
        }
        status.done += *view.status[i] == StageStatus::done;
        status.diverged += *view.status[i] == StageStatus::diverged;
        status.failed += *view.status[i] == StageStatus::failed;
        flops_done += stage.flops;
    }
    status.share_of_flops = flops > 0 ? flops_done / flops : 1;
    const Calibration calibration = find_calibration(view);
    status.seconds_left = predicted_seconds_left(view, calibration, view.specification.cluster.ranks);
    status.calibration = calibration.source;
    status.last_errors = last_errors_of(view.folder.log(), errors_shown);
    return status;
}

std::string to_json_text(const SweepStatus& status) {
    nlohmann::ordered_json json{{"name", status.name},
                                {"folder", status.folder},
                                {"trials", status.trials},
                                {"stages", status.stages},
                                {"done", status.done},
                                {"diverged", status.diverged},
                                {"failed", status.failed},
                                {"waiting", status.waiting},
                                {"share_of_flops", status.share_of_flops},
                                {"seconds_left", status.seconds_left},
                                {"calibration", status.calibration},
                                {"last_errors", status.last_errors}};
    auto& running = json["running"] = nlohmann::ordered_json::array();
    for (const RunningStage& stage : status.running) {
        running.push_back({{"id", stage.id},
                           {"kind", stage.kind},
                           {"scheme", stage.scheme},
                           {"size", stage.size},
                           {"seconds_since_checkpoint", stage.seconds_since_checkpoint}});
    }
    json["owner"] = nullptr;
    if (status.owner) {
        json["owner"] = {{"alive", status.alive},
                         {"host", status.owner->host},
                         {"pid", status.owner->pid},
                         {"slurm_job", status.owner->slurm_job},
                         {"restarts", status.owner->restarts},
                         {"heartbeat_age_seconds", status.heartbeat_age_s}};
    }
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";  // paths need not be UTF-8
}

void print(std::ostream& out, const SweepStatus& status) {
    out << "sweep    " << status.name << " in " << status.folder << '\n';
    out << "stages   " << status.done << " finished, " << status.running.size() << " running, " << status.waiting - status.running.size() << " waiting";
    if (status.failed + status.diverged > 0) {
        out << ", " << status.failed << " failed, " << status.diverged << " diverged";
    }
    out << "; " << static_cast<int>(100 * status.share_of_flops) << " % of the compute\n";
    if (!status.owner) {
        out << "owner    nobody runs it now\n";
    } else {
        out << "owner    process " << status.owner->pid << " on " << status.owner->host
            << (status.owner->slurm_job.empty() ? "" : ", Slurm job " + status.owner->slurm_job) << (status.alive ? "" : " (dead: run it again)") << ", heartbeat "
            << duration_text(status.heartbeat_age_s) << " ago, " << status.owner->restarts << " restarts\n";
    }
    if (status.waiting > 0) {
        out << "left     about " << duration_text(status.seconds_left) << " (" << status.calibration << ")\n";
    }
    for (const RunningStage& stage : status.running) {
        out << "running  " << stage.id << "  " << stage.kind << "  " << stage.scheme << "  " << stage.size << ", checkpoint "
            << duration_text(stage.seconds_since_checkpoint) << " ago\n";
    }
    for (const std::string& line : status.last_errors) {
        out << "log      " << line << '\n';
    }
}

void print(std::ostream& out, const std::vector<QueuedJob>& jobs) {
    for (const QueuedJob& job : jobs) {
        out << "job      " << job.id << ' ' << job.state << ' ' << job.reason << '\n';
    }
}

int status_verb(const std::vector<std::string>& arguments) {
    CLI::App app("Say how a sweep stands, from its files alone", "overtake status");
    std::string folder;
    bool json = false;
    app.add_option("folder", folder, "sweep folder")->required();
    app.add_flag("--json", json, "one JSON object");
    if (const auto over = read_arguments(app, arguments)) {
        return *over;
    }
    if (!std::filesystem::is_directory(folder)) {
        throw IoError("'" + folder + "' is no folder; give the sweep folder that `overtake run` made");
    }
    const SweepFolder place{folder};
    ProcessRunner slurm;
    const std::optional<std::string> submitted = submitted_job(place);
    const std::vector<QueuedJob> jobs = submitted ? jobs_in_queue(slurm, *submitted) : std::vector<QueuedJob>();
    if (!jobs.empty() && !std::filesystem::exists(place.specification())) {
        print(json ? std::cerr : std::cout, jobs);  // it waits for its first life
        return exit_code::done;
    }
    const SweepStatus status = find_status(look_at_sweep(folder));
    if (json) {
        std::cout << to_json_text(status);
    } else {
        print(std::cout, status);
        print(std::cout, jobs);
    }
    return exit_code::done;
}

}  // namespace overtake
