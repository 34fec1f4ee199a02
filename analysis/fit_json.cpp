// What `fit --json` prints.
#include <nlohmann/json.hpp>

#include "analysis/json.hpp"
#include "sweeps/visible_text.hpp"

namespace overtake {

namespace {

using Json = nlohmann::ordered_json;

Json pair_of(const Interval& i) { return Json::array({i.low, i.high}); }

Json tests_of(const ResidualTests& t) {
    auto one = [](const TestResult& r) { return Json{{"statistic", r.statistic}, {"p_value", r.p_value}}; };
    return {{"normality", one(t.normality)}, {"trend_N", one(t.trend_n)}, {"trend_D", one(t.trend_d)}, {"heteroscedasticity", one(t.heteroscedasticity)}};
}

Json intervals_of(const std::map<std::string, Interval>& intervals) {
    Json out = Json::object();
    for (const auto& [name, interval] : intervals) {
        out[name] = pair_of(interval);
    }
    return out;
}

Json opinions_of(const SchemeLaw& s) {
    Json out = Json::array();
    for (const FormFit& f : s.forms) {
        out.push_back({{"form", f.form}, {"rows", f.rows}, {"objective", f.objective}, {"aic", f.aic}, {"bic", f.bic}, {"residual_rms", f.root_mean_square},
                       {"starts", f.starts}, {"starts_agreeing", f.starts_agreeing}, {"numbers", f.numbers}, {"intervals", intervals_of(f.intervals)}});
    }
    if (s.isoflops) {
        Json budgets = Json::array();
        for (const IsoflopOptimum& b : s.isoflops->budgets) {
            budgets.push_back({{"flops", b.flops}, {"sizes", b.sizes}, {"rows", b.rows}, {"N_parabola", b.parabola}, {"N_spline", b.spline}});
        }
        out.push_back({{"form", "isoflop"}, {"N_exponent_parabola", s.isoflops->exponent_parabola}, {"interval_parabola", pair_of(s.isoflops->interval_parabola)},
                       {"N_exponent_spline", s.isoflops->exponent_spline}, {"interval_spline", pair_of(s.isoflops->interval_spline)}, {"budgets", budgets}});
    }
    return out;
}

Json held_out_of(const Study& study) {
    Json out = Json::array();
    for (const HeldOutSizes& sizes : study.held_out) {
        Json errors = Json::array();
        for (const HeldOutError& e : sizes.errors) {
            errors.push_back({{"scheme", e.scheme}, {"rows", e.rows}, {"bias", e.bias}, {"rms", e.root_mean_square}, {"pairs", e.pairs},
                              {"gap_bias_nats", e.gap_bias}, {"gap_rms_nats", e.gap_root_mean_square}, {"mean_gap_nats", e.mean_gap}});
        }
        out.push_back({{"N", Json::array({sizes.low_parameters, sizes.high_parameters})}, {"largest", sizes.largest}, {"errors", errors}});
    }
    return out;
}

Json gap_models_of(const Study& study) {
    auto one = [](const GapModelFit& f) { return Json{{"numbers", f.numbers}, {"intervals", intervals_of(f.intervals)}, {"aic", f.aic}, {"bic", f.bic}}; };
    Json out = Json::array();
    for (const auto& [scheme, g] : study.gap_models) {
        out.push_back({{"baseline", study.baseline}, {"challenger", scheme}, {"pairs", g.pairs}, {"cells", g.cells}, {"power_law", one(g.power_law)},
                       {"log_line", one(g.line)}, {"preferred", g.power_law_preferred ? "power_law" : "log_line"}});
    }
    return out;
}

}  // namespace

std::string fits_as_json(std::span<const Study> studies, const ObservationSet& set) {
    Json laws = Json::array(), tests = Json::array();
    for (const Study& study : studies) {
        Json models = Json::array();
        for (const SharingModel& m : study.sharing_models) {
            models.push_back({{"shared", m.shared}, {"free_numbers", m.free_numbers}, {"objective", m.objective}, {"statistic", m.test.statistic},
                              {"degrees", m.test.degrees}, {"p_value", m.test.p_value}, {"aic", m.aic}, {"bic", m.bic}});
        }
        for (const SchemeLaw& s : study.schemes) {
            Json intervals = Json::object();
            for (const auto& [name, interval] : s.intervals) {
                intervals[name] = pair_of(interval);
            }
            Json law{{"scheme", s.scheme}, {"context", study.context}, {"rows", s.fit.rows}};
            bool usable = s.fit.usable;
            law["objective"] = usable ? Json(s.objective) : Json();
            law["E"] = usable ? Json(s.law.E) : Json();
            law["A"] = usable ? Json(s.law.A) : Json();
            law["B"] = usable ? Json(s.law.B) : Json();
            law["alpha"] = usable ? Json(s.law.alpha) : Json();
            law["beta"] = usable ? Json(s.law.beta) : Json();
            law["intervals"] = intervals;
            law["interval_monte_carlo_errors"] = intervals_of(s.interval_errors);
            law["starts"] = s.fit.starts;
            law["starts_agreeing"] = s.fit.starts_agreeing;
            Json profiles = Json::object();
            for (const auto& [name, profile] : s.profiles) {
                profiles[name] = {{"interval", pair_of(profile.interval)}, {"open_below", profile.low_open}, {"open_above", profile.high_open}};
            }
            law["form"] = "hoffmann";
            law["profile"] = profiles;
            law["residual_tests"] = tests_of(s.residual_tests);
            law["second_opinions"] = opinions_of(s);
            law["flags"] = s.flags;
            law["projection_objective"] = usable ? Json(s.fit.projection_objective) : Json();
            law["shared_E"] = study.floor_shared && usable;
            law["residual_rms"] = usable ? Json(s.fit.root_mean_square) : Json();
            laws.push_back(law);
        }
        tests.push_back({{"context", study.context}, {"shared_E", study.floor_shared}, {"statistic", study.floor_test.statistic},
                         {"degrees", study.floor_test.degrees}, {"p_value", study.floor_test.p_value},
                         {"seed_correlation", study.correlation.value}, {"seed_correlation_p_value", study.correlation.p_value},
                         {"paired", study.paired}, {"shared", name_of(study.options.sharing)}, {"sharing_models", models}, {"held_out", held_out_of(study)}, {"gap_models", gap_models_of(study)}});
    }
    return Json{{"source", visible(set.source)}, {"laws", laws}, {"tests", tests}, {"left_out", set.left_out}}.dump(2);
}

}  // namespace overtake
