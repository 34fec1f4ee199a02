#include "cluster/slurm/job.hpp"

#include <charconv>

#include "sweeps/errors.hpp"

namespace overtake {

namespace {

std::optional<std::int64_t> number_in(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() && number >= 0 ? std::optional(number) : std::nullopt;
}

std::optional<std::string_view> field(std::string_view line, std::string_view name) {
    for (std::size_t at = line.find(name); at != std::string_view::npos; at = line.find(name, at + 1)) {
        const std::size_t value = at + name.size();
        if ((at == 0 || line[at - 1] == ' ') && value < line.size() && line[value] == '=') {
            return line.substr(value + 1, line.find_first_of(" \n", value) - value - 1);
        }
    }
    return std::nullopt;
}

std::optional<CommandResult> try_run(CommandRunner& slurm, const std::vector<std::string>& arguments) {
    try {
        CommandResult result = slurm.run(arguments, "");
        return result.exit_code == 0 ? std::optional(std::move(result)) : std::nullopt;
    } catch (const IoError&) {
        return std::nullopt;
    }
}

}  // namespace

std::optional<SlurmJob> job_from(const Environment& environment) {
    const auto text = [&](const char* name) {
        const char* value = environment(name);
        return std::string(value == nullptr ? "" : value);
    };
    SlurmJob job;
    job.id = text("SLURM_JOB_ID");
    if (!number_in(job.id)) {
        return std::nullopt;
    }
    job.restart = number_in(text("SLURM_RESTART_COUNT")).value_or(0);  // unset in the first life
    job.array_task = text("SLURM_ARRAY_TASK_ID");
    const std::string array = text("SLURM_ARRAY_JOB_ID");
    if (number_in(job.array_task) && number_in(array)) {
        job.id = array + "_" + job.array_task;
    } else {
        job.array_task.clear();
    }
    job.end = number_in(text("SLURM_JOB_END_TIME")).value_or(0);
    job.link = number_in(text("OVERTAKE_LINK")).value_or(0);
    return job;
}

std::string life_of(const SlurmJob& job) { return job.id + "." + std::to_string(job.restart); }

std::optional<JobFacts> parse_job(std::string_view line) {
    const auto state = field(line, "JobState");
    if (!state) {
        return std::nullopt;
    }
    return JobFacts{.state = std::string(*state),
                    .reason = std::string(field(line, "Reason").value_or("None")),
                    .may_requeue = field(line, "Requeue") == "1",
                    .restarts = number_in(field(line, "Restarts").value_or("")).value_or(0)};
}

std::optional<JobFacts> ask_for_job(CommandRunner& slurm, const std::string& id) {
    const auto answer = try_run(slurm, {"scontrol", "show", "job", "-o", id});
    return answer ? parse_job(answer->output) : std::nullopt;
}

std::optional<std::int64_t> parse_time_left(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
        text.remove_suffix(1);
    }
    std::int64_t days = 0;
    if (const auto dash = text.find('-'); dash != std::string_view::npos) {
        const auto number = number_in(text.substr(0, dash));
        if (!number) {
            return std::nullopt;
        }
        days = *number;
        text.remove_prefix(dash + 1);
    }
    std::int64_t seconds = 0;
    for (bool more = true; more;) {
        const auto colon = text.find(':');
        more = colon != std::string_view::npos;
        const auto number = number_in(text.substr(0, colon));
        if (!number) {
            return std::nullopt;
        }
        seconds = 60 * seconds + *number;
        text.remove_prefix(more ? colon + 1 : text.size());
    }
    return days * 24 * 60 * 60 + seconds;
}

std::int64_t end_of(CommandRunner& slurm, const SlurmJob& job, std::int64_t now) {
    if (job.end > 0) {
        return job.end;
    }
    const auto answer = try_run(slurm, {"squeue", "-h", "-j", job.id, "-o", "%L"});
    const auto left = answer ? parse_time_left(answer->output) : std::nullopt;
    return left ? now + *left : 0;
}

}  // namespace overtake
