// Tables of how laws were fitted.
#include "analysis/fit_tables.hpp"

#include <algorithm>

#include "analysis/text.hpp"

namespace overtake {

namespace {

std::string suffix(const Study& study) { return study.context > 0 ? "-" + std::to_string(study.context) : ""; }

std::string words(const Study& study) { return study.context > 0 ? " at " + std::to_string(study.context) + " tokens of context" : ""; }

}  // namespace

Table sharing_table(const Study& study) {
    Table table{"sharing" + suffix(study), "What the schemes may share" + words(study) + "; tests against separate laws",
                {"shared", "free numbers", "objective", "statistic", "degrees", "p", "AIC", "BIC", "lowest"}, {}};
    const auto& models = study.sharing_models;
    auto lowest = [&](auto member) {
        return std::min_element(models.begin(), models.end(), [&](const auto& a, const auto& b) { return a.*member < b.*member; });
    };
    for (auto m = models.begin(); m != models.end(); ++m) {
        bool by_aic = m == lowest(&SharingModel::aic), by_bic = m == lowest(&SharingModel::bic);
        bool tested = m->test.degrees > 0;
        table.rows.push_back({m->shared, std::to_string(m->free_numbers), significant(m->objective, 7), tested ? fixed(m->test.statistic, 2) : "-",
                              tested ? std::to_string(m->test.degrees) : "-", tested ? significant(m->test.p_value, 2) : "-", fixed(m->aic, 1), fixed(m->bic, 1),
                              by_aic && by_bic ? "AIC, BIC" : by_aic ? "AIC" : by_bic ? "BIC" : ""});
    }
    return table;
}

Table held_out_table(const Study& study) {
    Table table{"held-out" + suffix(study), "Errors on sizes that were left out of the fit" + words(study) + "; gap to " + (study.baseline.empty() ? "the baseline" : study.baseline),
                {"left out (N)", "scheme", "rows", "mean error of loss", "rms error", "pairs", "measured gap, nats", "mean error of gap, nats", "rms error of gap"}, {}};
    for (const HeldOutSizes& sizes : study.held_out) {
        std::string range = with_unit(sizes.low_parameters) + (sizes.high_parameters > 1.01 * sizes.low_parameters ? " to " + with_unit(sizes.high_parameters) : "");
        for (const HeldOutError& e : sizes.errors) {
            auto gap = [&](double x) { return e.pairs > 0 ? fixed(x, 4) : std::string("-"); };
            table.rows.push_back({range + (sizes.largest ? ", the largest" : ""), e.scheme.empty() ? "(all)" : e.scheme, std::to_string(e.rows), fixed(100 * e.bias, 2) + " %",
                                  fixed(100 * e.root_mean_square, 2) + " %", std::to_string(e.pairs), gap(e.mean_gap), gap(e.gap_bias), gap(e.gap_root_mean_square)});
        }
    }
    return table;
}

Table residual_test_table(const Study& study) {
    Table table{"residual-tests" + suffix(study), "Tests of residuals" + words(study) + ": statistic and p; none is corrected for their number",
                {"scheme", "normal (Anderson-Darling)", "trend in N (Spearman)", "trend in D (Spearman)", "equal spread (Koenker)"}, {}};
    for (const SchemeLaw& s : study.schemes) {
        auto cell = [](const TestResult& r) { return fixed(r.statistic, 2) + ", p " + (r.p_value < 1e-4 ? "< 0.0001" : significant(r.p_value, 2)); };
        if (s.fit.usable && study.options.examine) {
            const ResidualTests& t = s.residual_tests;
            table.rows.push_back({s.scheme.empty() ? "(all)" : s.scheme, cell(t.normality), cell(t.trend_n), cell(t.trend_d), cell(t.heteroscedasticity)});
        }
    }
    return table;
}

Table profile_table(const Study& study) {
    Table table{"profiles" + suffix(study), "Intervals by bootstrap and by profile" + words(study), {"scheme", "quantity", "bootstrap", "profile", "open"}, {}};
    for (const SchemeLaw& s : study.schemes) {
        for (const auto& [name, p] : s.profiles) {
            auto range = [](const Interval& i) { return significant(i.low, 4) + " .. " + significant(i.high, 4); };
            table.rows.push_back({s.scheme.empty() ? "(all)" : s.scheme, name, range(s.intervals.at(name)), range(p.interval),
                                  p.low_open && p.high_open ? "both sides" : p.low_open ? "below" : p.high_open ? "above" : ""});
        }
    }
    return table;
}

Table gap_model_table(const Study& study) {
    Table table{"gap-models" + suffix(study), "Models of the paired gap to " + study.baseline + words(study) + ", nats; preferred by BIC",
                {"scheme", "pairs", "model", "numbers", "AIC", "BIC", "preferred"}, {}};
    for (const auto& [scheme, g] : study.gap_models) {
        for (bool power : {true, false}) {
            const GapModelFit& f = power ? g.power_law : g.line;
            std::string numbers;
            for (const auto& [name, value] : f.numbers) {
                const Interval& i = f.intervals.at(name);
                numbers += (numbers.empty() ? "" : ", ") + name + " " + significant(value, 3) + " [" + significant(i.low, 3) + ", " + significant(i.high, 3) + "]";
            }
            table.rows.push_back({scheme, std::to_string(g.pairs), power ? "c + a N^-alpha + b D^-beta" : "c + n ln N + d ln D", numbers, fixed(f.aic, 1), fixed(f.bic, 1),
                                  power == g.power_law_preferred ? "yes" : ""});
        }
    }
    return table;
}

Table form_table(const Study& study) {
    Table table{"forms" + suffix(study), "Other forms, as second opinions" + words(study), {"scheme", "form", "rows", "numbers", "residual rms", "AIC", "BIC", "starts that agree"}, {}};
    auto with_ends = [](const std::string& name, double value, const Interval& i) {
        return name + " " + significant(value, 4) + " [" + significant(i.low, 4) + ", " + significant(i.high, 4) + "]";
    };
    for (const SchemeLaw& s : study.schemes) {
        std::string name = s.scheme.empty() ? "(all)" : s.scheme;
        for (const FormFit& f : s.forms) {
            std::string numbers;
            for (const auto& [number, value] : f.numbers) {
                numbers += (numbers.empty() ? "" : ", ") + with_ends(number, value, f.intervals.at(number));
            }
            table.rows.push_back({name, f.form, std::to_string(f.rows), numbers, fixed(100 * f.root_mean_square, 2) + " %", fixed(f.aic, 1), fixed(f.bic, 1),
                                  std::to_string(f.starts_agreeing) + " of " + std::to_string(f.starts)});
        }
        if (s.isoflops) {
            const IsoflopFit& f = *s.isoflops;
            table.rows.push_back({name, "isoFLOP", counted(f.budgets.size(), "budget"),
                                  with_ends("N* exponent by parabolas", f.exponent_parabola, f.interval_parabola) + ", " +
                                      with_ends("by splines", f.exponent_spline, f.interval_spline), "-", "-", "-", "-"});
        }
    }
    return table;
}

std::vector<Table> fit_tables(const Study& study) {
    std::vector<Table> out;
    for (Table table : {sharing_table(study), held_out_table(study), residual_test_table(study), profile_table(study), gap_model_table(study), form_table(study)}) {
        if (!table.rows.empty()) {
            out.push_back(std::move(table));
        }
    }
    return out;
}

}  // namespace overtake
