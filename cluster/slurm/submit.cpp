#include "cluster/slurm/submit.hpp"

#include "sweeps/errors.hpp"

namespace overtake {

namespace {

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

std::string trimmed(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
        text.pop_back();
    }
    return text;
}

std::string submitted(const CommandResult& result) {
    if (result.exit_code != 0) {
        throw IoError("sbatch refused the job (exit code " + std::to_string(result.exit_code) +
                      "): " + trimmed(result.errors) + "; see the script with 'overtake submit --dry-run'");
    }
    const std::string line = first_line(result.output);
    const std::string id = line.substr(0, line.find(';'));
    if (id.empty() || id.find_first_not_of("0123456789") != std::string::npos) {
        throw IoError("sbatch answered '" + line + "' (must be a job's id); is another program called sbatch in PATH?");
    }
    return id;
}

}  // namespace

std::string submit_batch_script(CommandRunner& runner, const std::string& script) {
    return submitted(runner.run({"sbatch", "--parsable"}, script));
}

std::string submit_batch_file(CommandRunner& runner, const std::filesystem::path& script, const std::vector<std::string>& options) {
    std::vector<std::string> arguments{"env", "-u", "SLURM_RESTART_COUNT", "-u", "SLURM_JOB_END_TIME", "sbatch", "--parsable"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.push_back(script.string());
    return submitted(runner.run(arguments, ""));
}

}  // namespace overtake
