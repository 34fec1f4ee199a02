// The stage forest: trials as paths of stages, with what they share computed once (design 4).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sweeps/search_options.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

/// train: a segment of the constant-rate trunk (or of a cosine run). cooldown: the branch of one budget.
/// search: rescale factors of an extension, found on a trained state. extend: fine-tuning with an extension applied, at its
/// longer context. evaluate: losses of a trained state at every evaluation length and by position, with or without an extension.
enum class StageKind { train, cooldown, search, extend, evaluate };

std::string_view name_of(StageKind kind);

/// Whether a stage of this kind changes weights (train, cooldown, extend).
bool is_training(StageKind kind);

struct Stage {
    std::string id;      // first 16 hex digits of SHA-256 of `text`
    std::string parent;  // id of the stage whose state this one starts from; empty at a root
    StageKind kind = StageKind::train;
    std::int64_t begin_step = 0;  // steps done when it starts
    std::int64_t end_step = 0;    // steps done when it ends; equal to begin_step for search and evaluate
    std::int64_t context_length = 0;  // tokens of a window: T in train and cooldown, factor x T in extend and search; 0 in evaluate
    SearchRound round = SearchRound::only;  // of a search
    TrialConfig config;           // of the first trial that asked for it; only what `text` says decides the bits
    std::string text;             // canonical text: version line, then "key=value" lines sorted by key
    std::int64_t tokens = 0;      // tokens trained (train, cooldown, extend) or evaluated (search: at most)
    double flops = 0;             // FLOPs of this stage alone
    bool provisional = false;     // the data don't exist yet, so the id will change
};

/// One point of the grid with its path through the forest.
struct Trial {
    std::string id;    // 16 hex digits, of the trial's canonical text
    std::string cell;  // 8 hex digits, equal for trials that differ in position scheme and seed only
    std::string text;  // canonical text of the trial
    TrialConfig config;
    std::vector<std::string> path;  // stage ids from the root to the evaluation
    double path_flops = 0;  // C of design 9a: training, searches and tuning of the whole path as if nothing were shared; measuring is free
};

struct StageForest {
    std::vector<Stage> stages;  // a parent comes before its children; ids are unique
    std::vector<Trial> trials;  // in grid order, unique ids
    /// Index into stages; throws std::logic_error for an unknown id.
    std::size_t index_of(std::string_view stage_id) const;
};

/// Version of the arithmetic that trained numbers come from; part of every stage id. Raised when a change of the code
/// changes bits.
inline constexpr int numerics_version = 2;

std::string canonical_text(const TrialConfig& config);
std::string trial_id(std::string_view canonical);

/// Trunk segments end at total_steps - cooldown_steps of each budget; each budget has a cooldown and an evaluation.
/// An extension is an evaluation with its own text under the same cooldown, behind the search and the tuning that it asks for:
/// search, extend; with search_first_factor search, extend, search; with search_short one more search.
StageForest grow_forest(std::span<const TrialConfig> trials);

}  // namespace overtake
