// Names that try to be more than names, for the tests of everything that shows, writes or passes on what strangers chose.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace overtake {

/// The same ones every time, all different, the plain ingredients first, then joined ones. Whoever runs one as a program leaves a file
/// "canary" in the folder where that happened.
std::vector<std::string> hostile_names(std::size_t count);

}  // namespace overtake
