// Cost in measured seconds: what training took where nothing else ran beside it.
#include "analysis/solo_seconds.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "analysis/frontier.hpp"
#include "analysis/text.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

constexpr std::size_t least_trials = 6, least_sizes = 3;

using Group = std::pair<std::string, std::int64_t>;  // scheme and train length share a cost law

Group group_of(const Observation& o) { return {o.scheme, o.train_length}; }

bool enough(const std::vector<Observation>& timed) {
    std::set<double> sizes;
    for (const Observation& o : timed) {
        sizes.insert(o.parameters);
    }
    return timed.size() >= least_trials && sizes.size() >= least_sizes;
}

}  // namespace

double solo_seconds(const TrialResult& trial, const Results& results) {
    double seconds = 0;
    for (const std::string& id : trial.path) {
        const auto stage = std::find_if(results.stages.begin(), results.stages.end(), [&](const StageRecord& s) { return s.id == id; });
        if (stage == results.stages.end()) {
            return 0;
        }
        const Provenance& p = stage->provenance;
        if (stage->kind == "evaluate") {
            continue;
        }
        if (!p.alone || p.attempts != 1 || stage->status != StageStatus::done || !(p.seconds > 0)) {
            return 0;
        }
        seconds += p.seconds * static_cast<double>(p.team_width);
    }
    return seconds;
}

std::string seconds_unit(const Results& results) {
    const auto on_gpu = [](const StageRecord& s) { return s.text.find("training.device=cuda") != std::string::npos; };
    const bool gpus = !results.stages.empty() && std::all_of(results.stages.begin(), results.stages.end(), on_gpu);
    return gpus ? "GPU seconds" : "rank seconds";
}

void count_in_seconds(ObservationSet& set) {
    std::map<Group, std::vector<Observation>> timed;
    for (const Observation& o : set.observations) {
        if (o.solo_seconds > 0) {
            timed[group_of(o)].push_back(o);
            timed[group_of(o)].back().flops = o.solo_seconds;
        }
    }
    std::map<Group, CostLaw> laws;
    for (const auto& [group, points] : timed) {
        if (enough(points)) {
            laws.emplace(group, fit_cost(points));
        }
    }
    std::vector<Observation> kept;
    std::size_t filled = 0, dropped = 0;
    for (Observation& o : set.observations) {
        const auto law = laws.find(group_of(o));
        if (law == laws.end()) {
            ++dropped;
            set.left_out_points.push_back({"of a scheme with too few trials that ran alone", o.scheme, o.cell, o.seed, o.line});
            continue;
        }
        filled += o.solo_seconds > 0 ? 0 : 1;
        o.flops = o.solo_seconds > 0 ? o.solo_seconds : law->second.flops(o.parameters, o.tokens);
        kept.push_back(std::move(o));
    }
    if (kept.empty()) {
        throw ConfigError({{"--cost", "no scheme has seconds of " + std::to_string(least_trials) + " trials at " + std::to_string(least_sizes) +
                                          " sizes that ran alone (no other team on the host, first attempt); run them by themselves, or name a column (seconds=COLUMN)"}});
    }
    set.observations = std::move(kept);
    set.exact_flops = true;
    if (dropped > 0) {
        set.left_out.push_back(counted(dropped, "trial") + " of a scheme with fewer than " + std::to_string(least_trials) + " trials, or " + std::to_string(least_sizes) +
                               " sizes, that ran alone");
    }
    if (filled > 0) {
        set.remarks.push_back("seconds of " + counted(filled, "trial") + " that did not run alone come from their scheme's cost law");
    }
}

}  // namespace overtake
