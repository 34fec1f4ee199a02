// The steps of a run, in order: read, prepare the data, take the folder, supervise, collect, say what came out.
#include "cluster/launch/run.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <sstream>

#include "cluster/launch/budget.hpp"
#include "cluster/launch/calibration.hpp"
#include "cluster/launch/command_line.hpp"
#include "cluster/launch/cancel.hpp"
#include "cluster/launch/lives.hpp"
#include "cluster/launch/process.hpp"
#include "cluster/launch/run_pace.hpp"
#include "cluster/launch/supervisor.hpp"
#include "cluster/launch/tune.hpp"
#include "cluster/slurm/requeue.hpp"
#include "sweeps/claims.hpp"
#include "sweeps/data_manifest.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/patience.hpp"
#include "sweeps/remembered_data.hpp"
#include "sweeps/results/results_file.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {

namespace {

bool data_are_missing(const Specification& specification) {
    return std::any_of(specification.trials.begin(), specification.trials.end(),
                       [](const TrialConfig& trial) { return !find_data_manifest(trial.data); });
}

std::filesystem::path toml_of(const RunRequest& request) {
    return std::filesystem::is_directory(request.sweep) ? SweepFolder{request.sweep}.specification() : request.sweep;
}

void refuse_foreign_folder(const SweepFolder& folder) {
    std::error_code absent;
    const auto is_of_a_job = [&](const std::filesystem::path& file) {
        const std::string name = file.filename().string();
        // "sweep." and "lives.": another member of a job array, or what it is about to put in place, came first.
        return file == folder.batch_script() || file == folder.job() || name.starts_with("slurm-") || name.starts_with("sweep.") || name.starts_with("lives.");
    };
    const std::filesystem::directory_iterator files(folder.root, absent);
    if (std::all_of(begin(files), end(files), [&](const auto& file) { return is_of_a_job(file.path()); })) {
        return;
    }
    if (!std::filesystem::exists(folder.specification()) && !std::filesystem::exists(folder.stages()) && folders_with_locks(folder).empty()) {
        throw IoError("'" + folder.root.string() + "' is not empty and no sweep folder; name another one with --in");
    }
}

LaunchSettings launch_settings(const RunRequest& request, const SweepView& view, std::int64_t ranks) {
    LaunchSettings settings = settings_from_here();
    settings.train = train_program(request.train);
    settings.folder = view.folder.root;
    settings.member = view.folder.member;
    settings.life = view.folder.life;
    settings.ranks = ranks;
    for (const TrialConfig& trial : view.specification.trials) {
        settings.threads = std::max(settings.threads, trial.training.threads);
        settings.gpus = settings.gpus || trial.training.device == Device::cuda;
    }
    settings.srun = (settings.srun || request.srun) && request.mpirun.empty();
    if (!request.mpirun.empty()) {
        settings.mpirun = request.mpirun;
    }
    return settings;
}

/// What a run knows of the Slurm job that it is in.
struct JobSide {
    SlurmJob job;
    CommandRunner& slurm;
    std::int64_t end = 0;                // [Unix seconds] of the job; 0: none
    std::int64_t deadline = 0;           // a little before: the last resort, should no signal have come; 0: none
    std::optional<JobLives> lives = {};  // of a batch job that has the folder
    SweepFolder folder = {};
    bool cancelled = false;
    bool requeue_wanted = true;
};

bool all_recorded(const SweepView& view) {
    return std::all_of(view.status.begin(), view.status.end(), [](const auto& status) { return status.has_value(); });
}

bool any_failed(const SweepView& view) {
    return std::any_of(view.status.begin(), view.status.end(), [](const auto& status) { return status && *status != StageStatus::done; });
}

/// One of several steps that are all taken, whatever becomes of the others. False, and said, if it throws.
bool take_step(const std::string& what, Narrator& narrator, const std::function<void()>& step) {
    try {
        step();
        return true;
    } catch (const std::exception& error) {
        narrator.say("cannot " + what + " (" + error.what() + ")");
        return false;
    }
}

double seconds_now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// Results, rates for the next plan, and one line that says where things are. Never throws. Returns `code`, or `unexpected` if all work is done
/// but for the results.
int close_books(const SweepView& before, int code, const RunPace& pace, Narrator& narrator) {
    std::size_t finished = 0;
    const bool collected = take_step("assemble results.h5", narrator,
                                     [&] { finished = collect_results(before.folder, before.specification, before.forest); });
    std::size_t failed = 0;
    take_step("write down rates for the next plan", narrator, [&] {
        const SweepView now = look_at_sweep(before.folder.root);
        failed = static_cast<std::size_t>(
            std::count_if(now.status.begin(), now.status.end(), [](const auto& status) { return status && *status != StageStatus::done; }));
        auto measured = pace.seconds_with_team().empty() ? std::nullopt : measure_calibration(now, pace.seconds_with_team());
        if (measured) {
            const bool ran_through = code == exit_code::done || code == exit_code::some_trials_failed;
            const auto known = read_calibration(calibration_file(now.folder));
            measured->launch_seconds = ran_through ? pace.launch_seconds(seconds_now()) : known ? known->launch_seconds : 0;
            write_calibration(calibration_file(now.folder), *measured);
        }
    });
    const std::string folder = before.folder.root.string();
    std::string words = collected ? std::to_string(finished) + " of " + std::to_string(before.forest.trials.size()) + " trials finished"
                                  : "the stages' records are kept; once '" + folder + "' can be written, `overtake collect " + folder + "` makes results.h5 of them";
    if (failed > 0) {
        words.append(", ").append(std::to_string(failed)).append(failed == 1 ? " stage failed" : " stages failed");
    }
    if (collected) {
        words.append("; results are in ").append(before.folder.results().string());
    }
    if (code == exit_code::resumable) {
        words.append("; stopped early, run it again to go on");
    }
    narrator.note(words);
    std::cout << words << std::endl;
    return collected || code == exit_code::resumable ? code : exit_code::unexpected;
}

/// A life that finds the text there needs no space on a full disk.
void write_unless_there(const std::filesystem::path& file, const std::string& text) {
    std::ostringstream there;
    there << std::ifstream(file, std::ios::binary).rdbuf();
    if (there.str() != text) {
        write_aside(file, text);
    }
}

void tell(const std::string& news, Narrator& narrator) {
    if (!news.empty()) {
        narrator.say(news);
    }
}

/// Writes what the folder needs before its first stage, and runs what is not recorded yet. Returns an exit code.
int run_stages(const SweepView& view, const LaunchSettings& launch, const RunRequest& request, JobSide* job, SweepLock& lock, StopSignals& signals,
               Narrator& narrator, std::function<bool()> keep_outer_lock = {}, RunPace* pace = nullptr) {
    if (view.specification.data && !view.specification.trials.empty()) {
        remember_data(view.folder, view.specification.trials.front().data, *view.specification.data);
    }
    write_unless_there(view.folder.specification(), view.specification.text);
    for (const std::string& note : view.specification.notes) {
        narrator.note(note);
    }
    if (all_recorded(view)) {
        narrator.note("every stage is done already");
        return any_failed(view) ? exit_code::some_trials_failed : exit_code::done;
    }
    SupervisorSettings settings;
    settings.launch = launch;
    settings.keep_outer_lock = std::move(keep_outer_lock);
    settings.launch.folder = view.folder.root;
    settings.restart_limit = view.specification.cluster.restarts;
    settings.restart_delay = request.restart_delay;
    settings.hang_after_s = patience_seconds(std::getenv("OVERTAKE_HANG_SECONDS"), default_hang_s);
    settings.folder_patience_s = patience_seconds(std::getenv("OVERTAKE_FOLDER_SECONDS"), default_folder_s);
    for (const Stage& stage : view.forest.stages) {
        settings.state_bytes = std::max(settings.state_bytes, state_bytes(stage));
    }
    settings.on_line = [job, pace, &narrator](const RunLine& line) {
        if (pace != nullptr) {
            pace->on_line(line, seconds_now());
        }
        if (job != nullptr && job->lives) {
            job->lives->on_line(line);
            tell(job->lives->take_news(), narrator);
        }
    };
    if (job != nullptr) {
        settings.deadline = job->deadline;
        settings.before_leaving = [job, &view] { job->cancelled = job->cancelled || is_cancelled(view.folder); };
    }
    settings.collect = [&view] { collect_results(view.folder, view.specification, view.forest); };
    const int code = supervise(view.folder, settings, lock, signals, narrator);
    if (std::error_code ignored; !view.folder.life.empty()) {
        std::filesystem::remove(view.folder.outcome(), ignored);  // nobody asks for it again: the next life has another name
    }
    return code;
}

/// The tuning's rounds in their own folder, with a lock, a log and results of their own, while the sweep's lock is kept alive. nullopt: every
/// scheme has its choice.
std::optional<int> tune_first(const SweepView& view, const LaunchSettings& launch, const RunRequest& request, JobSide* job, SweepLock& sweep_lock,
                              StopSignals& signals, Narrator& narrator) {
    const auto run_round = [&](SweepView round) {
        round.folder.member = view.folder.member;
        round.folder.life = view.folder.life;
        const auto say = [&](const std::string& words) { narrator.say(words); };
        SweepLock lock = SweepLock::take(round.folder, request.patience, say);
        if (std::error_code absent; std::filesystem::exists(view.folder.stop(), absent)) {
            say("told to stop between two programs");
            if (job != nullptr) {
                job->cancelled = job->cancelled || is_cancelled(view.folder);
            }
            return exit_code::resumable;
        }
        Narrator round_narrator(round.folder, request.quiet);
        const int code = run_stages(round, launch, request, job, lock, signals, round_narrator, [&] {
            const bool is_kept = sweep_lock.beat();
            tell(sweep_lock.take_news(), narrator);
            return is_kept;
        });
        take_step("assemble the results of the tuning, whose records are kept", narrator, [&] { collect_results(round.folder, round.specification, round.forest); });
        return code;
    };
    return run_tuning(view, run_round, [&](const std::string& words) { narrator.say(words); });
}

/// The last thing that a job does: Slurm may end us on it.
void leave_job(JobSide& job, int code, bool quiet) {
    Narrator narrator(job.folder, quiet);
    job.lives->close();
    tell(job.lives->take_news(), narrator);
    const bool work_left = code == exit_code::resumable;
    const LeavingChoice choice = how_to_leave({.work_left = work_left,
                                               .cancelled = job.cancelled,
                                               .job = work_left ? ask_for_job(job.slurm, job.job.id) : std::nullopt,
                                               .time_is_up = job.end > 0 && unix_seconds() >= job.end,
                                               .requeue_wanted = job.requeue_wanted,
                                               .restarts_without_progress = job.lives->restarts_without_progress(),
                                               .link = job.job.link});
    if (const std::string words = leave(job.slurm, job.job, choice, job.folder); !words.empty()) {
        narrator.say(words);
    }
}

/// All but the goodbye to Slurm.
int run_in_folder(const RunRequest& request, JobSide* job, StopSignals& signals) {
    SweepView view = look_at_sweep(request.sweep, request.folder);
    refuse_foreign_folder(view.folder);
    const std::filesystem::path overtake = request.overtake.empty() ? own_binary() : request.overtake;
    if (!all_recorded(view) && data_are_missing(view.specification)) {
        std::cerr << "overtake: preparing the data" << std::endl;
        if (const int code = run_program({overtake.string(), "data", toml_of(request).string()}); code != exit_code::done) {
            std::cerr << "overtake: error: the data could not be prepared (exit code " << code << "); nothing was run\n";
            return code == exit_code::usage ? exit_code::usage : exit_code::unexpected;
        }
        view = look_at_sweep(request.sweep, request.folder);
    }
    view.folder.root = std::filesystem::absolute(view.folder.root).lexically_normal();
    if (job != nullptr) {
        view.folder.member = job->job.array_task;
        view.folder.life = life_of(job->job);
        const std::int64_t end = end_of(job->slurm, job->job, unix_seconds());
        job->requeue_wanted = view.specification.slurm.requeue;
        job->end = end;
        job->deadline = end > 0 ? end - view.specification.slurm.signal_seconds / 2 : 0;
    }
    const std::int64_t ranks = request.ranks > 0 ? request.ranks : view.specification.cluster.ranks;
    const LaunchSettings launch = launch_settings(request, view, ranks);
    if (std::vector<Problem> problems = problems_of_fit(view, launch.srun ? 1 : ranks, machine_here(view.folder.root)); !problems.empty()) {
        throw ConfigError(std::move(problems));
    }

    SweepLock lock = SweepLock::take(view.folder, request.patience, [](const std::string& words) { std::cerr << "overtake: " << words << std::endl; });
    Narrator narrator(view.folder, request.quiet);
    if (job != nullptr && request.batch) {
        job->lives.emplace(view.folder, job->job);
        job->folder = view.folder;
    }
    const std::vector<SweepFolder> tuned_in = {tuning_folder(view.folder), check_folder(view.folder)};
    if (const std::string words = freeze_claims(view.folder, view.specification.claims, now_utc(), tuned_in); !words.empty()) {
        narrator.say(words);
    }
    if (view.specification.tuning && view.specification.tuning->phase == TuningPhase::planned) {
        write_unless_there(view.folder.specification(), view.specification.text);
        if (const std::optional<int> stopped = tune_first(view, launch, request, job, lock, signals, narrator)) {
            std::error_code ignored;
            std::filesystem::remove(view.folder.stop(), ignored);  // obeyed
            return *stopped;
        }
        view = with_choices(std::move(view));
        narrator.say("tuning is done; the grid has its choices");
    }
    RunPace pace(seconds_now());
    int code = run_stages(view, launch, request, job, lock, signals, narrator, {}, &pace);
    if (code == exit_code::unexpected && !lock.is_ours()) {
        return code;
    }
    code = close_books(view, code, pace, narrator);
    if (request.report && (code == exit_code::done || code == exit_code::some_trials_failed)) {
        int report = exit_code::unexpected;
        take_step("start the report", narrator, [&] { report = run_program({overtake.string(), "report", view.folder.results().string()}); });
        if (report != exit_code::done) {
            narrator.say("the report could not be made (exit code " + std::to_string(report) + "); the results are whole");
            return exit_code::unexpected;
        }
    }
    return code;
}

}  // namespace

int run_sweep(const RunRequest& request) {
    StopSignals signals;
    if (!request.job) {
        return run_in_folder(request, nullptr, signals);
    }
    ProcessRunner processes;
    JobSide job{.job = *request.job, .slurm = request.slurm == nullptr ? processes : *request.slurm};
    int code = exit_code::unexpected;
    std::exception_ptr thrown;
    try {
        code = run_in_folder(request, &job, signals);
    } catch (...) {
        thrown = std::current_exception();
    }
    if (job.lives) {
        leave_job(job, code, request.quiet);
    }
    if (thrown) {
        std::rethrow_exception(thrown);
    }
    return code;
}

int run_verb(const std::vector<std::string>& arguments) {
    CLI::App app("Run a sweep: start the MPI program, start it again after deaths, assemble results.h5.\n"
                 "SIGTERM, SIGINT, SIGUSR1, SIGUSR2 or SIGURG stop it in order (exit code 75: run it again to go on).",
                 "overtake run");
    RunRequest request;
    app.add_option("sweep", request.sweep, "a TOML file, or the folder of a sweep to go on with")->required();
    app.add_option("--in", request.folder, "sweep folder (default: sweep-<name>)");
    app.add_option("--ranks", request.ranks, "MPI ranks (default: the sweep's)")->check(CLI::PositiveNumber);
    app.add_flag("--srun", request.srun, "start with srun --mpi=pmix (default inside a Slurm job)");
    app.add_option("--mpirun", request.mpirun, "start with this mpirun, even inside a Slurm job");
    app.add_flag("--batch", request.batch, "in a batch job of Slurm: with work left, put the job back into the queue");
    app.add_flag("--quiet", request.quiet, "no progress, and the program's words in sweep.log only");
    app.add_flag("--report", request.report, "make the report at the end");
    if (const auto over = read_arguments(app, arguments)) {
        return *over;
    }
    request.job = job_from(std::getenv);
    return run_sweep(request);
}

}  // namespace overtake
