// Trying a place out for `overtake doctor`: the sweep folder from here, everything else from the ranks themselves.
#pragma once

#include "cluster/launch/launch_line.hpp"
#include "cluster/launch/site_facts.hpp"
#include "cluster/launch/sweep_view.hpp"

namespace overtake {

/// Writes, locks and reserves in the folder (which is made if need be) and removes what it wrote.
void try_folder(const std::filesystem::path& folder, double needed_bytes, double checkpoint_bytes, SiteFacts& facts);

/// Starts overtake-train --doctor as a run would start it, and waits for it for at most a minute.
void try_ranks(const LaunchSettings& launch, bool nccl, SiteFacts& facts);

/// Both, for a sweep as it would run here.
SiteFacts gather_site_facts(const SweepView& view, const LaunchSettings& launch, bool nccl);

}  // namespace overtake
