// overtake inspect and overtake bench: questions that the program with LibTorch answers, in one process without MPI.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace overtake {

/// Runs `train` (overtake-train; empty: the one beside the running program) with the question as JSON and hands on its output and
/// exit code. Throws IoError if there is no such program, ConfigError for arguments that are wrong by themselves.
int inspect(const std::vector<std::string>& arguments, const std::filesystem::path& train);
int bench(const std::vector<std::string>& arguments, const std::filesystem::path& train);

/// overtake inspect position|stage ...
int inspect_verb(const std::vector<std::string>& arguments);
/// overtake bench position ...
int bench_verb(const std::vector<std::string>& arguments);

}  // namespace overtake
