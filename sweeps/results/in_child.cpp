#include "sweeps/results/in_child.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <exception>
#include <fstream>
#include <new>
#include <sstream>
#include <string_view>

namespace overtake {

namespace {

constexpr int answered = 0, refused = 1, broken = 2, starved = 3;

/// Of the child: C++ asked for memory that it may not have. Somebody may catch the exception and call it something else.
bool memory_ran_out = false;

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

/// What a bomb may take: so much more memory than there is now, the seconds in processor time, no core file and no file written.
void set_limits(const ChildLimits& limits) {
    const auto limit = [](int what, rlim_t value) {
        const rlimit both{value, value};
        ::setrlimit(static_cast<__rlimit_resource>(what), &both);
    };
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, limits.seconds + 1);
    limit(RLIMIT_FSIZE, 0);
#ifndef __SANITIZE_ADDRESS__  // its shadow is larger than any limit
    rlim_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    limit(RLIMIT_AS, pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + static_cast<rlim_t>(limits.gibibytes * 0x1p30));
#endif
}

/// The child's life. Never returns: destructors and exit handlers belong to the parent.
[[noreturn]] void answer(int pipe, const std::function<std::vector<std::string>()>& function, const ChildLimits& limits) {
    std::signal(SIGSEGV, SIG_DFL);
    std::signal(SIGALRM, SIG_DFL);
    ::alarm(limits.seconds);
    std::set_new_handler([] {
        memory_ran_out = true;
        throw std::bad_alloc();
    });
    set_limits(limits);
    // HDF5 asks malloc: of its failures errno is what is left.
    const auto end_if_starved = [] {
        if (memory_ran_out || errno == ENOMEM) {
            ::_exit(starved);
        }
    };
    errno = 0;
    try {
        const std::vector<std::string> lines = function();
        if (!lines.empty()) {
            end_if_starved();
        }
        for (const std::string& line : lines) {
            write_all(pipe, line + "\n");
        }
        ::_exit(answered);
    } catch (const std::bad_alloc&) {
        ::_exit(starved);
    } catch (const IoError& error) {
        end_if_starved();
        write_all(pipe, error.what());
        ::_exit(refused);
    } catch (const std::exception& error) {
        end_if_starved();
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

std::string shown(double number) {
    std::ostringstream text;
    text << number;
    return text.str();
}

template <typename Number>
Number read_limit(const char* name, const char* text, Number most) {
    const std::string_view view(text);
    Number value{};
    const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), value);
    if (error != std::errc() || end != view.data() + view.size() || !(value > 0) || value > most) {
        throw ConfigError({Problem{name, "'" + std::string(view) + "' is no limit (must be above 0, and at most " + shown(static_cast<double>(most)) + "); unset it for the usual one"}});
    }
    return value;
}

}  // namespace

ChildLimits limits_from(const char* seconds, const char* gibibytes, const ChildLimits& otherwise) {
    ChildLimits limits = otherwise;
    if (seconds != nullptr) {
        limits.seconds = read_limit("OVERTAKE_READ_SECONDS", seconds, 1000000U);
    }
    if (gibibytes != nullptr) {
        limits.gibibytes = read_limit("OVERTAKE_READ_GIB", gibibytes, 1e6);
    }
    return limits;
}

std::vector<std::string> lines_from_child(const std::function<std::vector<std::string>()>& function, const ChildLimits& limits) {
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
        answer(ends[1], function, limits);
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
        const int signal = WTERMSIG(status);
        if (signal == SIGALRM || signal == SIGXCPU) {
            throw LimitError("reading it did not end within " + std::to_string(limits.seconds) +
                             " seconds (it is very large, or where it lies is slow); set OVERTAKE_READ_SECONDS higher if you trust it");
        }
        if (signal == SIGKILL || signal == SIGTERM || signal == SIGINT) {
            throw LimitError(std::string("the process that read it was ended from outside (") + strsignal(signal) + "; the machine may be short of memory); try again");
        }
        lines.push_back(std::string("reading it crashed the HDF5 library (") + strsignal(signal) + "; it is damaged)");
    } else if (WEXITSTATUS(status) == starved) {
        throw LimitError("reading it takes more than " + shown(limits.gibibytes) + " GiB of memory (it is very large, or says that it is); set OVERTAKE_READ_GIB higher if you trust it");
    } else if (WEXITSTATUS(status) == refused) {
        throw IoError(text);
    } else if (WEXITSTATUS(status) != answered) {
        lines = {"reading it failed (" + text + ")"};
    }
    return lines;
}

}  // namespace overtake
