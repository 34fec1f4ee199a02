#include "cluster/slurm/commands.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iostream>
#include <system_error>

#include "cluster/slurm/batch_script.hpp"
#include "cluster/slurm/extra_options.hpp"
#include "cluster/slurm/submit.hpp"
#include "cluster/slurm/submitted.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/specification.hpp"
#include "sweeps/sweep_folder.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {

namespace {

constexpr const char* usage = "usage: overtake submit SWEEP.toml [--in DIR] [--array K] [--dry-run]";
constexpr const char* about_array = "--array K: a job array of K tasks that share the sweep, each with the ranks of [cluster] and the time of [slurm]";

struct Request {
    std::filesystem::path specification;
    std::filesystem::path folder;
    std::int64_t tasks = 0;
    bool dry_run = false;
    bool help = false;
};

std::int64_t read_tasks(const std::string& text, std::vector<Problem>& problems) {
    std::int64_t tasks = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), tasks);
    if (error != std::errc() || end != text.data() + text.size() || tasks < 1) {
        problems.push_back({"submit", "'" + text + "' is no number of tasks (a whole number above 0); try --array 4"});
    }
    return tasks;
}

Request read_arguments(const std::vector<std::string>& arguments) {
    Request request;
    std::vector<Problem> problems;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        if (argument == "--help" || argument == "-h") {
            request.help = true;
        } else if (argument == "--dry-run") {
            request.dry_run = true;
        } else if (argument == "--in" && i + 1 < arguments.size()) {
            request.folder = arguments[++i];
        } else if (argument.starts_with("--in=")) {
            request.folder = argument.substr(5);
        } else if (argument == "--array" && i + 1 < arguments.size()) {
            request.tasks = read_tasks(arguments[++i], problems);
        } else if (argument.starts_with("--array=")) {
            request.tasks = read_tasks(argument.substr(8), problems);
        } else if (argument.starts_with("-") || !request.specification.empty()) {
            problems.push_back({"submit", "'" + argument + "' is not expected; " + usage});
        } else {
            request.specification = argument;
        }
    }
    if (request.specification.empty() && problems.empty() && !request.help) {
        problems.push_back({"submit", std::string("no sweep is named; ") + usage});
    }
    if (!problems.empty()) {
        throw ConfigError(problems);
    }
    return request;
}

// The program that is running: the job shall run the same one.
std::filesystem::path this_program() {
    std::error_code error;
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
    return error ? std::filesystem::path("overtake") : program;
}

bool needs_gpus(const Specification& sweep) {
    std::vector<std::string> environment;  // which sbatch inherits
    for (char** variable = environ; *variable != nullptr; ++variable) {
        environment.emplace_back(*variable);
    }
    return !environment_asks_for_gpus(environment) &&
           std::any_of(sweep.trials.begin(), sweep.trials.end(), [](const TrialConfig& trial) { return trial.training.device == Device::cuda; });
}

}  // namespace

int submit_sweep(const std::vector<std::string>& arguments, CommandRunner& runner, const BeforeSubmission& look) {
    const Request request = read_arguments(arguments);
    if (request.help) {
        std::cout << usage << '\n' << about_array << '\n';
        return exit_code::done;
    }
    const Specification sweep = load_specification(request.specification);
    const std::filesystem::path folder =
        request.folder.empty() ? std::filesystem::path("sweep-" + sweep.name) : request.folder;
    const std::string script = render_batch_script({
        .sweep = sweep.name,
        .slurm = sweep.slurm,
        .ranks = sweep.cluster.ranks,
        .needs_gpus = needs_gpus(sweep),
        .tasks = request.tasks,
        .executable = this_program(),
        .specification = std::filesystem::absolute(request.specification).lexically_normal(),
        .folder = std::filesystem::absolute(folder).lexically_normal(),
        .work_folder = std::filesystem::current_path(),
    });
    if (look) {
        look(request.specification, folder);
    }
    if (request.dry_run) {
        std::cout << script;
        return exit_code::done;
    }
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
        throw IoError("cannot create the sweep folder '" + folder.string() + "': " + error.message());
    }
    // Chained jobs submit this file again; what is handed over is the text itself, so that a second submit can't mix with it.
    const SweepFolder place{folder};
    write_aside(place.batch_script(), script);
    const std::string job = submit_batch_script(runner, script);
    remember_job(place, job);
    std::cout << job << '\n';
    std::cerr << "submitted; follow it with 'overtake status " << folder.string() << "'\n";
    return exit_code::done;
}

}  // namespace overtake
