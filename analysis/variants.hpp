// Variants: trials that are the same in all but cell and seed, and what one variant has otherwise than another.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sweeps/results/results_file.hpp"

namespace overtake {

/// A position with its sampler, extension, search and fine-tuning, every option counted.
struct Variant {
    std::string name;    // the scheme's name; where several variants have it, "rope(base=500)": with the options that tell them apart
    std::string scheme;  // as in the results file
    std::map<std::string, std::string> choices;  // "position.scheme", "extension.options.factor" ... as in the trial's canonical text
    std::vector<std::size_t> trials;             // indices, in grid order
};

/// All variants of the file's trials, in the order of the grid, whatever became of the trials.
std::vector<Variant> variants_of(const Results& results);

/// What one variant has otherwise than another.
struct VariantDistance {
    std::size_t methods = 0;  // of scheme, sampler, extension, search and tune_tokens; none is one too
    std::size_t options = 0;  // of those methods, but for the factor
    bool factor = false;      // of the extension
};

/// Options that only one variant has count where both have the same method: then the other has the default; else they come with it.
VariantDistance distance_between(const Variant& a, const Variant& b);

/// The reference of variant `index`: the first before it in the grid that differs from it in exactly one option; else the first before
/// it that differs in exactly one method; both with the same factor where both have one; else the first of the scheme `baseline`. nullptr
/// if that is itself, or isn't there.
const Variant* reference_of(const std::vector<Variant>& variants, std::size_t index, std::string_view baseline);

/// The variant of that name, or the first of that scheme. Throws ConfigError with what is known.
const Variant& find_variant(const std::vector<Variant>& variants, std::string_view name);

}  // namespace overtake
