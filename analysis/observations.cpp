// Observations from results.h5: which trials count, by rules that are written out beside the answer.
#include "analysis/observations.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>
#include <sstream>
#include <tuple>

#include "analysis/solo_seconds.hpp"
#include "analysis/text.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/visible_text.hpp"

namespace overtake {

namespace {

/// Trials of a cell share size, budget and train length; the learning rate may be tuned per scheme.
std::string cell_of(const TrialResult& trial) {
    return trial.size + "/" + std::to_string(trial.tokens) + "/" + std::to_string(trial.train_length);
}

/// Every point that was left out, by rule.
class Ledger {
  public:
    void enter(const std::string& rule, const std::string& scheme, const std::string& cell, std::int64_t seed, std::int64_t line) {
        points_.push_back({rule, scheme, cell, seed, line});
    }
    void close(ObservationSet& set) {
        std::vector<std::pair<std::string, std::size_t>> counts;  // in order of first appearance
        for (const LeftOut& point : points_) {
            const auto known = std::find_if(counts.begin(), counts.end(), [&](const auto& rule) { return rule.first == point.rule; });
            if (known == counts.end()) {
                counts.emplace_back(point.rule, 1);
            } else {
                ++known->second;
            }
        }
        for (const auto& [rule, count] : counts) {
            set.left_out.push_back(counted(count, "trial") + " " + rule);
        }
        set.left_out_points = std::move(points_);
    }

  private:
    std::vector<LeftOut> points_;
};

struct Candidate {
    Observation observation;
    double multiplier = 1;
};

using Key = std::pair<std::string, std::string>;  // cell, scheme

struct Rates {
    std::map<double, std::pair<double, int>> sums;  // loss and count of each rate that has a loss
    std::set<double> tried;                         // also those that diverged

    double best() const {
        double best = sums.begin()->first;
        for (const auto& [rate, sum] : sums) {
            best = sum.first / sum.second < sums.at(best).first / sums.at(best).second ? rate : best;
        }
        return best;
    }
    bool untuned() const { return tried.size() >= 3 && (best() == *tried.begin() || best() == *tried.rbegin()); }
};

/// Keeps, per cell and scheme, the learning rate with the lowest mean loss over its seeds, where others were tried on both sides of it.
std::vector<Candidate> tuned(const std::vector<Candidate>& all, const std::map<Key, std::set<double>>& tried, bool keep_untuned, Ledger& ledger) {
    std::map<Key, Rates> rates;
    for (const Candidate& c : all) {
        Rates& of = rates[{c.observation.cell, c.observation.scheme}];
        of.sums[c.multiplier].first += c.observation.loss;
        ++of.sums[c.multiplier].second;
    }
    for (auto& [key, of] : rates) {
        of.tried = tried.at(key);
    }
    std::vector<Candidate> kept;
    for (const Candidate& c : all) {
        const Observation& o = c.observation;
        const Rates& of = rates.at({o.cell, o.scheme});
        const bool best = c.multiplier == of.best();
        if (best && (keep_untuned || !of.untuned())) {
            kept.push_back(c);
        } else {
            ledger.enter(best ? "untuned (the best of at least three learning rates of their cell is the lowest or the highest)"
                              : "at a learning rate that was not the best of their cell and scheme (mean over seeds)",
                         o.scheme, o.cell, o.seed, o.line);
        }
    }
    return kept;
}

std::vector<std::string> words_of(const std::string& options) {
    std::vector<std::string> words;
    std::istringstream text(options);
    for (std::string word; std::getline(text, word, ',');) {
        words.push_back(word);
    }
    return words;
}

std::string key_of(const std::string& word) { return word.substr(0, word.find('=')); }

/// What tells options apart from the plain variant's: words of theirs alone, and keys that they leave at their standard.
std::string apart_from(const std::vector<std::string>& plain, const std::vector<std::string>& words) {
    std::string apart;
    const auto add = [&](const std::string& word) { apart += (apart.empty() ? "" : ",") + word; };
    for (const std::string& word : words) {
        if (std::find(plain.begin(), plain.end(), word) == plain.end()) {
            add(word);
        }
    }
    for (const std::string& word : plain) {
        if (std::none_of(words.begin(), words.end(), [&](const std::string& other) { return key_of(other) == key_of(word); })) {
            add("standard " + key_of(word));
        }
    }
    return apart;
}

/// Per trial its scheme, with what tells it from the plain variant: the one with the fewest options, the first of those in the grid.
std::vector<std::string> names_of(const Results& results) {
    std::map<std::string, std::vector<std::string>> plain;
    for (const TrialResult& trial : results.trials) {
        std::vector<std::string> words = words_of(trial.options);
        const auto [at, is_new] = plain.try_emplace(trial.scheme, words);
        if (!is_new && words.size() < at->second.size()) {
            at->second = std::move(words);
        }
    }
    std::vector<std::string> names;
    for (const TrialResult& trial : results.trials) {
        const std::string apart = apart_from(plain.at(trial.scheme), words_of(trial.options));
        names.push_back(visible(trial.scheme + (apart.empty() ? "" : "[" + apart + "]")));
    }
    return names;
}

std::string why_not(const TrialResult& trial, const ObservationFilter& filter) {
    if (trial.status != TrialStatus::done) {
        return trial.status == TrialStatus::diverged ? "diverged" : trial.status == TrialStatus::failed ? "failed" : "unfinished";
    }
    std::ostringstream words;
    if (trial.epochs > filter.most_epochs) {
        words << "with more than " << filter.most_epochs << " epochs over their data";
    } else if (trial.tuning == "untuned" && filter.untuned == Untuned::leave_out) {
        words << "whose tuning is flagged (an optimum at the edge of its range, or a shared rate found worse)";
    }
    return words.str();
}

double loss_at(const TrialResult& trial, std::int64_t length, bool beyond_train) {
    for (const Evaluation& e : trial.evaluations) {
        if (e.context_length == length) {
            return beyond_train ? e.loss_beyond_train : e.loss;
        }
    }
    return NAN;
}

}  // namespace

ObservationSet observations_of(const Results& results, const ObservationFilter& filter) {
    ObservationSet set;
    set.exact_flops = true;
    set.seconds_unit = seconds_unit(results);
    Ledger ledger;
    std::map<Key, std::set<double>> tried;
    std::vector<Candidate> candidates;
    const std::vector<std::string> names = names_of(results);
    for (std::size_t i = 0; i < results.trials.size(); ++i) {
        const TrialResult& trial = results.trials[i];
        if (filter.train_length > 0 && trial.train_length != filter.train_length) {
            continue;
        }
        const std::string cell = cell_of(trial);
        const auto leave_out = [&](const std::string& rule) { ledger.enter(rule, names[i], cell, trial.seed, static_cast<std::int64_t>(i)); };
        if (trial.status == TrialStatus::done || trial.status == TrialStatus::diverged) {
            tried[{cell, names[i]}].insert(trial.learning_rate_multiplier);
        }
        if (const std::string rule = why_not(trial, filter); !rule.empty()) {
            leave_out(rule);
            continue;
        }
        const std::int64_t length = filter.context > 0            ? filter.context
                                    : filter.context_multiple > 0 ? std::llround(filter.context_multiple * static_cast<double>(trial.train_length))
                                                                  : trial.train_length;
        Observation o;
        o.loss = loss_at(trial, length, filter.beyond_train);
        if (!std::isfinite(o.loss) || o.loss <= 0) {
            leave_out("without a finite loss at " + std::to_string(length) + " tokens");
            continue;
        }
        o.scheme = names[i];
        o.scheme_class = trial.scheme_class;
        o.parameters = o.backbone_parameters = static_cast<double>(trial.parameters.backbone);
        o.position_parameters = static_cast<double>(trial.parameters.position);
        o.total_parameters = static_cast<double>(trial.parameters.total());
        o.tokens = static_cast<double>(trial.tokens);
        o.exact_flops = trial.flops > 0 ? trial.flops : 0;
        o.flops = trial.flops > 0 ? trial.flops : 6 * o.parameters * o.tokens;
        o.solo_seconds = solo_seconds(trial, results);
        o.cell = cell;
        o.seed = trial.seed;
        o.context = length;
        o.train_length = trial.train_length;
        o.untuned = trial.tuning == "untuned";
        o.line = static_cast<std::int64_t>(i);
        if (o.parameters > 0 && o.tokens > 0) {
            candidates.push_back({o, trial.learning_rate_multiplier});
        }
    }
    if (!filter.every_learning_rate) {
        candidates = tuned(candidates, tried, filter.keep_untuned, ledger);
    }
    for (const Candidate& c : candidates) {
        set.observations.push_back(c.observation);
    }
    ledger.close(set);
    return set;
}

ObservationSet load_observations(const std::filesystem::path& file, const TableColumns& columns, const ObservationFilter& filter) {
    ObservationSet set;
    if (file.extension() == ".csv" || !columns.roles.empty()) {
        std::ifstream in(file, std::ios::binary);
        std::ostringstream text;
        text << in.rdbuf();
        if (!in || std::filesystem::is_directory(file)) {
            throw IoError("cannot read '" + file.string() + "'; does it exist?");
        }
        const std::string table = text.str();
        TableColumns used = columns;
        if (used.roles.empty()) {
            used.roles = columns_by_name(table).roles;
        }
        set = observations_of_table(table, file.string(), used);
    } else {
        set = observations_of(read_results(file), filter);
    }
    set.source = file.string();
    return set;
}

}  // namespace overtake
