// Runs a function where a crash of the HDF5 library on a damaged or hostile file does no harm: in a child process.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace overtake {

/// Lines that `function` answers in a forked child, which may take 4 GiB of memory and writes no file. An IoError thrown there is thrown here. If the child is killed by a signal, or
/// has no answer after `seconds`, one line says so. For processes that run no other thread. Throws IoError if no child can be made.
std::vector<std::string> lines_from_child(const std::function<std::vector<std::string>()>& function, unsigned seconds);

}  // namespace overtake
