#include "sweeps/results/in_child.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <fstream>
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

/// What a bomb may take: 4 GiB more than there is now, the seconds in processor time, no core file and no file written.
void set_limits(unsigned seconds) {
    const auto limit = [](int what, rlim_t value) {
        const rlimit both{value, value};
        ::setrlimit(static_cast<__rlimit_resource>(what), &both);
    };
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, seconds + 1);
    limit(RLIMIT_FSIZE, 0);
#ifndef __SANITIZE_ADDRESS__  // its shadow is larger than any limit
    rlim_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    constexpr rlim_t room = rlim_t{4} << 30;
    limit(RLIMIT_AS, pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + room);
#endif
}

/// The child's life. Never returns: destructors and exit handlers belong to the parent.
[[noreturn]] void answer(int pipe, const std::function<std::vector<std::string>()>& function, unsigned seconds) {
    std::signal(SIGSEGV, SIG_DFL);
    std::signal(SIGALRM, SIG_DFL);
    ::alarm(seconds);
    set_limits(seconds);
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
        lines = {"reading it failed (" + text + ")"};
    }
    return lines;
}

}  // namespace overtake
