// Independent pieces of work on a few threads; which thread takes which piece never shows in a result.
#pragma once

#include <cstddef>
#include <functional>

namespace overtake {

/// Calls work(begin, end) for consecutive chunks of 0 .. count - 1, each on some thread, and waits. `threads` < 1: as many as the
/// machine has. The first exception of a piece is thrown again here.
void for_chunks(std::size_t count, int threads, const std::function<void(std::size_t begin, std::size_t end)>& work);

}  // namespace overtake
