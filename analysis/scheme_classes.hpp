// The headline question by classes of schemes: who plays a side, and one side against another.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/study.hpp"

namespace overtake {

/// A side is a class of design 9a ("H", "L", "S", "G"), or a scheme; with `families` also what continues it: "rope" is then also played by
/// "rope+yarn-x4-tuned-2%", each being a use of the same compute.
std::vector<std::size_t> members_of(std::span<const SchemeLaw> schemes, const std::string& side, bool families);

/// Two sides, each by its best member, and the points to score them on.
struct Duel {
    std::size_t baseline = 0, challenger = 0;         // in the list of schemes
    std::vector<Observation> baseline_points, challenger_points;
    bool held_out = false;                            // chosen on other seeds than these points'
    std::string selection;                            // how they were chosen, a sentence
};

/// Best member: lowest mean log loss over the cells that all members of both sides have, made equal in compute by the slope of log loss in log C
/// within members (extensions cost compute; the same cell with a longer fine-tuning must not win by that). Members that ran in so few cells that
/// less than half of the widest's would be common are left out of the choice, and named. With at least three seeds that all have, the lowest
/// seed chooses and the others score; below three, choice and score share seeds, and `selection` says so. A scheme in both families plays for
/// the narrower name only. nullopt if a side has no member.
std::optional<Duel> choose_players(std::span<const SchemeLaw> schemes, const std::string& baseline, const std::string& challenger, bool families);

struct SideComparison {
    Comparison comparison;
    std::string selection;
};

/// The chosen two compared by laws, fitted anew to the scoring seeds where these are held out.
std::optional<SideComparison> compare_sides(const Study& study, const std::string& baseline, const std::string& challenger, bool families);

/// A class of design 9a played by its best member. `comparison.sentence` names the members; `selection` says how they were chosen.
struct ClassComparison {
    std::string baseline_class, challenger_class;  // "H", then "L", "S" or "G"
    std::string title;                             // "learned forms against RoPE's line"
    Comparison comparison;
    std::string selection;
};

/// L, S and G against H, those that have a finished member. Holm's correction runs over them.
std::vector<ClassComparison> compare_classes(const Study& study);

/// The same for every study of a call, in their order, with Holm's correction over all classes and contexts at once: the headline is a family of
/// its own, so that nobody makes it weaker by running more schemes.
std::vector<std::vector<ClassComparison>> compare_classes(std::span<const Study> studies);

}  // namespace overtake
