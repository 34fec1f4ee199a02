// What `crossover --json` prints.
#include "analysis/json.hpp"

#include <cmath>

#include "analysis/json_parts.hpp"
#include "analysis/point_flags.hpp"

namespace overtake {

namespace {

Json crossing(const Crossing& c) {
    return {{"log10_flops", c.log10_flops}, {"interval", interval_json(c.interval)}, {"direction", c.challenger_gains ? "overtakes" : "overtaken"},
            {"established", c.established}, {"bootstrap_interval", interval_json(c.bootstrap_interval)}, {"parameters", c.parameters}, {"tokens", c.tokens},
            {"log10_parameters_interval", interval_json(c.log10_parameters)}, {"log10_tokens_interval", interval_json(c.log10_tokens)}};
}

Json crossings(const std::vector<Crossing>& list) {
    Json out = Json::array();
    for (const Crossing& c : list) {
        out.push_back(crossing(c));
    }
    return out;
}

Json number(double x) { return std::isfinite(x) ? Json(x) : Json(); }

/// Infinite ends are null.
Json effective_compute(const Comparison& c) {
    Json points = Json::array();
    for (std::size_t i = 0; i < c.effective.log10_flops.size(); ++i) {
        points.push_back({{"log10_flops", c.effective.log10_flops[i]}, {"log10_multiplier", number(c.effective.log10_multiplier[i])},
                          {"band", Json::array({number(c.effective.low[i]), number(c.effective.high[i])})}});
    }
    return {{"sentence", c.effective_sentence}, {"points", points}};
}

}  // namespace

Json interval_json(const Interval& interval) { return Json::array({interval.low, interval.high}); }

Json comparison_json(const Study& study, const Comparison& c) {
    return {{"baseline", c.baseline}, {"challenger", c.challenger}, {"context", study.context},
            {"relation", name_of(c.relation)}, {"verdict", name_of(c.verdict)}, {"crossings", crossings(c.crossings)},
            {"probability", {{"0", c.probability[0]}, {"1", c.probability[1]}, {"2", c.probability[2]}}},
            {"leader_in_range", c.leader_in_range}, {"sentence", c.sentence}, {"reason", c.reason},
            {"p_value", number(c.p_value)}, {"p_holm", number(c.p_holm)}, {"comparisons", c.family_size}, {"survives_holm", c.survives_holm},
            {"effective_compute", effective_compute(c)},
            {"log10_flops_range", Json::array({c.low_log10_flops, c.high_log10_flops})}, {"horizon_log10_flops", c.horizon_log10_flops},
            {"path", c.at_fixed_ratio ? "fixed-ratio" : "frontier"}, {"confidence", c.options.confidence}, {"delta_nats", c.options.delta_nats},
            {"tokens_per_parameter", c.options.tokens_per_parameter}, {"crossings_at_fixed_ratio", crossings(c.ratio_crossings)},
            {"shared_E", study.floor_shared}, {"paired", study.paired}, {"models_crossing_beyond", c.opinions_crossing},
            {"models_not_crossing_beyond", c.opinions_not_crossing}, {"flags", c.notes}};
}

Json conventions_json(const Study& study, const Comparison& c, std::span<const ConventionCheck> checks) {
    for (const ConventionCheck& check : checks) {
        if (check.baseline != c.baseline || check.challenger != c.challenger || check.context != study.context || check.train_length != study.train_length) {
            continue;
        }
        Json list = Json::array();
        for (const ConventionOutcome& outcome : check.outcomes) {
            list.push_back({{"name", name_of(outcome.convention)}, {"relation", name_of(outcome.comparison.relation)}, {"verdict", name_of(outcome.comparison.verdict)},
                            {"crossings", crossings(outcome.comparison.crossings)}});
        }
        return {{"conventions", list}, {"changes_with_convention", check.changes}};
    }
    return {};
}

std::string crossovers_as_json(std::span<const Study> studies, const ObservationSet& set, std::span<const ConventionCheck> checks) {
    Json all = Json::array();
    for (const Study& study : studies) {
        const std::vector<std::string> of_points = point_flags(study, set.exact_flops);
        for (const Comparison& c : study.comparisons) {
            all.push_back(comparison_json(study, c));
            all.back()["flags_of_points"] = of_points;
            if (const Json conventions = conventions_json(study, c, checks); !conventions.is_null()) {
                all.back().update(conventions);
            }
        }
    }
    Json around{{"source", set.source}, {"left_out", set.left_out}, {"remarks", set.remarks}};
    if (all.size() == 1) {
        all[0].update(around);
        return all[0].dump(2);
    }
    around["crossovers"] = all;
    return around.dump(2);
}

std::string differences_as_json(std::span<const PairedDifference> differences) {
    Json all = Json::array();
    for (const PairedDifference& d : differences) {
        const bool one_cell = d.cells == 1;
        all.push_back({{"variant", d.variant}, {"reference", d.reference}, {"cells", d.cells}, {"size", one_cell ? Json(d.size) : Json()},
                       {"tokens", one_cell ? Json(d.tokens) : Json()}, {"train_length", one_cell ? Json(d.train_length) : Json()},
                       {"context", one_cell ? Json(d.context) : Json()}, {"learning_rate_multiplier", d.learning_rate_multiplier},
                       {"times_train_length", d.times_train_length}, {"seeds", d.seeds}, {"loss", d.loss}, {"reference_loss", d.reference_loss},
                       {"difference", d.difference.mean}, {"interval", interval_json(d.difference.interval)}});
    }
    return Json{{"differences", all}}.dump(2);
}

}  // namespace overtake
