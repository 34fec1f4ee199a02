// The three losses of design 9a as sets of points.
#include "analysis/estimands.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "analysis/text.hpp"
#include "sweeps/quantity.hpp"

namespace overtake {

namespace {

std::int64_t tokens_of(const std::string& length, std::int64_t train_length) {
    const std::optional<Quantity> quantity = parse_quantity(length);
    if (!quantity) {
        return train_length;
    }
    return std::llround(quantity->unit == Unit::ratio ? quantity->value * static_cast<double>(train_length) : quantity->value);
}

/// Mean loss over target positions from `begin` on, by bins; NaN if no bin begins there.
double loss_from(const TrialResult& trial, std::int64_t length, std::int64_t begin) {
    for (const Evaluation& e : trial.evaluations) {
        if (e.context_length != length) {
            continue;
        }
        double sum = 0, width = 0;
        bool begins = false;
        for (std::size_t i = 0; i < e.position_begin.size(); ++i) {
            const std::int64_t end = i + 1 < e.position_begin.size() ? e.position_begin[i + 1] : length;
            begins = begins || e.position_begin[i] == begin;
            if (e.position_begin[i] >= begin) {
                sum += e.position_loss[i] * static_cast<double>(end - e.position_begin[i]);
                width += static_cast<double>(end - e.position_begin[i]);
            }
        }
        return begins && width > 0 ? sum / width : NAN;
    }
    return NAN;
}

/// Trials trained at X, as further uses of the compute of those trained at T: same size and tokens, loss over the same targets.
void add_trained_throughout(const Results& results, std::int64_t train_length, std::int64_t length, ObservationFilter filter, ObservationSet& set) {
    filter.train_length = length;
    filter.context = length;
    filter.context_multiple = 0;
    filter.beyond_train = false;
    const ObservationSet longer = observations_of(results, filter);
    std::size_t blurred = 0;
    for (Observation o : longer.observations) {
        const TrialResult& trial = results.trials[static_cast<std::size_t>(o.line)];
        o.loss = loss_from(trial, length, train_length);
        o.scheme += "+trained-at-" + std::to_string(length);
        o.cell = trial.size + "/" + std::to_string(trial.tokens) + "/" + std::to_string(train_length);
        o.train_length = train_length;
        if (std::isfinite(o.loss) && o.loss > 0) {
            set.observations.push_back(std::move(o));
        } else {
            ++blurred;
        }
    }
    if (blurred > 0) {
        set.left_out.push_back(counted(blurred, "trial") + " trained at " + std::to_string(length) + " tokens without a position bin that begins at " + std::to_string(train_length));
    }
}

/// Replaces losses by those of the needle's answer; trials without any are left out.
void use_needles(const Results& results, std::int64_t length, ObservationSet& set) {
    std::map<std::string, const StageRecord*> stages;
    for (const StageRecord& stage : results.stages) {
        stages.emplace(stage.id, &stage);
    }
    std::vector<Observation> kept;
    for (Observation& o : set.observations) {
        const TrialResult& trial = results.trials[static_cast<std::size_t>(o.line)];
        const auto stage = trial.path.empty() ? stages.end() : stages.find(trial.path.back());
        double sum = 0, count = 0;
        if (stage != stages.end()) {
            for (const TaskResult& row : stage->second->task_results) {
                if (row.task == "needle" && row.metric == "answer-loss" && row.context_length == length) {
                    sum += row.value;
                    ++count;
                }
            }
        }
        if (count > 0 && std::isfinite(sum) && sum > 0) {
            o.loss = sum / count;
            o.context = length;
            kept.push_back(std::move(o));
        } else {
            set.left_out_points.push_back({"without a needle at " + std::to_string(length) + " tokens", o.scheme, o.cell, o.seed, o.line});
        }
    }
    if (kept.size() < set.observations.size()) {
        set.left_out.push_back(counted(set.observations.size() - kept.size(), "trial") + " without a needle at " + std::to_string(length) + " tokens");
    }
    set.observations = std::move(kept);
}

}  // namespace

std::vector<EstimandPoints> estimand_points(const Results& results, const std::string& estimand, const std::string& length, std::int64_t train_length,
                                            const ObservationFilter& filter) {
    std::set<std::int64_t> train_lengths;
    for (const TrialResult& trial : results.trials) {
        train_lengths.insert(trial.train_length);
    }
    std::vector<EstimandPoints> out;
    for (const std::int64_t trained : train_lengths) {
        if (train_length > 0 && trained != train_length) {
            continue;
        }
        EstimandPoints points{trained, estimand == "E1" ? trained : tokens_of(length, trained), {}};
        ObservationFilter own = filter;
        own.train_length = trained;
        own.context_multiple = 0;
        own.context = estimand == "E2" ? points.length : trained;
        own.beyond_train = estimand == "E2";
        points.set = observations_of(results, own);
        if (estimand == "E2" && points.length != trained) {
            add_trained_throughout(results, trained, points.length, own, points.set);
        } else if (estimand == "E3") {
            use_needles(results, points.length, points.set);
        }
        if (!points.set.observations.empty()) {
            out.push_back(std::move(points));
        }
    }
    return out;
}

}  // namespace overtake
