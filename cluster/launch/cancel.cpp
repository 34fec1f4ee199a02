#include "cluster/launch/cancel.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <set>
#include <tuple>

#include "cluster/launch/command_line.hpp"
#include "cluster/launch/lock.hpp"
#include "cluster/launch/tune.hpp"
#include "cluster/slurm/job.hpp"
#include "cluster/slurm/submitted.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {

namespace {

constexpr std::string_view first_word = "cancelled";

void scancel(CommandRunner& slurm, const std::string& job) {
    const CommandResult result = slurm.run({"scancel", job}, "");
    if (result.exit_code != 0) {
        throw IoError("scancel refused job " + job + " (" + result.errors.substr(0, result.errors.find('\n')) + ")");
    }
}

/// Whoever works on the sweep, and on the rounds of its tuning. The sweep comes first: who begins a round looks for its stop file
/// after having taken the round's lock, so that no order falls between the two.
std::vector<SweepFolder> places_with_locks(const SweepFolder& folder) {
    std::vector<SweepFolder> places;
    for (const SweepFolder& each : {folder, tuning_folder(folder), check_folder(folder)}) {
        const std::vector<SweepFolder> found = folders_with_locks(each);
        places.insert(places.end(), found.begin(), found.end());
    }
    return places;
}

}  // namespace

bool is_cancelled(const SweepFolder& folder) {
    std::ifstream file(folder.stop());
    std::string word;
    return file >> word && word == first_word;
}

std::vector<std::string> cancel_sweep(const SweepFolder& folder, bool now, CommandRunner& slurm) {
    std::vector<std::string> done;
    std::set<std::string> running;
    std::set<std::tuple<std::string, std::string, pid_t>> told;
    for (SweepFolder place : places_with_locks(folder)) {
        const std::optional<LockOwner> owner = read_lock(place);
        if (!owner || state_of(*owner, unix_seconds()) == LockState::dead) {
            continue;
        }
        if (!owner->slurm_job.empty()) {
            const bool is_new = running.insert(owner->slurm_job).second;
            place.life = owner->slurm_job + "." + std::to_string(owner->slurm_restart);
            if (now && is_new) {
                scancel(slurm, owner->slurm_job);
                done.push_back("job " + owner->slurm_job + " is cancelled");
            }
            if (now) {
                continue;
            }
        }
        write_aside(place.stop(), std::string(first_word) + " by overtake cancel\n");
        if (told.emplace(owner->slurm_job, owner->host, owner->pid).second) {
            done.push_back("process " + std::to_string(owner->pid) + " on " + owner->host + " is told to write checkpoints and leave");
        }
    }
    const std::optional<std::string> submitted = submitted_job(folder);
    for (const QueuedJob& job : submitted ? jobs_in_queue(slurm, *submitted) : std::vector<QueuedJob>()) {
        if (!running.contains(job.id) && (now || job.state == "PENDING")) {
            scancel(slurm, job.id);
            done.push_back("job " + job.id + " is taken out of the queue");
        }
    }
    return done;
}

int cancel_verb(const std::vector<std::string>& arguments) {
    CLI::App app("Stop a sweep for good: checkpoints are written, and its Slurm job is not put back into the queue.\n"
                 "`overtake run` or `overtake submit` go on with it later.",
                 "overtake cancel");
    std::string folder;
    bool now = false;
    app.add_option("folder", folder, "sweep folder")->required();
    app.add_flag("--now", now, "let Slurm end running jobs at once (scancel); what was done since the last checkpoint is lost");
    if (const auto over = read_arguments(app, arguments)) {
        return *over;
    }
    if (!std::filesystem::is_directory(folder)) {
        throw IoError("'" + folder + "' is no folder; give the sweep folder that `overtake run` or `overtake submit` made");
    }
    ProcessRunner slurm;
    const std::vector<std::string> done = cancel_sweep({folder}, now, slurm);
    for (const std::string& line : done) {
        std::cout << line << '\n';
    }
    if (done.empty()) {
        std::cerr << "overtake: nobody works on the sweep, and no job of it waits\n";
    }
    return exit_code::done;
}

}  // namespace overtake
