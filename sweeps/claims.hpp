// What a sweep claims before its first stage runs: hypotheses with their estimand, frozen, so that what was found later can be told from it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sweeps/document.hpp"
#include "sweeps/sweep_folder.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

struct AnalysisSection;

/// One hypothesis of [claims]. Names of sides: a class of design 9a ("H", "L", "S", "G") or a scheme ("rope", "rope+yarn-x4").
struct Claim {
    std::string name;
    std::string estimand = "E1";   // E1: loss at the train length; E2: loss beyond it; E3: loss of the needle's answer
    std::string challenger, baseline;
    std::int64_t train_length = 0;  // [tokens]; 0: every train length of the grid, and the claim must hold at each
    std::string length;             // E2, E3: evaluation length, "4x" the train length or tokens; empty for E1
    std::string expect;             // overtakes, overtaken, leads, trails, equivalent, not-determined
    double delta_nats = 0.002;
    bool operator==(const Claim&) const = default;
};

/// The claims of [claims], in the order of the file. Complains about what is wrong in each; `analysis` gives baseline and delta.
std::vector<Claim> read_claims(const DocumentNode& document, const AnalysisSection& analysis, Complaints& complaints);

/// Complains about claims that these trials can't decide: a side that no trial plays, lengths that none is trained or evaluated at, E3 without needles.
void check_claims(const std::vector<Claim>& claims, const DocumentNode& document, const std::vector<TrialConfig>& trials, Complaints& complaints);

/// Canonical text of all claims, sorted by name; its SHA-256 is what is frozen. Empty for none.
std::string canonical_text(const std::vector<Claim>& claims);

/// Claims as they stood when a run began with them.
struct FrozenClaims {
    std::string sha256;            // of the canonical text
    std::string frozen_utc;        // "2026-01-02T03:04:05Z"
    std::int64_t stages_begun = 0;  // stages that the sweep folder and its tuning held at that time: 0 is before the first
    std::vector<Claim> claims;
    bool operator==(const FrozenClaims&) const = default;
};

/// The history as JSON text, oldest first, and back. Reading throws IoError for a text that isn't one, naming `source`.
std::string claims_to_text(const std::vector<FrozenClaims>& history);
std::vector<FrozenClaims> claims_from_text(std::string_view text, const std::string& source);

/// The text of claims.json of a sweep folder; empty if it never had claims. Throws IoError.
std::string read_claims_history(const SweepFolder& folder);

/// Appends `claims` to claims.json of the folder unless they are what it ends with; nothing earlier is ever changed. A folder without
/// claims gets none. Stages of the folders in which it is `tuned_in` count as begun: who has seen their losses has seen every scheme's.
/// Returns what to tell the user, empty if nothing changed. Throws IoError.
std::string freeze_claims(const SweepFolder& folder, const std::vector<Claim>& claims, const std::string& now_utc, const std::vector<SweepFolder>& tuned_in = {});

}  // namespace overtake
