// Why a stage failed, in the words that its record keeps.
#pragma once

#include <string>
#include <string_view>

namespace overtake {

/// The first line of what an exception says (LibTorch appends a stack trace); one of an allocator, of the language, LibTorch or CUDA, begins
/// with "out of memory".
std::string failure_in_words(std::string_view what);

}  // namespace overtake
