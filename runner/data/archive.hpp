// Files out of a compressed archive, one after the other, without unpacking it on disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace overtake {

/// Reads a tar archive, compressed or not (xz, gzip, zstd ...), by libarchive: for every plain file, in the archive's
/// order, `wants(path, bytes)`, and `take(path, content)` if the answer is yes. Throws IoError: absent, damaged, no
/// archive, or built without libarchive.
void read_archive(const std::filesystem::path& archive,
                  const std::function<bool(std::string_view, std::int64_t)>& wants,
                  const std::function<void(std::string_view, std::string)>& take);

}  // namespace overtake
