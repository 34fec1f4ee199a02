// The headline question by classes of schemes.
#include "analysis/scheme_classes.hpp"

#include <cmath>
#include <set>

#include "analysis/text.hpp"

namespace overtake {

namespace {

std::vector<std::size_t> members_of(const Study& study, const std::string& scheme_class) {
    std::vector<std::size_t> members;
    for (std::size_t k = 0; k < study.schemes.size(); ++k) {
        if (study.schemes[k].scheme_class == scheme_class) {
            members.push_back(k);
        }
    }
    return members;
}

std::set<std::string> cells_of(const SchemeLaw& scheme) {
    std::set<std::string> cells;
    for (const Observation& o : scheme.observations) {
        cells.insert(o.cell);
    }
    return cells;
}

/// Mean log loss over `cells`, of one seed or (nullptr) of all.
double mean_log_loss(const SchemeLaw& scheme, const std::set<std::string>& cells, const std::int64_t* seed) {
    double sum = 0, count = 0;
    for (const Observation& o : scheme.observations) {
        if (cells.contains(o.cell) && (seed == nullptr || o.seed == *seed)) {
            sum += std::log(o.loss);
            ++count;
        }
    }
    return count > 0 ? sum / count : INFINITY;
}

}  // namespace

std::vector<ClassComparison> compare_classes(const Study& study) {
    std::vector<ClassComparison> out;
    std::vector<std::size_t> line = members_of(study, "H");
    for (auto [letter, title] : {std::pair{"L", "learned forms against RoPE's line"}, {"S", "trained constants against RoPE's line"},
                                 {"G", "content gates against RoPE's line"}}) {
        std::vector<std::size_t> challengers = members_of(study, letter);
        if (line.empty() || challengers.empty()) {
            continue;
        }
        std::vector<std::size_t> all = line;
        all.insert(all.end(), challengers.begin(), challengers.end());
        std::set<std::string> cells = cells_of(study.schemes[all[0]]);
        std::set<std::int64_t> seeds;
        for (std::size_t k : all) {
            std::set<std::string> own = cells_of(study.schemes[k]);
            std::erase_if(cells, [&](const std::string& cell) { return !own.contains(cell); });
            for (const Observation& o : study.schemes[k].observations) {
                seeds.insert(o.seed);
            }
        }
        bool held_out = seeds.size() >= 3;
        std::int64_t tuning = *seeds.begin();
        auto best_of = [&](const std::vector<std::size_t>& members) {
            std::size_t best = members[0];
            for (std::size_t k : members) {
                const std::int64_t* seed = held_out ? &tuning : nullptr;
                best = mean_log_loss(study.schemes[k], cells, seed) < mean_log_loss(study.schemes[best], cells, seed) ? k : best;
            }
            return best;
        };
        std::size_t baseline = best_of(line), challenger = best_of(challengers);
        ClassComparison c{"H", letter, title, {}, ""};
        const std::string among = study.schemes[challenger].scheme + " is the best of " + std::to_string(challengers.size()) + ", " +
                                  study.schemes[baseline].scheme + " of " + std::to_string(line.size()) + " in RoPE's line, by mean loss over " +
                                  std::to_string(cells.size()) + " common cells; ";
        bool nothing_to_choose = line.size() == 1 && challengers.size() == 1;
        if (held_out && !nothing_to_choose) {
            std::vector<Observation> scoring;
            for (std::size_t k : {baseline, challenger}) {
                for (const Observation& o : study.schemes[k].observations) {
                    if (o.seed != tuning) {
                        scoring.push_back(o);
                    }
                }
            }
            StudyOptions options = study.options;
            options.baseline = study.schemes[baseline].scheme;
            options.challengers = {study.schemes[challenger].scheme};
            options.ratio_from_data = false;
            c.comparison = make_study(scoring, options).comparisons.at(0);
            c.selection = among + "chosen on seed " + std::to_string(tuning) + ", scored on the others.";
        } else {
            c.comparison = compare_schemes(study, baseline, challenger);
            c.selection = nothing_to_choose ? "Each class has one member here, so nothing was chosen."
                                            : among + "chosen and scored on the same " + counted(seeds.size(), "seed") +
                                                  ", which favours the chosen (three seeds would separate the two).";
        }
        out.push_back(c);
    }
    return out;
}

}  // namespace overtake
