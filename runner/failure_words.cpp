#include "runner/failure_words.hpp"

#include <algorithm>
#include <array>

namespace overtake {

std::string failure_in_words(std::string_view what) {
    constexpr std::array<std::string_view, 5> of_allocators{"bad_alloc", "can't allocate memory", "not enough memory", "out of memory", "CUBLAS_STATUS_ALLOC_FAILED"};
    const std::string_view first = what.substr(0, what.find('\n'));
    const bool no_memory = std::any_of(of_allocators.begin(), of_allocators.end(), [&](std::string_view words) { return first.find(words) != std::string_view::npos; });
    return no_memory ? "out of memory (" + std::string(first) + ")" : std::string(first);
}

}  // namespace overtake
