// Small text files that nobody ever sees half-written: aside, flushed, fsynced, renamed, folder fsynced (design 5).
#pragma once

#include <filesystem>
#include <string_view>

namespace overtake {

/// Makes the folder if need be. A device or pipe is written into, not replaced. Throws IoError naming the file and the cause, and leaves nothing beside it then.
void write_aside(const std::filesystem::path& file, std::string_view text);

}  // namespace overtake
