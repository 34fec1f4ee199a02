// What `crossover --json` prints.
#include "analysis/json.hpp"

#include <cmath>

#include "analysis/compute_figures.hpp"
#include "analysis/json_parts.hpp"
#include "analysis/point_flags.hpp"
#include "sweeps/visible_text.hpp"

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

/// null where the closed form is what `crossings` come from.
Json closed_form(const Comparison& c) {
    Json out = Json::array();
    for (const Root& root : c.closed_form) {
        out.push_back({{"log10_flops", root.log10_flops}, {"direction", root.challenger_gains ? "overtakes" : "overtaken"}});
    }
    return c.numeric ? out : Json();
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

/// Infinite ends, where the band leaves the plane, are null.
Json open_interval(const Interval& interval) { return Json::array({number(interval.low), number(interval.high)}); }

Json plane_lines(const std::vector<Polyline>& lines) {
    Json out = Json::array();
    for (const Polyline& line : lines) {
        Json points = Json::array();
        for (const PlanePoint& point : line) {
            points.push_back({{"log10_parameters", point.log10_parameters}, {"log10_tokens", point.log10_tokens}});
        }
        out.push_back(points);
    }
    return out;
}

/// null where there is no plane to tell it in.
Json equality_json(const Study& study, const Comparison& c) {
    const bool known = study.find(c.baseline) != nullptr && study.find(c.challenger) != nullptr;
    const std::optional<EqualityCurve> curve = known ? equality_of(study, c) : std::nullopt;
    if (!curve) {
        return {};
    }
    Json lines = Json::array();
    for (const std::vector<EqualityPoint>& line : curve->lines) {
        Json points = Json::array();
        for (const EqualityPoint& p : line) {
            points.push_back({{"log10_parameters", p.at.log10_parameters}, {"log10_tokens", p.at.log10_tokens},
                              {"log10_parameters_band", open_interval(p.log10_parameters)}, {"log10_tokens_band", open_interval(p.log10_tokens)}});
        }
        lines.push_back(points);
    }
    return {{"log10_parameters_range", Json::array({curve->range.low.log10_parameters, curve->range.high.log10_parameters})},
            {"log10_tokens_range", Json::array({curve->range.low.log10_tokens, curve->range.high.log10_tokens})},
            {"share_challenger_ahead", curve->share_challenger_ahead}, {"share_baseline_ahead", curve->share_baseline_ahead}, {"lines", lines},
            {"challenger_ahead_borders", plane_lines(curve->challenger_ahead)}, {"baseline_ahead_borders", plane_lines(curve->baseline_ahead)}};
}

}  // namespace

Json interval_json(const Interval& interval) { return Json::array({interval.low, interval.high}); }

void name_cost(Json& json, const std::string& unit) {
    if (unit == "FLOPs") {
        return;
    }
    if (json.is_array()) {
        for (Json& part : json) {
            name_cost(part, unit);
        }
    } else if (json.is_object()) {
        Json renamed = Json::object();
        for (auto& [key, part] : json.items()) {
            std::string name = key;
            if (const std::size_t at = name.find("log10_flops"); at != std::string::npos) {
                name.replace(at, 11, "log10_seconds");
            }
            name_cost(part, unit);
            renamed[name] = part;
        }
        json = renamed;
    }
}

Json comparison_json(const Study& study, const Comparison& c) {
    return {{"baseline", c.baseline}, {"challenger", c.challenger}, {"context", study.context},
            {"relation", name_of(c.relation)}, {"verdict", name_of(c.verdict)}, {"crossings", crossings(c.crossings)},
            {"probability", {{"0", c.probability[0]}, {"1", c.probability[1]}, {"2", c.probability[2]}}},
            {"leader_in_range", c.leader_in_range}, {"sentence", c.sentence}, {"reason", c.reason},
            {"p_value", number(c.p_value)}, {"p_holm", number(c.p_holm)}, {"comparisons", c.family_size}, {"survives_holm", c.survives_holm},
            {"effective_compute", effective_compute(c)}, {"equality_curve", equality_json(study, c)},
            {"log10_flops_range", Json::array({c.low_log10_flops, c.high_log10_flops})}, {"horizon_log10_flops", c.horizon_log10_flops},
            {"path", c.at_fixed_ratio ? "fixed-ratio" : "frontier"}, {"cost_unit", c.options.cost_unit}, {"numeric", c.numeric}, {"crossings_closed_form", closed_form(c)}, {"confidence", c.options.confidence}, {"delta_nats", c.options.delta_nats},
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

namespace {

Json class_json(const Study& study, const ClassComparison& side) {
    const Comparison& c = side.comparison;
    return {{"title", side.title}, {"context", study.context}, {"baseline_class", side.baseline_class}, {"challenger_class", side.challenger_class},
            {"baseline", c.baseline}, {"challenger", c.challenger}, {"relation", name_of(c.relation)}, {"verdict", name_of(c.verdict)}, {"crossings", crossings(c.crossings)},
            {"probability", {{"0", c.probability[0]}, {"1", c.probability[1]}, {"2", c.probability[2]}}}, {"p_value", number(c.p_value)}, {"p_holm", number(c.p_holm)},
            {"comparisons", c.family_size}, {"survives_holm", c.survives_holm}, {"sentence", c.sentence}, {"selection", side.selection}, {"flags", c.notes}};
}

}  // namespace

std::string crossovers_as_json(std::span<const Study> studies, const ObservationSet& set, std::span<const ConventionCheck> checks,
                               std::span<const std::vector<ClassComparison>> classes, std::span<const GradedClaim> claims) {
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
    Json around{{"source", visible(set.source)}, {"left_out", set.left_out}, {"remarks", set.remarks}};
    Json sides = Json::array();
    for (std::size_t i = 0; i < classes.size(); ++i) {
        for (const ClassComparison& side : classes[i]) {
            sides.push_back(class_json(studies[i], side));
        }
    }
    around["classes"] = sides;
    if (!claims.empty()) {
        around["claims"] = claims_json(claims);
    }
    if (all.size() == 1) {
        all[0].update(around);
        around = all[0];
    } else {
        around["crossovers"] = all;
    }
    name_cost(around, studies.empty() ? "FLOPs" : studies[0].options.comparison.cost_unit);
    return around.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::string report_as_json(const ReportSummary& summary, std::span<const GradedClaim> claims) {
    return Json{{"page", summary.page.string()}, {"sentences", summary.sentences}, {"claims", claims_json(claims)}, {"warnings", summary.warnings}}.dump(2, ' ', false, Json::error_handler_t::replace);
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
    return Json{{"differences", all}}.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace overtake
