// The steps of a run, in order: read, prepare the data, take the folder, supervise, collect, say what came out.
#include "cluster/launch/run.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "cluster/launch/budget.hpp"
#include "cluster/launch/calibration.hpp"
#include "cluster/launch/command_line.hpp"
#include "cluster/launch/process.hpp"
#include "cluster/launch/supervisor.hpp"
#include "cluster/launch/tune.hpp"
#include "sweeps/claims.hpp"
#include "sweeps/data_manifest.hpp"
#include "sweeps/errors.hpp"
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
    std::error_code error;
    if (!std::filesystem::exists(folder.root) || std::filesystem::is_empty(folder.root, error)) {
        return;
    }
    if (!std::filesystem::exists(folder.specification()) && !std::filesystem::exists(folder.stages()) && !std::filesystem::exists(folder.lock())) {
        throw IoError("'" + folder.root.string() + "' is not empty and no sweep folder; name another one with --in");
    }
}

LaunchSettings launch_settings(const RunRequest& request, const SweepView& view, std::int64_t ranks) {
    LaunchSettings settings = settings_from_here();
    settings.train = train_program(request.train);
    settings.folder = view.folder.root;
    settings.ranks = ranks;
    for (const TrialConfig& trial : view.specification.trials) {
        settings.threads = std::max(settings.threads, trial.training.threads);
    }
    settings.srun = (settings.srun || request.srun) && request.mpirun.empty();
    if (!request.mpirun.empty()) {
        settings.mpirun = request.mpirun;
    }
    return settings;
}

/// A little before the end of the Slurm job: the last resort, should USR2 not have come.
std::int64_t deadline_of(const SlurmSection& slurm) {
    const char* end = std::getenv("SLURM_JOB_END_TIME");
    const std::int64_t seconds = end == nullptr ? 0 : std::atoll(end);
    return seconds > 0 ? seconds - slurm.signal_seconds / 2 : 0;
}

bool all_recorded(const SweepView& view) {
    return std::all_of(view.status.begin(), view.status.end(), [](const auto& status) { return status.has_value(); });
}

bool any_failed(const SweepView& view) {
    return std::any_of(view.status.begin(), view.status.end(), [](const auto& status) { return status && *status != StageStatus::done; });
}

/// Results, rates for the next plan, and one line that says where things are.
void close_books(const SweepView& before, int code, Narrator& narrator) {
    const std::size_t finished = collect_results(before.folder, before.specification, before.forest);
    const SweepView now = look_at_sweep(before.folder.root);
    if (const auto measured = measure_calibration(now)) {
        write_calibration(calibration_file(now.folder), *measured);
    }
    const std::size_t failed = static_cast<std::size_t>(
        std::count_if(now.status.begin(), now.status.end(), [](const auto& status) { return status && *status != StageStatus::done; }));
    std::string words = std::to_string(finished) + " of " + std::to_string(now.forest.trials.size()) + " trials finished";
    if (failed > 0) {
        words.append(", ").append(std::to_string(failed)).append(failed == 1 ? " stage failed" : " stages failed");
    }
    words.append("; results are in ").append(now.folder.results().string());
    if (code == exit_code::resumable) {
        words.append("; stopped early, run it again to go on");
    }
    narrator.note(words);
    std::cout << words << std::endl;
}

/// Writes what the folder needs before its first stage, and runs what is not recorded yet. Returns an exit code.
int run_stages(const SweepView& view, const LaunchSettings& launch, const RunRequest& request, SweepLock& lock, StopSignals& signals, Narrator& narrator) {
    if (view.specification.data && !view.specification.trials.empty()) {
        remember_data(view.folder, view.specification.trials.front().data, *view.specification.data);
    }
    write_aside(view.folder.specification(), view.specification.text);
    for (const std::string& note : view.specification.notes) {
        narrator.note(note);
    }
    if (all_recorded(view)) {
        narrator.note("every stage is done already");
        return any_failed(view) ? exit_code::some_trials_failed : exit_code::done;
    }
    SupervisorSettings settings;
    settings.launch = launch;
    settings.launch.folder = view.folder.root;
    settings.restart_limit = view.specification.cluster.restarts;
    settings.restart_delay = request.restart_delay;
    settings.hang_after_s = hang_seconds(std::getenv("OVERTAKE_HANG_SECONDS"));
    settings.deadline = deadline_of(view.specification.slurm);
    settings.collect = [&view] { collect_results(view.folder, view.specification, view.forest); };
    return supervise(view.folder, settings, lock, signals, narrator);
}

/// The tuning's rounds in their own folder, with a lock, a log and results of their own. nullopt: every scheme has its choice.
std::optional<int> tune_first(const SweepView& view, const LaunchSettings& launch, const RunRequest& request, StopSignals& signals, Narrator& narrator) {
    const auto run_round = [&](const SweepView& round) {
        const auto say = [&](const std::string& words) { narrator.say(words); };
        SweepLock lock = SweepLock::take(round.folder, request.patience, say);
        Narrator round_narrator(round.folder, request.quiet);
        const int code = run_stages(round, launch, request, lock, signals, round_narrator);
        collect_results(round.folder, round.specification, round.forest);
        return code;
    };
    return run_tuning(view, run_round, [&](const std::string& words) { narrator.say(words); });
}

}  // namespace

int run_sweep(const RunRequest& request) {
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
    const std::int64_t ranks = request.ranks > 0 ? request.ranks : view.specification.cluster.ranks;
    const LaunchSettings launch = launch_settings(request, view, ranks);
    if (std::vector<Problem> problems = problems_of_fit(view, launch.srun ? 1 : ranks, machine_here(view.folder.root)); !problems.empty()) {
        throw ConfigError(std::move(problems));
    }

    StopSignals signals;
    SweepLock lock = SweepLock::take(view.folder, request.patience, [](const std::string& words) { std::cerr << "overtake: " << words << std::endl; });
    Narrator narrator(view.folder, request.quiet);
    if (const std::string words = freeze_claims(view.folder, view.specification.claims, now_utc()); !words.empty()) {
        narrator.say(words);
    }
    if (view.specification.tuning && view.specification.tuning->phase == TuningPhase::planned) {
        write_aside(view.folder.specification(), view.specification.text);
        if (const std::optional<int> stopped = tune_first(view, launch, request, signals, narrator)) {
            return *stopped;
        }
        view = with_choices(std::move(view));
        narrator.say("tuning is done; the grid has its choices");
    }
    const int code = run_stages(view, launch, request, lock, signals, narrator);
    close_books(view, code, narrator);
    if (request.report && (code == exit_code::done || code == exit_code::some_trials_failed)) {
        if (const int report = run_program({overtake.string(), "report", view.folder.results().string()}); report != exit_code::done) {
            narrator.say("the report could not be made (exit code " + std::to_string(report) + "); the results are whole");
            return exit_code::unexpected;
        }
    }
    return code;
}

int run_verb(const std::vector<std::string>& arguments) {
    CLI::App app("Run a sweep: start the MPI program, start it again after deaths, assemble results.h5.\n"
                 "SIGTERM, SIGINT or SIGUSR2 stop it in order (exit code 75: run it again to go on).",
                 "overtake run");
    RunRequest request;
    app.add_option("sweep", request.sweep, "a TOML file, or the folder of a sweep to go on with")->required();
    app.add_option("--in", request.folder, "sweep folder (default: sweep-<name>)");
    app.add_option("--ranks", request.ranks, "MPI ranks (default: the sweep's)")->check(CLI::PositiveNumber);
    app.add_flag("--srun", request.srun, "start with srun --mpi=pmix (default inside a Slurm job)");
    app.add_option("--mpirun", request.mpirun, "start with this mpirun, even inside a Slurm job");
    app.add_flag("--quiet", request.quiet, "no progress, and the program's words in sweep.log only");
    app.add_flag("--report", request.report, "make the report at the end");
    if (const auto over = read_arguments(app, arguments)) {
        return *over;
    }
    return run_sweep(request);
}

}  // namespace overtake
