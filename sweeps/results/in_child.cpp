#include "sweeps/results/in_child.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <sstream>

#include "sweeps/errors.hpp"

namespace overtake {

namespace {

constexpr int answered = 0, refused = 1, broken = 2;

void write_all(int pipe, const std::string& text) {
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t written = ::write(pipe, text.data() + done, text.size() - done);
        if (written <= 0) {
            ::_exit(broken);
        }
        done += static_cast<std::size_t>(written);
    }
}

/// The child's life. Never returns: destructors and exit handlers belong to the parent.
[[noreturn]] void answer(int pipe, const std::function<std::vector<std::string>()>& function, unsigned seconds) {
    std::signal(SIGSEGV, SIG_DFL);
    std::signal(SIGALRM, SIG_DFL);
    ::alarm(seconds);
    try {
        for (const std::string& line : function()) {
            write_all(pipe, line + "\n");
        }
        ::_exit(answered);
    } catch (const IoError& error) {
        write_all(pipe, error.what());
        ::_exit(refused);
    } catch (const std::exception& error) {
        write_all(pipe, error.what());
        ::_exit(broken);
    }
}

std::string read_all(int pipe) {
    std::string text;
    char buffer[4096];
    ssize_t count = 0;
    while ((count = ::read(pipe, buffer, sizeof buffer)) != 0) {
        if (count > 0) {
            text.append(buffer, static_cast<std::size_t>(count));
        } else if (errno != EINTR) {
            break;
        }
    }
    return text;
}

}  // namespace

std::vector<std::string> lines_from_child(const std::function<std::vector<std::string>()>& function, unsigned seconds) {
    int ends[2];
    if (::pipe(ends) != 0) {
        throw IoError(std::string("cannot make a pipe to a child process (") + std::strerror(errno) + ")");
    }
    const pid_t child = ::fork();
    if (child < 0) {
        ::close(ends[0]);
        ::close(ends[1]);
        throw IoError(std::string("cannot make a child process (") + std::strerror(errno) + ")");
    }
    if (child == 0) {
        ::close(ends[0]);
        answer(ends[1], function, seconds);
    }
    ::close(ends[1]);
    const std::string text = read_all(ends[0]);
    ::close(ends[0]);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    if (WIFSIGNALED(status)) {
        lines.push_back(WTERMSIG(status) == SIGALRM
                            ? "reading it did not end within " + std::to_string(seconds) + " seconds (it is damaged)"
                            : std::string("reading it crashed the HDF5 library (") + strsignal(WTERMSIG(status)) +
                                  "; it is damaged)");
    } else if (WEXITSTATUS(status) == refused) {
        throw IoError(text);
    } else if (WEXITSTATUS(status) != answered) {
        lines.push_back("reading it failed (" + text + ")");
    }
    return lines;
}

}  // namespace overtake
