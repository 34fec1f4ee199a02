// overtake report: one offline page.
#include <iostream>

#include "analysis/arguments.hpp"
#include "analysis/json.hpp"
#include "analysis/report.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

int run_report(const std::vector<std::string>& arguments) {
    Arguments a;
    CLI::App app{"One offline page with verdicts, figures and tables; their data and gnuplot scripts beside it.", "overtake report"};
    add_common(app, a);
    add_comparison(app, a);
    app.add_option("--out", a.out, "folder (default: report/ beside the file)");
    app.add_flag("--json", a.json, "page, verdicts and claims with their grades as one JSON object on standard output");
    if (auto code = parse(app, arguments)) {
        return *code;
    }
    Loaded loaded = load(a);
    std::filesystem::path folder = a.out;
    if (folder.empty()) {
        std::filesystem::path file = a.file;
        folder = (std::filesystem::is_directory(file) ? file : file.parent_path()) / "report";
    }
    ReportInput input{loaded.set, make_studies(loaded.set.observations, a.study), loaded.results ? &*loaded.results : nullptr, {}, {}};
    if (loaded.conventions.size() > 1) {
        input.checks = check_conventions(loaded.set.observations, a.study, loaded.conventions);
    }
    if (loaded.results) {
        input.claims = grade_claims(*loaded.results, a.filter, a.study);
    }
    ReportSummary summary = write_report(input, folder);
    if (a.json) {
        std::cout << report_as_json(summary, input.claims) << "\n";
    } else {
        for (const std::string& sentence : summary.sentences) {
            std::cout << sentence << "\n";
        }
        for (const GradedClaim& graded : input.claims) {
            std::cout << "Claim " << graded.claim.name << ": " << name_of(graded.grade) << (graded.reason.empty() ? "" : " (" + graded.reason + ")") << "\n";
        }
        std::cout << "Report: " << summary.page.string() << "\n";
    }
    say_flags(input.studies, loaded.set);
    say_left_out(loaded.set);
    for (const std::string& words : summary.warnings) {
        std::cerr << words << "\n";
    }
    return exit_code::done;
}

}  // namespace overtake
