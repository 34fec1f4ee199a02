// overtake logs: what a sweep has said, from its files.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "sweeps/sweep_folder.hpp"

namespace overtake {

/// sweep.log, or those of an array's members, by name; then those of the rounds and the check of its tuning.
std::vector<std::filesystem::path> logs_of(const SweepFolder& folder);

/// Of lines of a log: "2026-01-02T03:04:05Z ".
bool begins_with_time(std::string_view line);

/// Prints the last `lines` lines of the newest job's output that no log has ("slurm-4711" before each), then those of each log, and then what is added, until `go_on` says no; each line behind the name of its log if there
/// are several ("sweep.2", "tuning/sweep"), all in the order of their times. `go_on` is asked before each look and waits as long as it
/// likes; nullptr: no following. A log that is begun meanwhile is followed too.
void print_logs(const SweepFolder& folder, std::size_t lines, const std::function<bool()>& go_on, std::ostream& out);

/// overtake logs DIR [--lines N] [--follow]
int logs_verb(const std::vector<std::string>& arguments);

}  // namespace overtake
