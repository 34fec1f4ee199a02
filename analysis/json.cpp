// What `crossover --json` prints.
#include "analysis/json.hpp"

#include <cmath>

#include <nlohmann/json.hpp>

namespace overtake {

namespace {

using Json = nlohmann::ordered_json;

Json pair_of(const Interval& i) { return Json::array({i.low, i.high}); }

Json crossing(const Crossing& c) {
    return {{"log10_flops", c.log10_flops}, {"interval", pair_of(c.interval)}, {"direction", c.challenger_gains ? "overtakes" : "overtaken"},
            {"established", c.established}, {"bootstrap_interval", pair_of(c.bootstrap_interval)}, {"parameters", c.parameters}, {"tokens", c.tokens},
            {"log10_parameters_interval", pair_of(c.log10_parameters)}, {"log10_tokens_interval", pair_of(c.log10_tokens)}};
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

Json comparison(const Study& study, const Comparison& c) {
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

}  // namespace

std::string crossovers_as_json(std::span<const Study> studies, const ObservationSet& set) {
    Json all = Json::array();
    for (const Study& study : studies) {
        for (const Comparison& c : study.comparisons) {
            all.push_back(comparison(study, c));
        }
    }
    if (all.size() == 1) {
        all[0]["source"] = set.source;
        all[0]["left_out"] = set.left_out;
        return all[0].dump(2);
    }
    return Json{{"source", set.source}, {"crossovers", all}, {"left_out", set.left_out}}.dump(2);
}

std::string differences_as_json(std::span<const PairedDifference> differences) {
    Json all = Json::array();
    for (const PairedDifference& d : differences) {
        const bool one_cell = d.cells == 1;
        all.push_back({{"variant", d.variant}, {"reference", d.reference}, {"cells", d.cells}, {"size", one_cell ? Json(d.size) : Json()},
                       {"tokens", one_cell ? Json(d.tokens) : Json()}, {"train_length", one_cell ? Json(d.train_length) : Json()},
                       {"context", one_cell ? Json(d.context) : Json()}, {"learning_rate_multiplier", d.learning_rate_multiplier},
                       {"times_train_length", d.times_train_length}, {"seeds", d.seeds}, {"loss", d.loss}, {"reference_loss", d.reference_loss},
                       {"difference", d.difference.mean}, {"interval", pair_of(d.difference.interval)}});
    }
    return Json{{"differences", all}}.dump(2);
}

}  // namespace overtake
