// The headline question by classes of schemes: learned forms, trained constants and content gates against RoPE's line.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analysis/study.hpp"

namespace overtake {

/// A class of design 9a played by its best member. `comparison.sentence` names the members; `selection` says how they were chosen.
struct ClassComparison {
    std::string baseline_class, challenger_class;  // "H", then "L", "S" or "G"
    std::string title;                             // "learned forms against RoPE's line"
    Comparison comparison;
    std::string selection;
};

/// Best member: lowest mean loss over the cells that all members of both classes have. With at least three seeds the lowest seed
/// chooses and the others score (their laws are fitted anew without it); below three, choice and score share seeds, and
/// `selection` says so. Classes without a finished member are left out. Order: L, S, G.
std::vector<ClassComparison> compare_classes(const Study& study);

}  // namespace overtake
