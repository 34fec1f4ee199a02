// Options of a scheme, an extension or a search, as the keys of an inline table write them.
#pragma once

#include <optional>
#include <string_view>

#include "sweeps/document.hpp"
#include "sweeps/position_schemes.hpp"

namespace overtake {

/// nullopt with a complaint for a table, a date, or an array of anything but numbers.
std::optional<OptionValue> option_of(const DocumentEntry& entry, Complaints& complaints);

bool has_option(const SchemeInfo* info, std::string_view name);

/// `given` checked and completed, each complaint at its own key of `node`.
Options checked_options(const SchemeInfo& info, const DocumentNode& node, const Options& given, Complaints& complaints);

}  // namespace overtake
