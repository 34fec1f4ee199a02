#include "cluster/slurm/submitted.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "sweeps/errors.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {

namespace {

bool is_job_id(const std::string& text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos; }

/// What tasks of an array submitted behind themselves, each in a file of its own.
std::vector<std::filesystem::path> files_of_tasks(const SweepFolder& folder) {
    const std::string before = folder.job().filename().string() + ".";
    std::vector<std::filesystem::path> files;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder.root, ignored)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with(before) && is_job_id(name.substr(before.size()))) {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

void remember_job(const SweepFolder& folder, const std::string& id) {
    if (!folder.member.empty()) {
        write_aside(folder.job().string() + "." + folder.member, id + "\n");  // tasks leave at the same time, each for itself
        return;
    }
    const std::vector<std::filesystem::path> of_former_tasks = files_of_tasks(folder);
    write_aside(folder.job(), id + "\n");
    for (const std::filesystem::path& file : of_former_tasks) {
        std::error_code ignored;
        std::filesystem::remove(file, ignored);
    }
}

std::optional<std::string> submitted_job(const SweepFolder& folder) {
    std::string ids;
    const auto add = [&](const std::filesystem::path& path) {
        std::ifstream file(path);
        if (std::string id; file >> id && is_job_id(id)) {
            ids.append(ids.empty() ? "" : ",").append(id);
        }
    };
    add(folder.job());
    for (const std::filesystem::path& file : files_of_tasks(folder)) {
        add(file);
    }
    return ids.empty() ? std::nullopt : std::optional(ids);
}

std::vector<QueuedJob> jobs_in_queue(CommandRunner& slurm, const std::string& id) {
    std::vector<QueuedJob> jobs;
    try {
        // %F is the number of the array, %K the place in it: a waiting array is one line whose %K is a range.
        const CommandResult answer = slurm.run({"squeue", "-h", "-j", id, "-o", "%F|%K|%T|%R"}, "");
        std::istringstream lines(answer.exit_code == 0 ? answer.output : "");
        for (std::string line; std::getline(lines, line);) {
            std::istringstream fields(line);
            std::string job, task, state, reason;
            if (std::getline(fields, job, '|') && std::getline(fields, task, '|') && std::getline(fields, state, '|') && std::getline(fields, reason)) {
                const bool waits_as_one = task.find_first_not_of("0123456789") != std::string::npos;
                jobs.push_back({task == "N/A" ? job : waits_as_one ? job + "_[" + task + "]" : job + "_" + task, state, reason});
            }
        }
    } catch (const IoError&) {
    }
    return jobs;
}

}  // namespace overtake
