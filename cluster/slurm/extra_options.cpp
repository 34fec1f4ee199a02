// Words of sbatch's grammar.
#include "cluster/slurm/extra_options.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace overtake {

namespace {

struct Fixed {
    std::string_view name;
    char letter;  // of the short option; 0: none
    std::string_view why;
};

constexpr std::array<Fixed, 11> fixed{{
    {"array", 'a', "the tasks of an array must share the sweep; use 'overtake submit --array K'"},
    {"chdir", 'D', "relative data folders mean those of the folder submitted from; submit from there"},
    {"cpus-per-task", 'c', "threads follow from it; use slurm.cpus_per_task"},
    {"no-requeue", 0, "the job must know how to go on; use slurm.requeue = false"},
    {"nodes", 'N', "the ranks are held against it; use slurm.nodes"},
    {"ntasks-per-node", 0, "the ranks are held against it; use slurm.tasks_per_node"},
    {"open-mode", 0, "a requeued job must append to what the one before said"},
    {"output", 'o', "'overtake logs' finds the job's words in the sweep folder; use --in for another folder"},
    {"requeue", 0, "the job must know how to go on; use slurm.requeue"},
    {"signal", 0, "the job is told to checkpoint by it; use slurm.signal_before"},
    {"time", 't', "the signal is held against it; use slurm.time_limit"},
}};

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    while (!line.empty()) {
        const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
        if (end > 0) {
            words.push_back(line.substr(0, end));
        }
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return words;
}

bool is(const Fixed& option, std::string_view word) {
    if (!word.starts_with("--")) {
        return option.letter != 0 && word.size() >= 2 && word[0] == '-' && word[1] == option.letter;
    }
    const std::string_view name = word.substr(2, word.find('=') == std::string_view::npos ? std::string_view::npos : word.find('=') - 2);
    return name.size() >= 3 && option.name.starts_with(name) && name != "ntasks";  // which is an option of its own
}

bool speaks_of_gpus(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower.find("gpu") != std::string::npos || lower.find("gres") != std::string::npos;
}

}  // namespace

bool asks_for_gpus(std::span<const std::string> extra) {
    return std::any_of(extra.begin(), extra.end(), [](const std::string& entry) {
        const auto words = words_of(entry);
        return std::any_of(words.begin(), words.end(), [](std::string_view word) {
            return word == "--exclusive" || word.starts_with("-G") || (speaks_of_gpus(word) && !word.starts_with("--gpu-"));
        });
    });
}

bool environment_asks_for_gpus(std::span<const std::string> environment) {
    return std::any_of(environment.begin(), environment.end(), [](const std::string& variable) {
        return variable.starts_with("SBATCH_") && speaks_of_gpus(variable) && !variable.starts_with("SBATCH_GPU_");
    });
}

std::vector<std::string> replaced_by(std::string_view entry) {
    std::vector<std::string> problems;
    for (const std::string_view word : words_of(entry)) {
        const auto option = std::find_if(fixed.begin(), fixed.end(), [&](const Fixed& one) { return is(one, word); });
        if (option != fixed.end()) {
            problems.push_back("'" + std::string(word) + "' would replace the script's own --" + std::string(option->name) + " (" + std::string(option->why) + ")");
        }
    }
    return problems;
}

}  // namespace overtake
