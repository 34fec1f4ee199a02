// posix_spawn with pipes, waiting with a limit, and what /proc tells of a process.
#include "cluster/launch/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

#include "sweeps/errors.hpp"

extern char** environ;

namespace overtake {

namespace {

std::vector<std::string> merged_environment(const std::vector<std::pair<std::string, std::string>>& added) {
    std::vector<std::string> merged;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::string_view name = text.substr(0, text.find('='));
        bool replaced = false;
        for (const auto& [key, value] : added) {
            replaced = replaced || key == name;
        }
        if (!replaced) {
            merged.emplace_back(text);
        }
    }
    for (const auto& [key, value] : added) {
        merged.push_back(key);
        merged.back().append("=").append(value);
    }
    return merged;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

ProcessEnd end_of(int status) {
    return WIFSIGNALED(status) ? ProcessEnd{128 + WTERMSIG(status), true} : ProcessEnd{WEXITSTATUS(status), false};
}

/// Frees the C objects of posix_spawn whatever happens.
struct SpawnSettings {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    SpawnSettings() {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
    }
    ~SpawnSettings() {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
};

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    if (this != &other) {
        reset();
        value_ = std::exchange(other.value_, -1);
    }
    return *this;
}

void Descriptor::reset() noexcept {
    if (value_ >= 0) {
        close(std::exchange(value_, -1));
    }
}

std::pair<Descriptor, Descriptor> make_pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        throw IoError(std::string("cannot make a pipe (") + std::strerror(errno) + "); raise the limit of open files (ulimit -n)");
    }
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

ChildProcess ChildProcess::start(const ProcessRequest& request) {
    expects(!request.arguments.empty(), "a process has a program");
    for (const std::string& argument : request.arguments) {
        if (argument.find('\0') != std::string::npos) {
            throw IoError("cannot start '" + request.arguments.front() + "': an argument holds a NUL byte, which would end it early; use another name");
        }
    }
    SpawnSettings settings;
    ChildProcess child;
    Descriptor input, output, errors;
    if (request.pipe_input) {
        auto [read_end, write_end] = make_pipe();
        posix_spawn_file_actions_adddup2(&settings.actions, read_end.value(), STDIN_FILENO);
        input = std::move(read_end);
        child.input_ = std::move(write_end);
    }
    if (request.pipe_output) {
        for (auto [ours, theirs, number] : {std::tuple(&child.output_, &output, STDOUT_FILENO), std::tuple(&child.errors_, &errors, STDERR_FILENO)}) {
            auto [read_end, write_end] = make_pipe();
            fcntl(read_end.value(), F_SETFL, O_NONBLOCK);
            posix_spawn_file_actions_adddup2(&settings.actions, write_end.value(), number);
            *ours = std::move(read_end);
            *theirs = std::move(write_end);
        }
    }
    sigset_t nothing, defaults;
    sigemptyset(&nothing);
    sigemptyset(&defaults);
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGURG, SIGPIPE, SIGHUP}) {
        sigaddset(&defaults, signal);
    }
    posix_spawnattr_setsigmask(&settings.attributes, &nothing);
    posix_spawnattr_setsigdefault(&settings.attributes, &defaults);
    posix_spawnattr_setpgroup(&settings.attributes, 0);
    posix_spawnattr_setflags(&settings.attributes, static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                                      (request.own_group ? POSIX_SPAWN_SETPGROUP : 0)));
    std::vector<std::string> arguments = request.arguments;
    std::vector<std::string> environment = merged_environment(request.environment);
    const int error = posix_spawnp(&child.pid_, arguments.front().c_str(), &settings.actions, &settings.attributes,
                                   pointers_to(arguments).data(), pointers_to(environment).data());
    if (error != 0) {
        child.pid_ = -1;
        throw IoError("cannot start '" + arguments.front() + "' (" + std::strerror(error) + "); check that it is installed and in PATH");
    }
    child.own_group_ = request.own_group;
    return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      own_group_(other.own_group_),
      end_(other.end_),
      input_(std::move(other.input_)),
      output_(std::move(other.output_)),
      errors_(std::move(other.errors_)) {}

ChildProcess::~ChildProcess() {
    if (pid_ > 0 && !end_) {
        send_signal(SIGKILL);
        wait();
    }
}

std::optional<ProcessEnd> ChildProcess::try_wait() {
    int status = 0;
    if (!end_ && pid_ > 0 && waitpid(pid_, &status, WNOHANG) == pid_) {
        end_ = end_of(status);
    }
    return end_;
}

ProcessEnd ChildProcess::wait() {
    int status = 0;
    while (!end_) {
        if (waitpid(pid_, &status, 0) == pid_) {
            end_ = end_of(status);
        } else if (errno != EINTR) {
            end_ = ProcessEnd{exit_code::unexpected, false};
        }
    }
    return *end_;
}

void ChildProcess::send_signal(int signal) noexcept {
    if (pid_ > 0 && !end_) {
        kill(own_group_ ? -pid_ : pid_, signal);
    }
}

ProcessEnd ChildProcess::terminate(std::chrono::milliseconds grace) {
    send_signal(SIGTERM);
    const auto limit = std::chrono::steady_clock::now() + grace;
    while (!try_wait() && std::chrono::steady_clock::now() < limit) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    send_signal(SIGKILL);
    return wait();
}

int run_program(const std::vector<std::string>& arguments) {
    ProcessRequest request;
    request.arguments = arguments;
    return ChildProcess::start(request).wait().code;
}

std::filesystem::path own_binary() {
    std::error_code error;
    std::filesystem::path binary = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error) {
        throw IoError("cannot find the running program (/proc/self/exe: " + error.message() + "); is /proc mounted?");
    }
    return binary;
}

std::filesystem::path sibling_binary(const std::string& name) { return own_binary().parent_path() / name; }

std::optional<long long> process_start_time(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::size_t name_end = text.rfind(')');  // the name may hold blanks and parentheses
    if (name_end == std::string::npos) {
        return std::nullopt;
    }
    std::istringstream fields(text.substr(name_end + 1));
    std::string field;
    fields >> field;
    if (field == "Z" || field == "X") {
        return std::nullopt;
    }
    for (int skipped = 0; skipped < 18; ++skipped) {
        fields >> field;
    }
    long long start = 0;
    return fields >> start ? std::optional(start) : std::nullopt;
}

std::string process_command_line(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    for (char& letter : text) {
        letter = letter == '\0' ? ' ' : letter;
    }
    return text;
}

}  // namespace overtake
