// Observations from results.h5: which trials count, by rules that are written out beside the answer.
#include "analysis/observations.hpp"

#include <cmath>
#include <fstream>
#include <set>
#include <sstream>
#include <tuple>

#include "analysis/text.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

/// Trials of a cell share size, budget and train length; the learning rate may be tuned per scheme.
std::string cell_of(const TrialResult& trial) {
    return trial.size + "/" + std::to_string(trial.tokens) + "/" + std::to_string(trial.train_length);
}

struct Candidate {
    Observation observation;
    double multiplier = 1;
};

/// Keeps, per cell and scheme, the learning rate with the lowest mean loss over its seeds.
std::vector<Candidate> best_learning_rates(const std::vector<Candidate>& all) {
    using Key = std::pair<std::string, std::string>;
    std::map<Key, std::map<double, std::pair<double, int>>> sums;
    for (const Candidate& c : all) {
        auto& [sum, count] = sums[{c.observation.cell, c.observation.scheme}][c.multiplier];
        sum += c.observation.loss;
        ++count;
    }
    std::vector<Candidate> kept;
    for (const Candidate& c : all) {
        const auto& rates = sums[{c.observation.cell, c.observation.scheme}];
        double best = rates.begin()->first;
        for (const auto& [rate, sum] : rates) {
            if (sum.first / sum.second < rates.at(best).first / rates.at(best).second) {
                best = rate;
            }
        }
        if (c.multiplier == best) {
            kept.push_back(c);
        }
    }
    return kept;
}

}  // namespace

ObservationSet observations_of(const Results& results, const ObservationFilter& filter) {
    ObservationSet set;
    set.exact_flops = !filter.six_nd;
    std::map<std::string, std::size_t> left_out;
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < results.trials.size(); ++i) {
        const TrialResult& trial = results.trials[i];
        if (trial.status != TrialStatus::done) {
            ++left_out[trial.status == TrialStatus::diverged ? "diverged" : trial.status == TrialStatus::failed ? "failed" : "unfinished"];
            continue;
        }
        if (trial.epochs > filter.most_epochs) {
            std::ostringstream words;
            words << "with more than " << filter.most_epochs << " epochs over their data";
            ++left_out[words.str()];
            continue;
        }
        if (trial.tuning == "untuned" && filter.untuned == Untuned::leave_out) {
            ++left_out["whose tuning is flagged (an optimum at the edge of its range, or a shared rate found worse)"];
            continue;
        }
        std::int64_t length = filter.context > 0 ? filter.context : trial.train_length;
        const Evaluation* evaluation = nullptr;
        for (const Evaluation& e : trial.evaluations) {
            if (e.context_length == length) {
                evaluation = &e;
            }
        }
        double loss = evaluation == nullptr ? NAN : filter.beyond_train ? evaluation->loss_beyond_train : evaluation->loss;
        if (!std::isfinite(loss) || loss <= 0) {
            ++left_out["without a finite loss at " + std::to_string(length) + " tokens"];
            continue;
        }
        Observation o;
        o.scheme = trial.scheme;
        o.scheme_class = trial.scheme_class;
        o.parameters = static_cast<double>(trial.parameters.backbone);
        o.tokens = static_cast<double>(trial.tokens);
        o.flops = filter.six_nd || !(trial.flops > 0) ? 6 * o.parameters * o.tokens : trial.flops;
        o.loss = loss;
        o.cell = cell_of(trial);
        o.seed = trial.seed;
        o.context = length;
        o.untuned = trial.tuning == "untuned";
        o.line = static_cast<std::int64_t>(i);
        if (o.parameters > 0 && o.tokens > 0) {
            candidates.push_back({o, trial.learning_rate_multiplier});
        }
    }
    std::size_t before = candidates.size();
    if (!filter.every_learning_rate) {
        candidates = best_learning_rates(candidates);
    }
    for (const Candidate& c : candidates) {
        set.observations.push_back(c.observation);
    }
    for (const auto& [why, count] : left_out) {
        set.left_out.push_back(counted(count, "trial") + " " + why);
    }
    if (candidates.size() < before) {
        set.left_out.push_back(counted(before - candidates.size(), "trial") +
                               " at a learning rate that was not the best of their cell and scheme (mean over seeds)");
    }
    return set;
}

ObservationSet load_observations(const std::filesystem::path& file, const TableColumns& columns, const ObservationFilter& filter) {
    ObservationSet set;
    if (file.extension() == ".csv" || !columns.roles.empty()) {
        std::ifstream in(file, std::ios::binary);
        std::ostringstream text;
        text << in.rdbuf();
        if (!in) {
            throw IoError("cannot read '" + file.string() + "'; does it exist?");
        }
        TableColumns used = columns;
        if (used.roles.empty()) {
            used.roles = {{"parameters", "parameters"}, {"tokens", "tokens"}, {"loss", "loss"}};
            std::string header = text.str().substr(0, text.str().find('\n'));
            for (const char* role : {"scheme", "seed", "flops", "context", "cell"}) {
                if (("," + header + ",").find("," + std::string(role) + ",") != std::string::npos) {
                    used.roles[role] = role;
                }
            }
        }
        set = observations_of_table(text.str(), file.string(), used);
    } else {
        set = observations_of(read_results(file), filter);
    }
    set.source = file.string();
    return set;
}

}  // namespace overtake
