// Plain text files as they are.
#pragma once

#include <filesystem>
#include <vector>

#include "runner/data/bpe.hpp"

namespace overtake {

/// The bytes of all files, one after the other and each a document, in pieces that end at ends of lines where a line is
/// shorter than 1 MiB. The files stay mapped while the stream lives. Throws IoError.
TextStream stream_text_files(const std::vector<std::filesystem::path>& files);

}  // namespace overtake
