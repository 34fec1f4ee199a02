// Large files appear whole or not at all: written under another name, flushed, renamed (small ones:
// sweeps/write_aside.hpp).
#pragma once

#include <filesystem>

namespace overtake {

/// A name beside `file` that no other process or thread uses now.
std::filesystem::path aside_name(const std::filesystem::path& file);

/// Flushes `aside` to the disk, renames it to `file` and flushes the folder. Throws IoError.
void commit_aside(const std::filesystem::path& aside, const std::filesystem::path& file);

}  // namespace overtake
