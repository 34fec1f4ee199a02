// Long documents: the files of the Linux kernel's source, from Debian's package linux-source-6.1.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace overtake {

/// Where Debian's package linux-source-6.1 puts it.
inline constexpr std::string_view debian_linux_source = "/usr/src/linux-source-6.1.tar.xz";

struct LinuxOptions {
    std::filesystem::path archive = debian_linux_source;
    std::int64_t bytes = 200'000'000;  // at most this much text
    bool operator==(const LinuxOptions&) const = default;
};

/// Whether a file is a document: its name ends in .c, .h, .S, .rst or .txt, it has 4 KiB to 512 KiB, and it is no
/// generated table of register names (a path with "/asic_reg/").
bool is_document(std::string_view path, std::int64_t bytes);

/// The documents of the archive, each whole and as it is, in the archive's order, without those that hold a zero byte.
/// Where they have more than `bytes` bytes, those stay whose path has the smallest hash: a fixed sample, spread evenly.
/// Throws IoError: absent (says which package has it), damaged, nothing in it.
std::vector<std::string> linux_documents(const LinuxOptions& options);

}  // namespace overtake
