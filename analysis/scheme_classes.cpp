// The headline question by classes of schemes.
#include "analysis/scheme_classes.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/family.hpp"
#include "analysis/text.hpp"

namespace overtake {

namespace {

bool is_class(const std::string& side) { return side == "H" || side == "L" || side == "S" || side == "G"; }

std::set<std::string> cells_of(const SchemeLaw& scheme) {
    std::set<std::string> cells;
    for (const Observation& o : scheme.observations) {
        cells.insert(o.cell);
    }
    return cells;
}

/// Points of a member that choose: those in `cells`, of one seed or (nullptr) of all.
std::vector<Observation> choosing(const SchemeLaw& scheme, const std::set<std::string>& cells, const std::int64_t* seed) {
    std::vector<Observation> out;
    for (const Observation& o : scheme.observations) {
        if (cells.contains(o.cell) && (seed == nullptr || o.seed == *seed)) {
            out.push_back(o);
        }
    }
    return out;
}

struct Means {
    double x = 0, y = 0;  // of log10 C and log loss
};

Means means_of(const std::vector<Observation>& points) {
    Means means;
    for (const Observation& o : points) {
        means.x += std::log10(o.flops) / static_cast<double>(points.size());
        means.y += std::log(o.loss) / static_cast<double>(points.size());
    }
    return means;
}

/// Slope of log loss in log10 C that all members have in common, each about its own means; 0 if nothing tells.
double common_slope(const std::vector<std::vector<Observation>>& members) {
    double xx = 0, xy = 0;
    for (const std::vector<Observation>& points : members) {
        const Means means = means_of(points);
        for (const Observation& o : points) {
            const double x = std::log10(o.flops) - means.x;
            xx += x * x;
            xy += x * (std::log(o.loss) - means.y);
        }
    }
    return xx > 1e-9 ? xy / xx : 0;
}

/// The member with the lowest mean log loss at equal compute.
std::size_t best_of(const std::vector<std::size_t>& members, std::span<const SchemeLaw> schemes, const std::set<std::string>& cells, const std::int64_t* seed) {
    std::vector<std::vector<Observation>> points;
    for (const std::size_t k : members) {
        points.push_back(choosing(schemes[k], cells, seed));
    }
    const double slope = common_slope(points);
    std::size_t best = members[0];
    double lowest = INFINITY;
    for (std::size_t i = 0; i < members.size(); ++i) {
        const Means means = means_of(points[i]);
        if (const double score = means.y - slope * means.x; !points[i].empty() && score < lowest) {
            lowest = score;
            best = members[i];
        }
    }
    return best;
}

std::vector<Observation> scoring(const SchemeLaw& scheme, bool held_out, std::int64_t tuning_seed) {
    std::vector<Observation> out;
    std::copy_if(scheme.observations.begin(), scheme.observations.end(), std::back_inserter(out),
                 [&](const Observation& o) { return !held_out || o.seed != tuning_seed; });
    return out;
}

std::string side_words(const std::string& side) { return side == "H" ? "in RoPE's line" : is_class(side) ? "of class " + side : "of " + side; }

}  // namespace

std::vector<std::size_t> members_of(std::span<const SchemeLaw> schemes, const std::string& side, bool families) {
    std::vector<std::size_t> members;
    for (std::size_t k = 0; k < schemes.size(); ++k) {
        const std::string& name = schemes[k].scheme;
        const bool plays = is_class(side) ? schemes[k].scheme_class == side
                                          : name == side || (families && (name.starts_with(side + "+") || name.starts_with(side + "[")));
        if (plays) {
            members.push_back(k);
        }
    }
    return members;
}

namespace {

/// Who plays each side, and what they can be chosen on.
struct Field {
    std::vector<std::size_t> line, challengers;
    std::set<std::string> cells;                // that all of them have
    std::vector<std::string> without_cells;     // names of who was left out for want of them
};

std::set<std::string> common_cells(std::span<const SchemeLaw> schemes, const std::vector<std::size_t>& members) {
    std::set<std::string> cells = cells_of(schemes[members.at(0)]);
    for (const std::size_t k : members) {
        const std::set<std::string> own = cells_of(schemes[k]);
        std::erase_if(cells, [&](const std::string& cell) { return !own.contains(cell); });
    }
    return cells;
}

std::vector<std::size_t> both(const Field& field) {
    std::vector<std::size_t> all = field.line;
    all.insert(all.end(), field.challengers.begin(), field.challengers.end());
    return all;
}

/// Leaves out the member with the fewest cells until the rest share at least half of what the widest has; the last member of a side stays.
void leave_out_the_barely_run(std::span<const SchemeLaw> schemes, Field& field) {
    std::size_t widest = 0;
    for (const std::size_t k : both(field)) {
        widest = std::max(widest, cells_of(schemes[k]).size());
    }
    while ((field.cells = common_cells(schemes, both(field))).size() * 2 < widest) {
        std::vector<std::size_t>* side = nullptr;
        std::size_t fewest = widest;
        for (std::vector<std::size_t>* candidates : {&field.line, &field.challengers}) {
            for (const std::size_t k : *candidates) {
                if (const std::size_t cells = cells_of(schemes[k]).size(); candidates->size() > 1 && cells < fewest) {
                    fewest = cells;
                    side = candidates;
                }
            }
        }
        if (side == nullptr) {
            return;
        }
        const auto out = std::find_if(side->begin(), side->end(), [&](std::size_t k) { return cells_of(schemes[k]).size() == fewest; });
        field.without_cells.push_back(schemes[*out].scheme);
        side->erase(out);
    }
}

/// Seeds that every member has in the common cells.
std::set<std::int64_t> common_seeds(std::span<const SchemeLaw> schemes, const Field& field) {
    std::set<std::int64_t> common;
    bool first = true;
    for (const std::size_t k : both(field)) {
        std::set<std::int64_t> own;
        for (const Observation& o : choosing(schemes[k], field.cells, nullptr)) {
            own.insert(o.seed);
        }
        if (first) {
            common = own;
        }
        first = false;
        std::erase_if(common, [&](std::int64_t seed) { return !own.contains(seed); });
    }
    return common;
}

std::string left_out_words(const std::vector<std::string>& names) {
    std::string words;
    for (const std::string& name : names) {
        words += (words.empty() ? "" : ", ") + name;
    }
    return words.empty() ? "" : " Not in the choice, having run in too few of the cells: " + words + ".";
}

}  // namespace

std::optional<Duel> choose_players(std::span<const SchemeLaw> schemes, const std::string& baseline, const std::string& challenger, bool families) {
    Field field{members_of(schemes, baseline, families), members_of(schemes, challenger, families), {}, {}};
    // Who is in both families plays for the narrower name: "rope+yarn-x4" is not its own rival in "rope".
    std::vector<std::size_t>& wider = baseline.size() < challenger.size() ? field.line : field.challengers;
    const std::vector<std::size_t>& narrower = baseline.size() < challenger.size() ? field.challengers : field.line;
    std::erase_if(wider, [&](std::size_t k) { return std::find(narrower.begin(), narrower.end(), k) != narrower.end(); });
    if (field.line.empty() || field.challengers.empty()) {
        return std::nullopt;
    }
    leave_out_the_barely_run(schemes, field);
    const std::set<std::int64_t> seeds = common_seeds(schemes, field);
    const bool nothing_to_choose = field.line.size() == 1 && field.challengers.size() == 1;
    Duel duel;
    duel.held_out = seeds.size() >= 3 && !nothing_to_choose;
    const std::int64_t tuning = seeds.empty() ? 0 : *seeds.begin();
    duel.baseline = best_of(field.line, schemes, field.cells, duel.held_out ? &tuning : nullptr);
    duel.challenger = best_of(field.challengers, schemes, field.cells, duel.held_out ? &tuning : nullptr);
    duel.baseline_points = scoring(schemes[duel.baseline], duel.held_out, tuning);
    duel.challenger_points = scoring(schemes[duel.challenger], duel.held_out, tuning);
    if (nothing_to_choose) {
        duel.selection = (is_class(baseline) ? "Each class has one member here, so nothing was chosen." : "") + left_out_words(field.without_cells);
        return duel;
    }
    duel.selection = schemes[duel.challenger].scheme + " is the best of " + std::to_string(field.challengers.size()) + " " + side_words(challenger) + ", " +
                     schemes[duel.baseline].scheme + " of " + std::to_string(field.line.size()) + " " + side_words(baseline) +
                     ", by mean loss at equal compute over " + counted(field.cells.size(), "common cell") + "; " +
                     (duel.held_out ? "chosen on seed " + std::to_string(tuning) + ", scored on the others."
                                    : "chosen and scored on the same seeds, which favours the chosen (three seeds that all have would separate the two).") +
                     left_out_words(field.without_cells);
    return duel;
}

std::optional<SideComparison> compare_sides(const Study& study, const std::string& baseline, const std::string& challenger, bool families) {
    std::optional<Duel> duel = choose_players(study.schemes, baseline, challenger, families);
    if (!duel || duel->baseline == duel->challenger) {
        return std::nullopt;
    }
    if (!duel->held_out) {
        return SideComparison{compare_schemes(study, duel->baseline, duel->challenger), duel->selection};
    }
    std::vector<Observation> points = duel->baseline_points;
    points.insert(points.end(), duel->challenger_points.begin(), duel->challenger_points.end());
    StudyOptions options = study.options;
    options.baseline = study.schemes[duel->baseline].scheme;
    options.challengers = {study.schemes[duel->challenger].scheme};
    options.ratio_from_data = false;
    options.compare = true;
    return SideComparison{make_study(points, options).comparisons.at(0), duel->selection};
}

std::vector<ClassComparison> compare_classes(const Study& study) { return compare_classes(std::span(&study, 1)).at(0); }

namespace {

std::vector<ClassComparison> uncorrected(const Study& study) {
    std::vector<ClassComparison> out;
    for (auto [letter, title] : {std::pair{"L", "learned forms against RoPE's line"}, {"S", "trained constants against RoPE's line"},
                                 {"G", "content gates against RoPE's line"}}) {
        if (std::optional<SideComparison> sides = compare_sides(study, "H", letter, false)) {
            out.push_back({"H", letter, title, std::move(sides->comparison), std::move(sides->selection)});
        }
    }
    return out;
}

}  // namespace

std::vector<std::vector<ClassComparison>> compare_classes(std::span<const Study> studies) {
    std::vector<std::vector<ClassComparison>> out;
    std::vector<Comparison*> family;
    for (const Study& study : studies) {
        out.push_back(uncorrected(study));
    }
    for (std::vector<ClassComparison>& of_study : out) {
        for (ClassComparison& c : of_study) {
            family.push_back(&c.comparison);
        }
    }
    adjust_family(family);
    return out;
}

}  // namespace overtake
