// The report: verdicts first, then figures, tables, method, what was left out, and what lies beside the page.
#include "analysis/report.hpp"

#include "analysis/curve_figures.hpp"
#include "analysis/fit_tables.hpp"
#include "analysis/law_figures.hpp"
#include "analysis/paired_differences.hpp"
#include "analysis/scheme_classes.hpp"
#include "analysis/tables.hpp"
#include "analysis/task_tables.hpp"
#include "analysis/text.hpp"
#include "analysis/tuning_table.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

const char* style = R"(
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; margin: 0 auto; max-width: 76rem; padding: 0 1rem 4rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; border-bottom: 1px solid #ddd; }
.verdict { border-left: .35rem solid #777; padding: .35rem .8rem; margin: .6rem 0; background: #f7f7f7; overflow-wrap: anywhere; }
.verdict.overtakes, .verdict.leads { border-color: #0072B2; } .verdict.overtaken, .verdict.trails { border-color: #D55E00; }
.verdict.equivalent { border-color: #009E73; } .verdict b { display: block; font-size: .85rem; color: #555; font-weight: 600; }
.verdict small, .notes { color: #555; font-size: .85rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 1.5rem; }
figure { margin: 0; min-width: 0; } figure h3 { font-size: 1rem; margin: 0 0 .3rem; } figure svg { width: 100%; height: auto; display: block; }
figcaption { font-size: .85rem; color: #444; overflow-wrap: anywhere; }
.wide { overflow-x: auto; margin: .8rem 0; } table { border-collapse: collapse; font-size: .85rem; } caption { text-align: left; color: #444; padding: .3rem 0; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem; border-bottom: 1px solid #e3e3e3; white-space: nowrap; }
td:last-child { white-space: normal; min-width: 14rem; }
code { background: #f2f2f2; padding: 0 .2rem; overflow-wrap: anywhere; }
)";

std::string verdict_box(const Comparison& c, const std::string& title, const std::string& note) {
    std::string out = "<div class=\"verdict " + std::string(name_of(c.relation)) + "\">" +
                      (title.empty() ? "" : "<b>" + escape_html(title) + "</b>") + escape_html(c.sentence);
    out += note.empty() ? "" : "<br><small>" + escape_html(note) + "</small>";
    std::string flags;
    for (const std::string& flag : c.notes) {
        flags += (flags.empty() ? "Mind: " : "; ") + flag;
    }
    return out + (flags.empty() ? "" : "<br><small>" + escape_html(flags) + ".</small>") + "</div>\n";
}

std::string figure_box(const Figure& figure, const std::string& svg) {
    return "<figure><h3>" + escape_html(figure.title) + "</h3>" +
           (svg.empty() ? "<p class=\"notes\">This figure could not be drawn; its data are in " + figure.name + ".dat.</p>" : svg) + "<figcaption>" +
           escape_html(figure.caption) + " <a href=\"" + figure.name + ".dat\">data</a>, <a href=\"" + figure.name + ".gp\">script</a></figcaption></figure>\n";
}

std::string method_words(const Study& study) {
    const ComparisonOptions& o = study.options.comparison;
    std::string words = "<p>Per scheme L(N, D) = E + A/N<sup>&alpha;</sup> + B/D<sup>&beta;</sup>, fitted by the summed Huber loss (&delta; = " +
                        significant(study.options.fit.delta, 3) + ") of log loss from 4,500 starts. ";
    if (study.floor_test.degrees > 0) {
        words += "One E for all schemes is " + std::string(study.floor_shared ? "used" : "not used") + ": the likelihood-ratio test against separate E gives " +
                 fixed(study.floor_test.statistic, 2) + " on " + std::to_string(study.floor_test.degrees) + " degrees of freedom, p = " +
                 significant(study.floor_test.p_value, 2) + ". ";
    }
    for (const std::string& scheme : study.floor_left_out) {
        words += escape_html(scheme) + " keeps its own E, because its law stays degenerate with a shared one. ";
    }
    words += "Intervals: " + std::to_string(study.options.bootstrap.draws) + " bootstrap draws of trials within cells (seed " +
             std::to_string(study.options.bootstrap.seed) + "), " + (study.paired ? "" : "not ") +
             "paired across schemes (correlation of same-seed trials " + fixed(study.correlation.value, 2) + ", p = " +
             significant(study.correlation.p_value, 2) + "); percentile for parameters, BCa for crossings. A crossing is claimed if the gap exceeds " +
             fixed(o.delta_nats, 3) + " nats on both sides of it in a band that holds at all compute at once, and its interval is at most " +
             significant(o.widest_decades, 2) + " decade wide; beyond the data only within " + significant(o.horizon_decades, 2) +
             " decade and if laws with shared E, with separate E, a power-law gap and a straight-line gap all cross. Each interval and band holds for its own pair; "
             "none is corrected for the number of pairs.</p>\n";
    return words;
}

}  // namespace

ReportSummary write_report(const ReportInput& input, const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
        throw IoError("cannot make the folder '" + folder.string() + "' (" + error.message() + "); choose another with --out");
    }
    ReportSummary summary;
    std::string verdicts, laws, gaps, curves, tables, method;
    auto add_table = [&](const Table& table, bool show) {
        write_text_file(folder / (table.name + ".csv"), as_csv(table));
        write_text_file(folder / (table.name + ".md"), as_markdown(table));
        write_text_file(folder / (table.name + ".tex"), as_latex(table));
        if (show) {
            tables += as_html(table) + "<p class=\"notes\">As <a href=\"" + table.name + ".csv\">CSV</a>, <a href=\"" + table.name +
                      ".md\">Markdown</a>, <a href=\"" + table.name + ".tex\">LaTeX</a>.</p>\n";
        }
    };
    auto add_figure = [&](const Figure& figure, std::string& section) { section += figure_box(figure, draw(figure, folder, summary.warnings)); };

    for (const Study& study : input.studies) {
        if (input.studies.size() > 1) {
            verdicts += "<h3>At " + std::to_string(study.context) + " tokens of context</h3>\n";
        }
        auto say = [&](const Comparison& c, const std::string& title, const std::string& note) {
            verdicts += verdict_box(c, title, note);
            std::string context = input.studies.size() > 1 ? "At " + std::to_string(study.context) + " tokens: " : "";
            summary.sentences.push_back(context + (title.empty() ? "" : title + ": ") + c.sentence);
        };
        for (const ClassComparison& c : compare_classes(study)) {
            say(c.comparison, c.title, c.selection);
        }
        for (const Comparison& c : study.comparisons) {
            say(c, "", "");
            if (!c.band.gap.empty()) {
                add_figure(gap_figure(study, c), gaps);
            }
        }
        if (study.comparisons.empty()) {
            verdicts += "<p>There is nothing to compare: finished trials of " + counted(study.schemes.size(), "scheme") + ".</p>\n";
            summary.sentences.push_back("Nothing to compare: finished trials of one scheme only.");
        }
        add_figure(law_figure(study), laws);
        bool any_law = false;
        for (const SchemeLaw& s : study.schemes) {
            any_law = any_law || s.fit.usable;
        }
        if (any_law) {
            add_figure(residual_figure(study), laws);
        }
        add_table(law_table(study), true);
        for (const Table& table : fit_tables(study)) {
            add_table(table, true);
        }
        if (!study.comparisons.empty()) {
            add_table(crossover_table(study), true);
        }
        method += method_words(study);
    }
    if (input.studies.empty()) {
        summary.sentences.push_back("Not determined: no finished trial is left to fit.");
        verdicts = "<p>Not determined: no finished trial is left to fit.</p>\n";
    }
    add_table(observation_table(input.set), false);
    if (input.results != nullptr) {
        for (const Figure& figure : curve_figures(*input.results, input.studies.empty() ? "rope" : input.studies[0].baseline)) {
            add_figure(figure, curves);
        }
        const DifferenceOptions differences{.against = {}, .baseline = input.results->analysis.baseline, .confidence = input.results->analysis.confidence};
        for (const std::optional<Table>& table :
             {tuning_table(*input.results), rate_check_table(*input.results), length_table(*input.results), difference_table(*input.results, differences),
              structure_table(*input.results), agreement_table(*input.results), task_table(*input.results)}) {
            if (table) {
                add_table(*table, true);
            }
        }
    }

    std::string left_out = "<ul>\n";
    for (const std::string& words : input.set.left_out) {
        left_out += "<li>" + escape_html(words) + "</li>\n";
    }
    left_out += input.set.left_out.empty() ? "<li>nothing</li></ul>\n" : "</ul>\n";
    std::string title = input.results != nullptr && !input.results->sweep_name.empty() ? input.results->sweep_name : input.set.source;
    auto section = [](const std::string& heading, const std::string& body, bool grid) {
        return body.empty() ? "" : "<h2>" + heading + "</h2>\n" + (grid ? "<div class=\"figures\">\n" + body + "</div>\n" : body);
    };
    std::string page = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                       "<title>Overtake: " + escape_html(title) + "</title><style>" + style + "</style></head><body>\n<h1>" + escape_html(title) +
                       "</h1>\n<p class=\"notes\">" + std::to_string(input.set.observations.size()) + " points from <code>" + escape_html(input.set.source) +
                       "</code>; compute is " + (input.set.exact_flops ? "exact FLOPs" : "6 N D") + "; loss in nats per token.</p>\n";
    page += section("Verdicts", verdicts, false) + section("Gap against compute", gaps, true) + section("Laws", laws, true) +
            section("Curves and context", curves, true) + section("Tables", tables, false) + section("Method", method, false) +
            section("Left out", left_out, false);
    page += "<p class=\"notes\">Every point that was used: <a href=\"observations.csv\">observations.csv</a>. Made by overtake " OVERTAKE_VERSION
            "; each figure's SVG, data and gnuplot script lie beside this page.</p>\n</body></html>\n";
    summary.page = folder / "report.html";
    write_text_file(summary.page, page);
    return summary;
}

}  // namespace overtake
