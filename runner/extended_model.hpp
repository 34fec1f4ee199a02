// The model that a stage begins with: the trial's network, with its extension and the factors that searches found for it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/gpt.hpp"
#include "runner/stage_work.hpp"
#include "sweeps/results/records.hpp"

namespace overtake {

/// The individual with the lowest finite loss, the first of equals; nullptr if there is none.
const SearchIndividual* best_individual(const std::vector<SearchIndividual>& individuals);

/// The extension with an individual's factors: long factors, n-hat and critical pair, or in a last search the short factors.
ExtensionConfig with_factors(ExtensionConfig extension, const SearchIndividual& found, SearchRound round);

/// What the stage applies to the network: nothing in train and cooldown; elsewhere the trial's extension, with the factors in the
/// records of the searches on the stage's path. Throws IoError if such a record is missing.
std::optional<ExtensionConfig> extension_of(const StageWork& work);

struct ExtendedModel {
    Gpt model;
    std::vector<std::string> added;  // names of the parameters that the extension brought, which a parent's state may lack
};

/// Initial weights, extension applied.
ExtendedModel make_model(const StageWork& work);

/// The state that the stage begins from. Throws IoError if it is missing, damaged or of another step; damage that was healed is said.
StageState read_parent_state(const StageWork& work);

}  // namespace overtake
