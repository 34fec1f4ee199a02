#include "cluster/slurm/batch_script.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "cluster/slurm/extra_options.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

constexpr std::int64_t most_tasks = 1000;  // what Slurm's MaxArraySize allows unless told otherwise
constexpr std::string_view name_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
// Slurm takes lists of partitions, and features joined by these operators.
constexpr std::string_view list_characters = ",";
constexpr std::string_view constraint_characters = ",&|*()[]:";

std::string two_digits(std::int64_t number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
}

/// Minutes as Slurm writes them: [D-]HH:MM:00.
std::string slurm_time(std::int64_t minutes) {
    std::string days;
    if (minutes >= 24 * 60) {
        days = std::to_string(minutes / (24 * 60));
        days += '-';
    }
    return days + two_digits(minutes / 60 % 24) + ":" + two_digits(minutes % 60) + ":00";
}

class Judge {
  public:
    void name(const char* field, const std::string& value, std::string_view further, bool needed) {
        const auto fits = [&](char c) {
            return name_characters.find(c) != std::string_view::npos || further.find(c) != std::string_view::npos;
        };
        if (value.empty() ? needed : value.front() == '-' || !std::all_of(value.begin(), value.end(), fits)) {
            add(field, "'" + value + "' can't be used (letters, digits, '.', '_' and '-'" +
                           (further.empty() ? std::string() : " or any of '" + std::string(further) + "'") +
                           ", not '-' in front)");
        }
    }
    void number(const char* field, std::int64_t value, std::int64_t least) {
        if (value < least) {
            add(field, std::to_string(value) + " (must be at least " + std::to_string(least) + ")");
        }
    }
    void line(const std::string& field, const std::string& value) {
        if (value.find_first_of(std::string_view("\n\r\0", 3)) != std::string::npos) {
            add(field, "spans several lines (each entry is one line); make it several entries");
        }
    }
    // sbatch splits an option's value at blanks and knows its own escapes, so its paths must do without.
    void option_path(const char* field, const std::filesystem::path& path) {
        const std::string text = path.string();
        const auto fits = [](char c) {
            return name_characters.find(c) != std::string_view::npos ||
                   std::string_view("/+=@:,~").find(c) != std::string_view::npos ||
                   static_cast<unsigned char>(c) >= 0x80;
        };
        if (text.empty() || text.front() != '/' || !std::all_of(text.begin(), text.end(), fits)) {
            add(field, "'" + text +
                           "' can't stand in a #SBATCH line (absolute; no blanks, quotes, '%' or '\\'); use another folder");
        }
    }
    void add(std::string where, std::string what) { problems_.push_back({std::move(where), std::move(what)}); }
    void throw_if_any() const {
        if (!problems_.empty()) {
            throw ConfigError(problems_);
        }
    }

  private:
    std::vector<Problem> problems_;
};

// One per node is also what a file says that says nothing: then the ranks decide.
std::int64_t tasks_per_node(const BatchRequest& request) {
    const SlurmSection& slurm = request.slurm;
    return slurm.tasks_per_node == 1 && slurm.nodes >= 1 && request.ranks > slurm.nodes
               ? (request.ranks + slurm.nodes - 1) / slurm.nodes
               : slurm.tasks_per_node;
}

void judge(const BatchRequest& request, const std::string& job_name) {
    const SlurmSection& slurm = request.slurm;
    Judge judge;
    judge.name("slurm.job_name", job_name, "", true);
    judge.name("slurm.partition", slurm.partition, list_characters, false);
    judge.name("slurm.account", slurm.account, "", false);
    judge.name("slurm.qos", slurm.qos, "", false);
    judge.name("slurm.constraint", slurm.constraint, constraint_characters, false);
    judge.number("slurm.nodes", slurm.nodes, 1);
    judge.number("slurm.tasks_per_node", slurm.tasks_per_node, 1);
    judge.number("slurm.gpus_per_task", slurm.gpus_per_task, 0);
    judge.number("slurm.cpus_per_task", slurm.cpus_per_task, 1);
    judge.number("slurm.time_limit (minutes)", slurm.minutes, 1);
    judge.number("slurm.signal_before (seconds)", slurm.signal_seconds, 1);
    if (slurm.nodes >= 1 && slurm.tasks_per_node >= 1 && request.ranks > slurm.nodes * tasks_per_node(request)) {
        judge.add("cluster.ranks", std::to_string(request.ranks) + " (must fit slurm.nodes x slurm.tasks_per_node = " +
                                       std::to_string(slurm.nodes * slurm.tasks_per_node) + ")");
    }
    // The signal may come a minute early and some seconds late; a job that is told to stop at once never works.
    if (slurm.minutes >= 1 && slurm.signal_seconds >= 60 * slurm.minutes) {
        judge.add("slurm.signal_before", std::to_string(slurm.signal_seconds) +
                                             " seconds (must be shorter than slurm.time_limit, " +
                                             std::to_string(slurm.minutes) + " minutes)");
    }
    for (std::size_t i = 0; i < slurm.setup.size(); ++i) {
        judge.line("slurm.setup[" + std::to_string(i) + "]", slurm.setup[i]);
    }
    for (std::size_t i = 0; i < slurm.extra.size(); ++i) {
        const std::string field = "slurm.extra[" + std::to_string(i) + "]";
        judge.line(field, slurm.extra[i]);
        if (slurm.extra[i].empty() || slurm.extra[i].front() != '-') {
            judge.add(field, "'" + slurm.extra[i] + "' is not an option of sbatch (must begin with '-')");
        }
        for (std::string& problem : replaced_by(slurm.extra[i])) {
            judge.add(field, std::move(problem));
        }
    }
    if (request.needs_gpus && slurm.gpus_per_task == 0 && !asks_for_gpus(slurm.extra)) {
        judge.add("slurm.gpus_per_task", "0, and no option in slurm.extra asks for GPUs either (trials have device = \"cuda\"); set gpus_per_task = 1, or "
                                         "extra = [\"--gres=gpu:4\"], or extra = [\"--comment=gpus\"] where nodes come with theirs unasked");
    }
    if (request.tasks < 0 || request.tasks > most_tasks) {
        judge.add("--array", std::to_string(request.tasks) + " (must be from 1 to " + std::to_string(most_tasks) + ")");
    }
    judge.option_path("the sweep folder", request.folder);
    judge.option_path("the folder submitted from", request.work_folder);
    judge.line("the specification's path", request.specification.string());
    judge.line("the path of overtake", request.executable.string());
    judge.throw_if_any();
}

std::map<std::string, std::string> sbatch_options(const BatchRequest& request, const std::string& job_name) {
    const SlurmSection& slurm = request.slurm;
    std::map<std::string, std::string> options{
        {"chdir", request.work_folder.string()},
        {"cpus-per-task", std::to_string(slurm.cpus_per_task)},
        {"job-name", job_name},
        {"nodes", std::to_string(slurm.nodes)},
        {"ntasks-per-node", std::to_string(tasks_per_node(request))},
        {"open-mode", "append"},
        {"output", (request.folder / (request.tasks > 0 ? "slurm-%A_%a.out" : "slurm-%j.out")).string()},
        {slurm.requeue ? "requeue" : "no-requeue", ""},
        {"signal", "B:URG@" + std::to_string(slurm.signal_seconds)},
        {"time", slurm_time(slurm.minutes)},
    };
    if (request.tasks > 0) {
        options["array"] = "0-" + std::to_string(request.tasks - 1);
    }
    const std::array<std::pair<const char*, const std::string*>, 4> optional{
        {{"account", &slurm.account}, {"constraint", &slurm.constraint}, {"partition", &slurm.partition}, {"qos", &slurm.qos}}};
    for (const auto& [name, value] : optional) {
        if (!value->empty()) {
            options[name] = *value;
        }
    }
    if (slurm.gpus_per_task > 0) {
        options["gpus-per-task"] = std::to_string(slurm.gpus_per_task);
    }
    return options;
}

}  // namespace

std::string quoted_for_shell(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'') {
            quoted += "'\\''";
        } else {
            quoted += c;
        }
    }
    quoted += '\'';
    return quoted;
}

std::string render_batch_script(const BatchRequest& request) {
    const SlurmSection& slurm = request.slurm;
    const std::string job_name = slurm.job_name.empty() ? request.sweep : slurm.job_name;
    judge(request, job_name);

    std::string script = "#!/bin/bash\n";
    for (const auto& [name, value] : sbatch_options(request, job_name)) {
        script += "#SBATCH --" + name + (value.empty() ? "" : "=") + value + "\n";
    }
    for (const std::string& option : slurm.extra) {
        script += "#SBATCH " + option + "\n";
    }
    script += "#\n# Made by 'overtake submit'; edit and hand to sbatch as you like. The same script goes on where an earlier job stopped.\n";
    script += "set -e\n";
    if (!slurm.setup.empty()) {
        script += "\n# Set-up, from [slurm] setup.\n";
        for (const std::string& line : slurm.setup) {
            script += line + "\n";
        }
    }
    script += "\n# srun no longer takes the cores of a task from the job.\n";
    script += "export SRUN_CPUS_PER_TASK=" + std::to_string(slurm.cpus_per_task) + "\n";
    script += "export OMP_NUM_THREADS=" + std::to_string(slurm.cpus_per_task) + "\n";
    script += "# Ranks that wait inside Open MPI give way to those that compute.\n";
    script += "export OMPI_MCA_mpi_yield_when_idle=1\n";
    if (slurm.gpus_per_task > 0) {
        script += "# NCCL says what goes wrong; name the network if it picks the wrong one.\n";
        script += "export NCCL_DEBUG=WARN\n";
        script += "# export NCCL_SOCKET_IFNAME=ib0\n";
    }
    script += "\n# In the place of this shell, so that URG ahead of the time limit reaches the supervisor; it starts the ranks\n";
    script += slurm.requeue ? "# with srun --mpi=pmix and requeues the job when work is left.\n"
                            : "# with srun --mpi=pmix and submits the next job when work is left.\n";
    script += "exec " + quoted_for_shell(request.executable.string()) + " run " +
              quoted_for_shell(request.specification.string()) + " --in " + quoted_for_shell(request.folder.string()) +
              " --srun --batch\n";
    return script;
}

}  // namespace overtake
