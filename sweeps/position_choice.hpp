// Positions as a sweep file writes them: "rope", {scheme = "rope", base = 500000}, {scheme = "rope", extension =
// "yarn", factor = 4, tune_tokens = "2%"}, {scheme = "rope", extension = "longrope", factor = 4, search = "evolution"},
// {scheme = "learned", sampler = "randomised", longest = 2048}.
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

/// Options checked and completed; nullopt with a complaint for an unknown name. An option that several know is the
/// scheme's, then the extension's.
std::optional<PositionChoice> parse_position(const DocumentNode& node, Complaints& complaints);

/// What an exclusion says of a position: every name or option that it gives must agree.
struct PositionPattern {
    std::string scheme, extension, sampler;  // empty: any
    Options options;                         // of any of them, of a search and of its tuning
    bool matches(const PositionChoice& choice) const;
};
std::optional<PositionPattern> parse_position_pattern(const DocumentNode& node, Complaints& complaints);

}  // namespace overtake
