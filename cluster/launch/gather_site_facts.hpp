// Trying a place out for `overtake doctor`: the sweep folder from here, everything else from the ranks themselves.
#pragma once

#include <chrono>
#include <filesystem>
#include <vector>

#include "cluster/launch/launch_line.hpp"
#include "cluster/launch/site_facts.hpp"
#include "cluster/launch/sweep_view.hpp"

namespace overtake {

/// Writes, locks and reserves in the folder (which is made if need be) and removes what it wrote.
void try_folder(const std::filesystem::path& folder, double needed_bytes, double checkpoint_bytes, SiteFacts& facts);

/// Starts overtake-train --doctor as a run would start it, and waits for at most `patience` until all ranks have said what they find, and with `nccl` for
/// as long again for its sums. `files` are absolute: what the ranks must see as well.
void try_ranks(const LaunchSettings& launch, bool nccl, SiteFacts& facts, const std::vector<std::filesystem::path>& files = {},
               std::chrono::milliseconds patience = std::chrono::minutes(1));

/// Both, for a sweep as it would run here.
SiteFacts gather_site_facts(const SweepView& view, const LaunchSettings& launch, bool nccl);

}  // namespace overtake
