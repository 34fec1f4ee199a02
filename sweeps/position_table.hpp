// The entries of the table of position schemes; everybody else reads them through position_schemes.hpp.
#pragma once

#include <vector>

#include "sweeps/position_schemes.hpp"

namespace overtake {

/// One entry per scheme and extension, in the order of design 8: hand-made, learned, extensions.
std::vector<SchemeInfo> make_position_table();

}  // namespace overtake
