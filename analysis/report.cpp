// The report: verdicts first, then figures, tables, method, what was left out, and what lies beside the page.
#include "analysis/report.hpp"

#include <map>
#include <optional>

#include "analysis/bitter_lesson.hpp"
#include "analysis/cell_figure.hpp"
#include "analysis/compute_figures.hpp"
#include "analysis/curve_figures.hpp"
#include "analysis/equality_table.hpp"
#include "analysis/fit_tables.hpp"
#include "analysis/forest_figure.hpp"
#include "analysis/law_figures.hpp"
#include "analysis/method_words.hpp"
#include "analysis/page_style.hpp"
#include "analysis/paired_differences.hpp"
#include "analysis/point_flags.hpp"
#include "analysis/residual_figure.hpp"
#include "analysis/run_figure.hpp"
#include "analysis/scheme_classes.hpp"
#include "analysis/scheme_panels.hpp"
#include "analysis/status_table.hpp"
#include "analysis/structure_figures.hpp"
#include "analysis/svg.hpp"
#include "analysis/tables.hpp"
#include "analysis/task_tables.hpp"
#include "analysis/text.hpp"
#include "analysis/tuning_table.hpp"
#include "analysis/verdict_boxes.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

constexpr std::size_t most_open = 8;
constexpr std::size_t most_drawing_bytes = 1'700'000;  // of all drawings on the page, so that it stays below 2 MB

struct Chapter {
    std::string heading;
    std::vector<Figure> figures;
    bool may_fold = false;  // with more than `most_open` figures it opens on a click
};

void append(std::vector<Figure>& figures, std::optional<Figure> figure) {
    if (figure) {
        figures.push_back(std::move(*figure));
    }
}

std::string figure_box(const Figure& figure, const std::string& svg, bool drawn) {
    const std::string file = figure.name + ".svg";
    const std::string picture = !drawn        ? "<p class=\"notes\">This figure could not be drawn; its data lie beside the page.</p>"
                                : svg.empty() ? "<p class=\"notes\">Beside the page, which is full: <a href=\"" + file + "\">" + file + "</a>.</p>"
                                              : svg;
    return "<figure><h3>" + escape_html(figure.title) + "</h3>" + picture + "<figcaption>" + prose_html(figure.caption) + " <a href=\"" + figure.name + ".dat\">data</a>, <a href=\"" +
           figure.name + ".gp\">script</a></figcaption></figure>\n";
}

/// All figures drawn at once; the page holds them in order until it is full.
std::string chapters_html(const std::vector<Chapter>& chapters, const std::filesystem::path& folder, std::vector<std::string>& warnings) {
    std::vector<Figure> all;
    for (const Chapter& chapter : chapters) {
        all.insert(all.end(), chapter.figures.begin(), chapter.figures.end());
    }
    const std::vector<std::string> drawn = draw(all, folder, warnings);
    std::string html;
    std::size_t next = 0, bytes = 0;
    for (const Chapter& chapter : chapters) {
        if (chapter.figures.empty()) {
            continue;
        }
        const bool folded = chapter.may_fold && chapter.figures.size() > most_open;
        html += "<h2>" + chapter.heading + "</h2>\n" + (folded ? "<details><summary>" + counted(chapter.figures.size(), "figure") + "</summary>\n" : "") + "<div class=\"figures\">\n";
        for (const Figure& figure : chapter.figures) {
            std::string svg = svg_for_page(drawn[next], "f" + std::to_string(next), figure.title);
            const bool fits = bytes + svg.size() <= most_drawing_bytes;
            bytes += fits ? svg.size() : 0;
            html += figure_box(figure, fits ? svg : "", !drawn[next].empty());
            ++next;
        }
        html += folded ? "</div></details>\n" : "</div>\n";
    }
    return html;
}

std::string section(const std::string& heading, const std::string& body) { return body.empty() ? "" : "<h2>" + heading + "</h2>\n" + body; }

std::string trial_words(const Results& results) {
    std::map<TrialStatus, std::size_t> count;
    for (const TrialResult& trial : results.trials) {
        ++count[trial.status];
    }
    std::string words = counted(results.trials.size(), "trial") + ": " + std::to_string(count[TrialStatus::done]) + " done";
    for (const auto& [status, name] : {std::pair{TrialStatus::diverged, "diverged"}, {TrialStatus::failed, "failed"}, {TrialStatus::unfinished, "unfinished"}}) {
        words += count[status] > 0 ? ", " + std::to_string(count[status]) + " " + name : "";
    }
    return words + ". ";
}

std::string list_html(const std::vector<std::string>& items) {
    std::string list;
    for (const std::string& words : items) {
        list += "<li>" + escape_html(words) + "</li>\n";
    }
    return "<ul>\n" + (items.empty() ? "<li>nothing</li>\n" : list) + "</ul>\n";
}

std::string cost_words(const ReportInput& input) {
    const std::string unit = input.studies.empty() ? "FLOPs" : input.studies[0].options.comparison.cost_unit;
    return unit != "FLOPs" ? "measured " + unit : input.set.exact_flops ? "exact FLOPs" : "6 N D";
}

}  // namespace

ReportSummary write_report(const ReportInput& input, const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
        throw IoError("cannot make the folder '" + folder.string() + "' (" + error.message() + "); choose another with --out");
    }
    ReportSummary summary;
    std::string verdicts, tables, method, points;
    const auto add_table = [&](const Table& table, bool show) {
        write_text_file(folder / (table.name + ".csv"), as_csv(table));
        write_text_file(folder / (table.name + ".md"), as_markdown(table));
        write_text_file(folder / (table.name + ".tex"), as_latex(table));
        if (show) {
            tables += as_html(table) + "<p class=\"notes\">As <a href=\"" + table.name + ".csv\">CSV</a>, <a href=\"" + table.name + ".md\">Markdown</a>, <a href=\"" + table.name +
                      ".tex\">LaTeX</a>.</p>\n";
        }
    };
    Chapter overview{"All comparisons", {}}, gaps{"Gap against compute", {}, true}, worth{"What a gap is worth", {}, true}, laws{"Laws", {}}, panels{"Each scheme's law", {}, true}, curves{"Curves and context", {}},
        learned{"What was learned", {}, true}, run{"How it ran", {}};

    const std::vector<std::vector<ClassComparison>> all_classes = compare_classes(input.studies);
    for (const Study& study : input.studies) {
        const std::vector<ClassComparison>& classes = all_classes[static_cast<std::size_t>(&study - input.studies.data())];
        const VerdictBlock block = verdict_boxes(study, classes);
        const bool several = input.studies.size() > 1;
        verdicts += (several ? "<h3>At " + std::to_string(study.context) + " tokens of context</h3>\n" : "") + block.html;
        for (const std::string& sentence : block.sentences) {
            summary.sentences.push_back((several ? "At " + std::to_string(study.context) + " tokens: " : "") + sentence);
        }
        Table equal = equality_table(study);
        append(overview.figures, forest_figure(study, classes));
        append(overview.figures, cell_figure(study));
        for (const Comparison& c : study.comparisons) {
            if (!c.band.gap.empty()) {
                gaps.figures.push_back(gap_figure(study, c));
                append(worth.figures, effective_compute_figure(study, c));
                if (const std::optional<EqualityCurve> curve = equality_of(study, c)) {
                    append(worth.figures, equality_figure(study, c, *curve));
                    append_rows(equal, c, *curve);
                }
            }
        }
        bool any_law = false;
        for (std::size_t k = 0; k < study.schemes.size(); ++k) {
            if (study.schemes[k].fit.usable) {
                any_law = true;
                panels.figures.push_back(size_panel(study, k));
                panels.figures.push_back(isoflop_panel(study, k));
            }
        }
        if (any_law) {
            laws.figures.push_back(law_figure(study));
            laws.figures.push_back(residual_figure(study));
            method += method_words(study);
        }
        if (std::optional<Figure> figure = bitter_lesson_figure(study)) {
            overview.figures.push_back(std::move(*figure));
            add_table(bitter_lesson_table(study), true);
        }
        if (const std::vector<std::string> flags = point_flags(study, input.set.exact_flops); !flags.empty()) {
            points += (input.studies.size() > 1 ? "<h3>At " + std::to_string(study.context) + " tokens of context</h3>\n" : "") + list_html(flags);
        }
        add_table(law_table(study), any_law);
        for (const Table& table : fit_tables(study)) {
            add_table(table, any_law);
        }
        if (!study.comparisons.empty()) {
            add_table(crossover_table(study), any_law);
            add_table(equal, false);
        }
    }
    if (input.studies.empty()) {
        summary.sentences.push_back("Not determined: no finished trial is left to fit.");
        verdicts = "<p>Not determined: no finished trial is left to fit.</p>\n";
    }
    if (!input.checks.empty()) {
        add_table(convention_table(input.checks), true);
        for (const ConventionCheck& check : input.checks) {
            verdicts += "<p class=\"notes\">" + escape_html(convention_words(check)) + "</p>\n";
        }
    }
    std::string claims = input.results == nullptr ? "" : "<p>" + escape_html(claims_words(input.claims)) + "</p>\n";
    if (!input.claims.empty()) {
        const Table graded = claims_table(input.claims);
        add_table(graded, false);
        claims += as_html(graded);
    }
    add_table(left_out_table(input.set), false);
    add_table(observation_table(input.set), false);
    if (input.results != nullptr) {
        curves.figures = curve_figures(*input.results, input.studies.empty() ? "rope" : input.studies[0].baseline);
        learned.figures = structure_figures(*input.results);
        append(run.figures, run_figure(*input.results));
        const DifferenceOptions differences{.against = {}, .baseline = input.results->analysis.baseline, .confidence = input.results->analysis.confidence};
        for (const std::optional<Table>& table :
             {failure_table(*input.results), tuning_table(*input.results), rate_check_table(*input.results), length_table(*input.results), difference_table(*input.results, differences),
              structure_table(*input.results), agreement_table(*input.results), task_table(*input.results)}) {
            if (table) {
                add_table(*table, true);
            }
        }
    }

    const std::string title = input.results != nullptr && !input.results->sweep_name.empty() ? input.results->sweep_name : input.set.source;
    std::string page = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                       "<title>Overtake: " + escape_html(title) + "</title><style>" + page_style + "</style></head><body>\n<h1>" + escape_html(title) + "</h1>\n<p class=\"notes\">" +
                       (input.results != nullptr ? trial_words(*input.results) : "") + counted(input.set.observations.size(), "point") + " from <code>" + escape_html(input.set.source) +
                       "</code>; compute is " + cost_words(input) + "; loss in nats per token.</p>\n";
    page += section("Claims", claims) + section("Verdicts", verdicts) + chapters_html({overview, gaps, worth, laws, panels, curves, learned, run}, folder, summary.warnings) + section("Tables", tables) + section("Method", method) +
            section("Left out", list_html(input.set.left_out) + "<p class=\"notes\">Each by name: <a href=\"left-out.csv\">left-out.csv</a>.</p>\n") +
            section("What to mind of the points", (input.set.remarks.empty() ? "" : list_html(input.set.remarks)) + points);
    page += "<p class=\"notes\">Every point that was used: <a href=\"observations.csv\">observations.csv</a>. Made by overtake " OVERTAKE_VERSION
            "; each figure's SVG, data and gnuplot script lie beside this page.</p>\n</body></html>\n";
    summary.page = folder / "report.html";
    write_text_file(summary.page, page);
    return summary;
}

}  // namespace overtake
