// Everything the supervisor says: sweep.log, stderr, and the progress line that rewrites itself on a terminal.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "cluster/launch/process.hpp"
#include "sweeps/run_lines.hpp"
#include "sweeps/sweep_folder.hpp"

namespace overtake {

/// "2026-01-02T03:04:05Z".
std::string now_utc();

class Narrator {
  public:
    /// Appends to sweep.log. `quiet` keeps progress and the program's own words away from stderr. What the log does not take now (a full
    /// disk, a folder out of reach) it gets with the next line that it takes, up to 64 KiB of it.
    Narrator(const SweepFolder& folder, bool quiet);
    ~Narrator();
    Narrator(const Narrator&) = delete;
    Narrator& operator=(const Narrator&) = delete;

    void say(const std::string& words);                  // our own: stderr and log
    void pass_on(std::string_view line);                 // the program's words: log, and stderr unless quiet
    void note(const std::string& words);                 // log only
    void progress(const ProgressLine& progress, double now_s);

  private:
    void log(std::string_view line);
    void write_log();
    void print(std::string_view text);
    void clear_line();

    std::filesystem::path file_;
    Descriptor log_;
    std::string unwritten_;
    bool quiet_, terminal_;
    std::size_t line_width_ = 0;  // of the progress line that stands on the terminal; 0: none
    double last_progress_s_ = -1e9;
};

}  // namespace overtake
