// Schemes whose bias depends on content (H4), or that change weights and values (H6).
#include "sweeps/position_table.hpp"

namespace overtake {

std::vector<SchemeInfo> content_schemes() {
    return {};
}

}  // namespace overtake
