// The report: one page that opens offline.
#include "analysis/report.hpp"

#include <fstream>

#include "analysis/tables.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

void write_file(const std::filesystem::path& file, const std::string& text) {
    std::ofstream out(file, std::ios::binary);
    out << text;
    out.close();
    if (!out) {
        throw IoError("cannot write '" + file.string() + "'; is there room, and may you write there?");
    }
}

}  // namespace

ReportSummary write_report(const ReportInput& input, const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
        throw IoError("cannot make the folder '" + folder.string() + "' (" + error.message() + "); choose another with --out");
    }
    ReportSummary summary;
    std::string page = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Overtake report</title><body><h1>Overtake report</h1>\n";
    for (const Study& study : input.studies) {
        for (const Comparison& c : study.comparisons) {
            summary.sentences.push_back(c.sentence);
            page += "<p>" + escape_html(c.sentence) + "</p>\n";
        }
        for (const Table& table : {law_table(study), crossover_table(study)}) {
            page += as_html(table);
            write_file(folder / (table.name + ".csv"), as_csv(table));
            write_file(folder / (table.name + ".md"), as_markdown(table));
            write_file(folder / (table.name + ".tex"), as_latex(table));
        }
    }
    summary.page = folder / "report.html";
    write_file(summary.page, page + "</body></html>\n");
    return summary;
}

}  // namespace overtake
