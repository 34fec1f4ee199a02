// 29 MB of real English from the 40 MB of Debian's package dict-gcide, the Collaborative International Dictionary of
// English.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace overtake {

/// Where Debian's package dict-gcide puts it.
inline constexpr std::string_view debian_gcide = "/usr/share/dictd/gcide.dict.dz";

/// The whole text of a dictd file, plain or gzip (dictzip is gzip with an index in its header).
/// Throws IoError: absent (says which package has it), damaged, empty.
std::string read_dictionary(const std::filesystem::path& file);

/// Dictionary text as prose. What is done, in README.md's words: the preamble goes; lines that were wrapped at 65
/// columns are joined to one line a paragraph, entries stay apart by an empty line; what is no English goes:
/// respellings between backslashes, pronunciations, names of sources in brackets ("[1913 Webster]"), braces of
/// cross-references, the square-bracket codes of accented letters (the bare letter stays). Nothing is added or
/// reordered. The result is ASCII.
std::string clean_gcide(std::string_view dictionary);

}  // namespace overtake
