// Names of what the members of a job array put into the sweep folder that they share; the rest is in sweep_folder.hpp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "sweeps/sweep_folder.hpp"

namespace overtake {

/// Behind the names of files that several jobs may write aside in one place: unlike that of any other member, job or life of one.
inline std::string writer_of(const SweepFolder& folder) {
    return (folder.member.empty() ? "" : "." + folder.member) + (folder.life.empty() ? "" : "." + folder.life);
}

inline std::filesystem::path lease_file(const SweepFolder& folder, std::string_view stage, std::int64_t generation) {
    return folder.stage(stage) / ("lease." + std::to_string(generation));
}

/// Moves while this member works.
inline std::filesystem::path pulse_file(const SweepFolder& folder) { return folder.root / ("pulse" + writer_of(folder)); }

}  // namespace overtake
