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
#include "cluster/launch/job_words.hpp"
#include "cluster/launch/logs.hpp"
#include "cluster/launch/progress.hpp"
#include "cluster/slurm/command_runner.hpp"
#include "sweeps/stage_lease.hpp"

namespace overtake {

namespace {

constexpr std::size_t errors_shown = 5, words_shown = 10;

bool speaks_of_an_error(const std::string& line) {
    static constexpr std::array<std::string_view, 6> words{"error", "died", " failed", " diverged", "cannot", "giving up"};
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return line.find(word) != std::string::npos; });
}

double age_of(const std::filesystem::path& file) {
    std::error_code error;
    const auto written = std::filesystem::last_write_time(file, error);
    return error ? -1 : std::chrono::duration<double>(std::filesystem::file_time_type::clock::now() - written).count();
}

bool lives(const SweepStatus& status, const std::string& member) {
    return std::any_of(status.owners.begin(), status.owners.end(), [&](const OwnerStatus& each) { return each.alive && each.member == member; });
}

std::optional<RunningStage> if_running(const SweepView& view, const SweepStatus& status, const Stage& stage) {
    const double age = age_of(view.folder.state(stage.id));
    RunningStage running{stage.id, std::string(name_of(stage.kind)), stage.config.position.scheme, stage.config.size, age};
    if (lives(status, "")) {
        const double fresh = 3 * view.specification.cluster.checkpoint_seconds;
        return age >= 0 && age <= fresh ? std::optional(running) : std::nullopt;
    }
    const StageLease lease = read_lease(view.folder, stage.id);
    running.member = lease.member;
    return lease.held && lives(status, lease.member) ? std::optional(running) : std::nullopt;
}

std::vector<OwnerStatus> owners_of(const SweepFolder& folder) {
    std::vector<OwnerStatus> owners;
    for (const SweepFolder& place : folders_with_locks(folder)) {
        if (const std::optional<LockOwner> owner = read_lock(place)) {
            owners.push_back({place.member, *owner, state_of(*owner, unix_seconds()) == LockState::alive, static_cast<double>(unix_seconds() - owner->heartbeat)});
        }
    }
    return owners;
}

}  // namespace

std::vector<std::string> last_errors_of(const std::filesystem::path& log, std::size_t count) {
    std::ifstream file(log);
    std::deque<std::string> found;
    for (std::string line; std::getline(file, line);) {
        if (speaks_of_an_error(line)) {
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
    status.owners = owners_of(view.folder);
    const bool alive = std::any_of(status.owners.begin(), status.owners.end(), [](const OwnerStatus& each) { return each.alive; });
    double flops = 0, flops_done = 0;
    for (std::size_t i = 0; i < view.status.size(); ++i) {
        const Stage& stage = view.forest.stages[i];
        flops += stage.flops;
        if (!view.status[i]) {
            status.waiting += 1;
            if (const auto running = alive ? if_running(view, status, stage) : std::nullopt) {
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
    status.seconds_left = predicted_seconds_left(view.forest, view.status, calibration, view.specification.cluster.ranks);
    status.calibration = calibration.source;
    for (const std::filesystem::path& log : logs_of(view.folder)) {
        for (std::string& line : last_errors_of(log, errors_shown)) {
            status.last_errors.push_back(std::move(line));
        }
    }
    std::sort(status.last_errors.begin(), status.last_errors.end());  // each begins with its time
    if (status.last_errors.size() > errors_shown) {
        status.last_errors.erase(status.last_errors.begin(), status.last_errors.end() - errors_shown);
    }
    for (const JobOutput& output : newest_job_output(view.folder, words_shown)) {
        for (const std::string& line : output.lines) {
            if (speaks_of_an_error(line)) {
                status.job_errors.push_back(output.name() + ": " + line);
            }
        }
    }
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
                                {"last_errors", status.last_errors},
                                {"job_errors", status.job_errors}};
    auto& running = json["running"] = nlohmann::ordered_json::array();
    for (const RunningStage& stage : status.running) {
        running.push_back({{"id", stage.id},
                           {"kind", stage.kind},
                           {"scheme", stage.scheme},
                           {"size", stage.size},
                           {"seconds_since_checkpoint", stage.seconds_since_checkpoint}});
        if (!stage.member.empty()) {
            running.back()["member"] = stage.member;
        }
    }
    json["owner"] = nullptr;
    for (const OwnerStatus& each : status.owners) {
        nlohmann::ordered_json owner{{"alive", each.alive},
                                     {"host", each.owner.host},
                                     {"pid", each.owner.pid},
                                     {"slurm_job", each.owner.slurm_job},
                                     {"restarts", each.owner.restarts},
                                     {"heartbeat_age_seconds", each.heartbeat_age_s}};
        if (each.member.empty()) {
            json["owner"] = std::move(owner);
        } else {
            owner["member"] = each.member;
            json["members"].push_back(std::move(owner));
        }
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
    if (status.owners.empty()) {
        out << "owner    nobody runs it now\n";
    }
    for (const OwnerStatus& each : status.owners) {
        out << (each.member.empty() ? "owner    " : "member   " + each.member + ": ") << "process " << each.owner.pid << " on " << each.owner.host
            << (each.owner.slurm_job.empty() ? "" : ", Slurm job " + each.owner.slurm_job) << (each.alive ? "" : " (dead: run it again)") << ", heartbeat "
            << duration_text(each.heartbeat_age_s) << " ago, " << each.owner.restarts << " restarts\n";
    }
    if (status.waiting > 0) {
        out << "left     about " << duration_text(status.seconds_left) << " (" << status.calibration << ")\n";
    }
    for (const RunningStage& stage : status.running) {
        out << "running  " << stage.id << "  " << stage.kind << "  " << stage.scheme << "  " << stage.size << ", "
            << (stage.member.empty() ? "" : "member " + stage.member + ", ")
            << (stage.seconds_since_checkpoint < 0 ? "no checkpoint yet" : "checkpoint " + duration_text(stage.seconds_since_checkpoint) + " ago") << '\n';
    }
    for (const std::string& line : status.last_errors) {
        out << "log      " << line << '\n';
    }
    for (const std::string& line : status.job_errors) {
        out << "output   " << line << '\n';
    }
}

void print(std::ostream& out, const std::vector<QueuedJob>& jobs) {
    for (const QueuedJob& job : jobs) {
        out << "job      " << job.id << ' ' << job.state << ' ' << job.reason << '\n';
    }
}

void print_not_begun(std::ostream& out, const SweepFolder& folder, const std::optional<std::string>& submitted, const std::vector<QueuedJob>& queued) {
    print(out, queued);
    const std::vector<JobOutput> outputs = newest_job_output(folder, words_shown);
    if (queued.empty()) {
        out << "job      " << (submitted ? *submitted : outputs.front().job) << " is not in Slurm's queue and has not begun the sweep; "
            << (outputs.empty() ? "it left no output in '" + folder.root.string() + "' (sacct knows how it ended)" : std::string("its last words:")) << '\n';
    }
    for (const JobOutput& output : outputs) {
        out << "output   " << output.file.string() << '\n';
        for (const std::string& line : output.lines) {
            out << "           " << line << '\n';
        }
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
    if (!std::filesystem::exists(place.specification()) && (submitted || !newest_job_output(place, 0).empty())) {
        print_not_begun(json ? std::cerr : std::cout, place, submitted, jobs);
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
