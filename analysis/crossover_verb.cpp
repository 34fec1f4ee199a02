// overtake crossover: where a scheme overtakes another, and how surely.
#include <iostream>

#include "analysis/arguments.hpp"
#include "analysis/json.hpp"
#include "analysis/text.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

int run_crossover(const std::vector<std::string>& arguments) {
    Arguments a;
    CLI::App app{"Where, and how surely, a scheme overtakes another as compute grows.", "overtake crossover"};
    add_common(app, a);
    add_comparison(app, a);
    app.add_flag("--json", a.json, "one JSON object on standard output");
    if (auto code = parse(app, arguments)) {
        return *code;
    }
    Loaded loaded = load(a);
    std::vector<Study> studies = make_studies(loaded.set.observations, a.study);
    std::vector<ConventionCheck> checks;
    if (loaded.conventions.size() > 1) {
        checks = check_conventions(loaded.set.observations, a.study, loaded.conventions);
    }
    const std::vector<std::vector<ClassComparison>> classes = compare_classes(studies);
    const std::vector<GradedClaim> claims = loaded.results ? grade_claims(*loaded.results, a.filter, a.study) : std::vector<GradedClaim>{};
    if (a.json) {
        std::cout << crossovers_as_json(studies, loaded.set, checks, classes, claims) << "\n";
    } else {
        for (std::size_t i = 0; i < studies.size(); ++i) {
            const Study& study = studies[i];
            if (studies.size() > 1) {
                std::cout << "At " << study.context << " tokens of context:\n";
            }
            for (const ClassComparison& c : classes[i]) {
                std::cout << c.title << ": " << c.comparison.sentence << (c.selection.empty() ? "" : " " + c.selection) << "\n";
            }
            for (const Comparison& c : study.comparisons) {
                std::cout << c.sentence << "\n";
                for (const std::string& note : c.notes) {
                    std::cerr << "  mind: " << note << "\n";
                }
            }
            if (study.comparisons.empty()) {
                std::cout << "Nothing to compare: finished trials of " << counted(study.schemes.size(), "scheme") << ".\n";
            }
        }
    }
    if (!a.json && !claims.empty()) {
        std::cout << as_text(claims_table(claims)) << claims_words(claims) << "\n";
    }
    for (const ConventionCheck& check : checks) {
        (a.json ? std::cerr : std::cout) << convention_words(check) << "\n";
    }
    say_flags(studies, loaded.set);
    say_left_out(loaded.set);
    return exit_code::done;
}

}  // namespace overtake
