// Positions as a sweep file writes them: "rope", {scheme = "rope", base = 500000}, {scheme = "rope", extension =
// "yarn", factor = 4, tune_tokens = "2%"}, {scheme = "rope", extension = "longrope", factor = 4, search = "evolution"}.
#pragma once

#include <optional>
#include <string>

#include "sweeps/document.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

struct PositionChoice {
    PositionConfig position;
    std::optional<ExtensionConfig> extension;  // steps of its tuning depend on D and are 0 here
    bool operator==(const PositionChoice&) const = default;
};

/// Options checked and completed; nullopt with a complaint for an unknown name. An option that both know is the
/// scheme's.
std::optional<PositionChoice> parse_position(const DocumentNode& node, Complaints& complaints);

/// What an exclusion says of a position: every name or option that it gives must agree.
struct PositionPattern {
    std::string scheme, extension;  // empty: any
    Options options;                // of either, of its search and of its tuning
    bool matches(const PositionChoice& choice) const;
};
std::optional<PositionPattern> parse_position_pattern(const DocumentNode& node, Complaints& complaints);

}  // namespace overtake
