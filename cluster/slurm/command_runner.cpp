#include "cluster/slurm/command_runner.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "sweeps/errors.hpp"

extern char** environ;

namespace overtake {

namespace {

[[noreturn]] void fail(const std::string& program, const char* step, int error) {
    throw IoError("cannot run '" + program + "': " + step + ": " + std::strerror(error) +
                  "; is it installed and in PATH?");
}

class Descriptor {
  public:
    explicit Descriptor(int number = -1) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor() { close(); }
    void close() {
        if (number_ >= 0) {
            ::close(std::exchange(number_, -1));
        }
    }
    int number() const { return number_; }

  private:
    int number_;
};

struct Pipe {
    Descriptor reading, writing;
};

Pipe open_pipe(const std::string& program) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        fail(program, "pipe", errno);
    }
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

// A file in memory rather than a pipe: a child that never reads can neither block nor signal the writer.
Descriptor input_file(const std::string& program, std::string_view input) {
    Descriptor file(memfd_create("input", MFD_CLOEXEC));
    if (file.number() < 0) {
        fail(program, "memfd_create", errno);
    }
    while (!input.empty()) {
        const ssize_t written = write(file.number(), input.data(), input.size());
        if (written < 0 && errno != EINTR) {
            fail(program, "write", errno);
        }
        input.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
    }
    lseek(file.number(), 0, SEEK_SET);
    return file;
}

struct SpawnActions {
    posix_spawn_file_actions_t actions;
    SpawnActions() { posix_spawn_file_actions_init(&actions); }
    SpawnActions(const SpawnActions&) = delete;
    ~SpawnActions() { posix_spawn_file_actions_destroy(&actions); }
};

void read_both(Descriptor& output, Descriptor& errors, CommandResult& result) {
    std::array<std::pair<Descriptor*, std::string*>, 2> streams{{{&output, &result.output}, {&errors, &result.errors}}};
    std::array<char, 65536> buffer;
    while (output.number() >= 0 || errors.number() >= 0) {
        std::array<pollfd, 2> polled{{{output.number(), POLLIN, 0}, {errors.number(), POLLIN, 0}}};
        if (poll(polled.data(), polled.size(), -1) < 0) {
            continue;  // only a signal interrupts it
        }
        for (std::size_t i = 0; i < streams.size(); ++i) {
            if (polled[i].revents == 0) {
                continue;
            }
            const ssize_t count = read(polled[i].fd, buffer.data(), buffer.size());
            if (count > 0) {
                streams[i].second->append(buffer.data(), static_cast<std::size_t>(count));
            } else if (count == 0 || errno != EINTR) {
                streams[i].first->close();
            }
        }
    }
}

}  // namespace

CommandResult ProcessRunner::run(const std::vector<std::string>& arguments, std::string_view input) {
    expects(!arguments.empty(), "a command has a program");
    const std::string& program = arguments.front();
    if (std::any_of(arguments.begin(), arguments.end(), [](const std::string& argument) { return argument.find('\0') != std::string::npos; })) {
        throw IoError("cannot run '" + program + "': an argument holds a NUL byte, which would end it early; use another name");
    }
    const Descriptor stdin_file = input_file(program, input);
    Pipe output = open_pipe(program);
    Pipe errors = open_pipe(program);
    SpawnActions spawn;
    posix_spawn_file_actions_adddup2(&spawn.actions, stdin_file.number(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&spawn.actions, output.writing.number(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&spawn.actions, errors.writing.number(), STDERR_FILENO);
    std::vector<char*> argv;
    for (const std::string& argument : arguments) {
        argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    pid_t child = 0;
    const int error = posix_spawnp(&child, program.c_str(), &spawn.actions, nullptr, argv.data(), environ);
    if (error != 0) {
        fail(program, "posix_spawn", error);
    }
    output.writing.close();
    errors.writing.close();
    CommandResult result;
    read_both(output.reading, errors.reading, result);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result;
}

}  // namespace overtake
