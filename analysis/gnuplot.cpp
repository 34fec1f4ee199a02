// Runs the program gnuplot on scripts, without a shell.
#include "analysis/gnuplot.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>
#include <vector>

extern char** environ;

namespace overtake {

std::optional<std::string> run_gnuplot(const std::filesystem::path& folder, std::span<const std::string> scripts) {
    const std::filesystem::path log = folder / "gnuplot.log";
    const std::string folder_text = folder.string(), log_text = log.string();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, std::filesystem::absolute(log).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawn_file_actions_addchdir_np(&actions, folder_text.c_str());
    std::vector<std::string> words{"gnuplot"};
    words.insert(words.end(), scripts.begin(), scripts.end());
    std::vector<char*> arguments;
    for (std::string& word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    pid_t child = 0;
    int error = posix_spawnp(&child, "gnuplot", &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    std::string said;
    int status = 0;
    if (error == 0) {
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
        std::ifstream in(log);
        std::ostringstream text;
        text << in.rdbuf();
        said = text.str();
    }
    std::error_code ignored;
    std::filesystem::remove(log, ignored);
    if (error != 0) {
        return std::string(no_gnuplot) + " (" + std::strerror(error) + "); install gnuplot-nox to have figures";
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        return "gnuplot refused: " + said;
    }
    return std::nullopt;
}

}  // namespace overtake
