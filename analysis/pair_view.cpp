// Everything about one pair side by side.
#include "analysis/pair_view.hpp"

#include <algorithm>

#include "analysis/gap_line.hpp"
#include "analysis/gap_models.hpp"
#include "analysis/json_parts.hpp"
#include "analysis/point_flags.hpp"
#include "analysis/text.hpp"

namespace overtake {

namespace {

struct Sides {
    std::size_t baseline = 0, challenger = 0;
};

Sides sides_of(const PairView& view) {
    Sides sides;
    for (std::size_t k = 0; k < view.study.schemes.size(); ++k) {
        sides.baseline = view.study.schemes[k].scheme == view.comparison.baseline ? k : sides.baseline;
        sides.challenger = view.study.schemes[k].scheme == view.comparison.challenger ? k : sides.challenger;
    }
    return sides;
}

/// The band at the places asked for; empty where a law is missing.
GapBand band_of(const PairView& view) {
    const Sides sides = sides_of(view);
    const Comparison& c = view.comparison;
    if (!view.study.schemes[sides.baseline].fit.usable || !view.study.schemes[sides.challenger].fit.usable || c.band.log10_flops.empty()) {
        return {};
    }
    std::vector<double> places = view.log10_flops;
    for (int i = 0; view.log10_flops.empty() && i < 7; ++i) {
        places.push_back(c.low_log10_flops + (c.high_log10_flops - c.low_log10_flops) * i / 6);
    }
    return gap_band(view.study.evidence(sides.baseline), view.study.evidence(sides.challenger), places, c.options.confidence,
                    c.at_fixed_ratio ? c.options.tokens_per_parameter : 0);
}

std::optional<GapLine> line_of(const PairView& view) {
    const Sides sides = sides_of(view);
    return fit_gap_line(view.study.schemes[sides.baseline].observations, view.study.schemes[sides.challenger].observations, view.comparison.options.confidence);
}

std::vector<PairedGap> gaps_of(const PairView& view) {
    const Sides sides = sides_of(view);
    return paired_gaps(view.study.schemes[sides.baseline].observations, view.study.schemes[sides.challenger].observations);
}

std::string within(const Interval& i, int digits) { return " [" + significant(i.low, digits) + ", " + significant(i.high, digits) + "]"; }

Table laws_of(const PairView& view) {
    const Sides sides = sides_of(view);
    Table table{"laws", "L = E + A/N^alpha + B/D^beta", {"scheme", "rows", "E", "A", "B", "alpha", "beta", "log10 C"}, {}};
    for (const std::size_t k : {sides.baseline, sides.challenger}) {
        const SchemeLaw& s = view.study.schemes[k];
        std::vector<std::string> row{s.scheme, std::to_string(s.fit.rows)};
        for (const char* name : {"E", "A", "B", "alpha", "beta"}) {
            row.push_back(s.fit.usable ? significant(law_quantity(s.law, s.cost, name), 4) + within(s.intervals.at(name), 3) : "-");
        }
        row.push_back(fixed(s.low_log10_flops, 2) + " .. " + fixed(s.high_log10_flops, 2));
        table.rows.push_back(row);
    }
    return table;
}

Table gap_of(const GapBand& band) {
    Table table{"gap", "challenger minus baseline, nats per token; the band holds at all C at once", {"log10 C", "gap", "low", "high"}, {}};
    for (std::size_t i = 0; i < band.gap.size(); ++i) {
        table.rows.push_back({fixed(band.log10_flops[i], 2), significant(band.gap[i], 3), significant(band.low[i], 3), significant(band.high[i], 3)});
    }
    return table;
}

std::string models_words(const PairView& view) {
    std::string words;
    if (const auto line = line_of(view)) {
        words += "Line through paired differences (" + counted(line->cells, "cell") + ", no law): " + significant(line->level, 3) + within(line->level_interval, 3) + " nats at C = 10^" +
                 fixed(line->centre, 2) + ", " + significant(line->slope, 3) + within(line->slope_interval, 3) + " per decade: " +
                 std::string(name_of(relation_of(*line, view.comparison.options.delta_nats))) + ".\n";
    } else {
        words += "Line through paired differences: fewer than four common cells.\n";
    }
    const std::vector<PairedGap> gaps = gaps_of(view);
    if (const auto model = fit_power_law_gap(gaps)) {
        words += "Gap as a power law: " + significant(model->c, 3) + " + " + significant(model->a, 3) + " N^-" + significant(model->alpha, 3) + " + " + significant(model->b, 3) + " D^-" +
                 significant(model->beta, 3) + ".\n";
    }
    if (const auto model = fit_log_line_gap(gaps)) {
        words += "Gap as a straight line: " + significant(model->c, 3) + " + " + significant(model->n, 3) + " ln N + " + significant(model->d, 3) + " ln D.\n";
    }
    return words;
}

const ConventionCheck* check_of(const PairView& view) {
    for (const ConventionCheck& check : view.checks) {
        if (check.baseline == view.comparison.baseline && check.challenger == view.comparison.challenger && check.context == view.study.context &&
            check.train_length == view.study.train_length) {
            return &check;
        }
    }
    return nullptr;
}

Json law_json(const SchemeLaw& s) {
    Json law{{"scheme", s.scheme}, {"rows", s.fit.rows}};
    Json intervals = Json::object();
    for (const char* name : {"E", "A", "B", "alpha", "beta"}) {
        law[name] = s.fit.usable ? Json(law_quantity(s.law, s.cost, name)) : Json();
        if (s.fit.usable) {
            intervals[name] = interval_json(s.intervals.at(name));
        }
    }
    law["intervals"] = intervals;
    law["flags"] = s.flags;
    return law;
}

Json models_json(const PairView& view) {
    Json out{{"paired_line", nullptr}, {"power_law_gap", nullptr}, {"log_line_gap", nullptr}};
    if (const auto line = line_of(view)) {
        out["paired_line"] = {{"cells", line->cells}, {"pairs", line->pairs}, {"centre", line->centre}, {"level", line->level}, {"level_interval", interval_json(line->level_interval)},
                              {"slope", line->slope}, {"slope_interval", interval_json(line->slope_interval)},
                              {"relation", name_of(relation_of(*line, view.comparison.options.delta_nats))}};
    }
    const std::vector<PairedGap> gaps = gaps_of(view);
    if (const auto m = fit_power_law_gap(gaps)) {
        out["power_law_gap"] = {{"c", m->c}, {"a", m->a}, {"alpha", m->alpha}, {"b", m->b}, {"beta", m->beta}};
    }
    if (const auto m = fit_log_line_gap(gaps)) {
        out["log_line_gap"] = {{"c", m->c}, {"n", m->n}, {"d", m->d}};
    }
    return out;
}

}  // namespace

std::string pair_as_text(const PairView& view) {
    const Study& study = view.study;
    const Comparison& c = view.comparison;
    std::string text = c.challenger + " against " + c.baseline + (study.context > 0 ? " at " + std::to_string(study.context) + " tokens of context" : "") + "\n" + c.sentence + "\n\n" +
                       as_text(laws_of(view)) + "\n";
    if (study.floor_test.degrees > 0) {
        text += std::string("One E for all schemes is ") + (study.floor_shared ? "used" : "not used") + ": Wald statistic " + fixed(study.floor_test.statistic, 2) + " on " +
                std::to_string(study.floor_test.degrees) + " degrees of freedom, p = " + significant(study.floor_test.p_value, 2) + ". Correlation of same-seed trials " +
                fixed(study.correlation.value, 2) + ", p = " + significant(study.correlation.p_value, 2) + (study.paired ? ": drawn together.\n" : ": drawn apart.\n");
    }
    text += models_words(view) + "\n";
    if (const GapBand band = band_of(view); !band.gap.empty()) {
        text += as_text(gap_of(band)) + "\n";
    }
    if (const ConventionCheck* check = check_of(view)) {
        text += as_text(convention_table(std::span(check, 1))) + convention_words(*check) + "\n";
    }
    return text;
}

std::string pairs_as_json(std::span<const PairView> views, const ObservationSet& set) {
    const std::span<const ConventionCheck> checks = views.empty() ? std::span<const ConventionCheck>() : views[0].checks;
    Json all = Json::array();
    for (const PairView& view : views) {
        const Study& study = view.study;
        const Sides sides = sides_of(view);
        Json one = comparison_json(study, view.comparison);
        one["laws"] = Json::array({law_json(study.schemes[sides.baseline]), law_json(study.schemes[sides.challenger])});
        one["floor_test"] = {{"statistic", study.floor_test.statistic}, {"degrees", study.floor_test.degrees}, {"p_value", study.floor_test.p_value}, {"shared", study.floor_shared}};
        one["seed_correlation"] = {{"value", study.correlation.value}, {"p_value", study.correlation.p_value}};
        one["gap"] = Json::array();
        const GapBand band = band_of(view);
        for (std::size_t i = 0; i < band.gap.size(); ++i) {
            one["gap"].push_back({{"log10_flops", band.log10_flops[i]}, {"gap", band.gap[i]}, {"interval", interval_json({band.low[i], band.high[i]})}});
        }
        one.update(models_json(view));
        if (const Json conventions = conventions_json(study, view.comparison, view.checks); !conventions.is_null()) {
            one.update(conventions);
        }
        one["flags_of_points"] = point_flags(study, set.exact_flops);
        all.push_back(one);
    }
    Json points = Json::array();
    for (const LeftOut& point : set.left_out_points) {
        points.push_back({{"rule", point.rule}, {"scheme", point.scheme}, {"cell", point.cell}, {"seed", point.seed}, {"line", point.line}});
    }
    Json out{{"source", set.source}, {"comparisons", all}, {"left_out", set.left_out}, {"left_out_points", points}, {"remarks", set.remarks}};
    if (!checks.empty()) {
        out["comparisons_checked"] = checks.size();
        out["comparisons_changing_with_convention"] = std::count_if(checks.begin(), checks.end(), [](const ConventionCheck& check) { return check.changes; });
    }
    name_cost(out, views.empty() ? "FLOPs" : views[0].comparison.options.cost_unit);
    return out.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace overtake
