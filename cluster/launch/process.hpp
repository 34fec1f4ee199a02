// A child process with pipes to it: started from an argument list, never from a shell string.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace overtake {

/// A file descriptor that closes itself; -1 is none.
class Descriptor {
  public:
    explicit Descriptor(int value = -1) noexcept : value_(value) {}
    Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor() { reset(); }
    int value() const noexcept { return value_; }
    void reset() noexcept;

  private:
    int value_;
};

/// Both ends close on exec. Throws IoError.
std::pair<Descriptor, Descriptor> make_pipe();  // {read end, write end}

struct ProcessRequest {
    std::vector<std::string> arguments;                               // the first is searched in PATH unless it has a '/'
    std::vector<std::pair<std::string, std::string>> environment;     // added to ours, replacing equal names
    bool pipe_input = false;                                          // else it inherits our stdin
    bool pipe_output = false;                                         // stdout and stderr, each its own pipe; else inherited
    bool own_group = false;                                           // a process group of its own: the terminal's SIGINT does not reach it
};

struct ProcessEnd {
    int code = 0;          // of exit(); 128 + signal if a signal ended it
    bool signalled = false;
};

/// Owns the child and the pipes. Destroying it closes the pipes and, if the child still runs, kills its group and reaps it.
class ChildProcess {
  public:
    /// Signals that we block or catch are set back to their defaults in the child. Throws IoError naming the program.
    static ChildProcess start(const ProcessRequest& request);
    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&&) = delete;
    ~ChildProcess();

    pid_t pid() const noexcept { return pid_; }
    int output() const noexcept { return output_.value(); }  // read ends, non-blocking; -1 if not piped or closed
    int errors() const noexcept { return errors_.value(); }
    void close_input() noexcept { input_.reset(); }
    void close_output() noexcept { output_.reset(); }
    void close_errors() noexcept { errors_.reset(); }

    std::optional<ProcessEnd> try_wait();
    ProcessEnd wait();
    /// To the child's group if it has its own, else to the child. Nothing happens once it is reaped.
    void send_signal(int signal) noexcept;
    /// SIGTERM, then SIGKILL after `grace`; returns when it is reaped.
    ProcessEnd terminate(std::chrono::milliseconds grace);

  private:
    ChildProcess() = default;

    pid_t pid_ = -1;
    bool own_group_ = false;
    std::optional<ProcessEnd> end_;
    Descriptor input_, output_, errors_;
};

/// Runs a program to its end with inherited stdin, stdout and stderr. Returns its exit code as in ProcessEnd. Throws IoError.
int run_program(const std::vector<std::string>& arguments);

/// The binary that is running now, and a sibling beside it.
std::filesystem::path own_binary();
std::filesystem::path sibling_binary(const std::string& name);

/// Start time of a process in clock ticks since boot, so that a reused pid is told apart; nullopt if there is no such process
/// (a zombie counts as none).
std::optional<long long> process_start_time(pid_t pid);

/// Its arguments joined by blanks; empty if there is no such process.
std::string process_command_line(pid_t pid);

}  // namespace overtake
