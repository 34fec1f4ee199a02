#include "cluster/slurm/submitted.hpp"

#include <fstream>
#include <sstream>

#include "sweeps/errors.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {

namespace {

bool is_job_id(const std::string& text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos; }

}  // namespace

void remember_job(const SweepFolder& folder, const std::string& id) { write_aside(folder.job(), id + "\n"); }

std::optional<std::string> submitted_job(const SweepFolder& folder) {
    std::ifstream file(folder.job());
    std::string id;
    file >> id;
    return is_job_id(id) ? std::optional(id) : std::nullopt;
}

std::vector<QueuedJob> jobs_in_queue(CommandRunner& slurm, const std::string& id) {
    std::vector<QueuedJob> jobs;
    try {
        // %A is a task's own id, %K its place in the array: a waiting array is one line whose %K is a range.
        const CommandResult answer = slurm.run({"squeue", "-h", "-j", id, "-o", "%A|%K|%T|%R"}, "");
        std::istringstream lines(answer.exit_code == 0 ? answer.output : "");
        for (std::string line; std::getline(lines, line);) {
            std::istringstream fields(line);
            std::string job, task, state, reason;
            if (std::getline(fields, job, '|') && std::getline(fields, task, '|') && std::getline(fields, state, '|') && std::getline(fields, reason)) {
                const bool waits_as_one = task.find_first_not_of("0123456789") != std::string::npos && task != "N/A";
                jobs.push_back({waits_as_one ? job + "_[" + task + "]" : job, state, reason});
            }
        }
    } catch (const IoError&) {
    }
    return jobs;
}

}  // namespace overtake
