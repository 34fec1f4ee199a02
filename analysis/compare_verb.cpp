// overtake compare: everything about one pair, or all pairs, side by side.
#include <cmath>
#include <iostream>
#include <set>

#include "analysis/arguments.hpp"
#include "analysis/pair_view.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

int run_compare(const std::vector<std::string>& arguments) {
    Arguments a;
    std::vector<double> flops;
    bool every_pair = false;
    CLI::App app{"Two schemes side by side: laws, gap with its band, tests, paired models, crossings, and the verdict under every convention of N and C.", "overtake compare"};
    add_common(app, a);
    add_comparison(app, a);
    app.add_option("--at-flops", flops, "tell the gap at these C (default: seven places across the data)")->delimiter(',')->check(CLI::PositiveNumber);
    app.add_flag("--all-pairs", every_pair, "every pair, not only those with the baseline");
    app.add_flag("--json", a.json, "one JSON object on standard output");
    if (auto code = parse(app, arguments)) {
        return *code;
    }
    if (a.conventions.empty() && a.cost == "flops") {
        a.conventions = "all";
    }
    Loaded loaded = load(a);
    StudyOptions options = a.study;
    options.every_pair = every_pair;
    const std::vector<Study> studies = make_studies(loaded.set.observations, options);
    std::vector<ConventionCheck> checks;
    if (loaded.conventions.size() > 1) {
        checks = check_conventions(loaded.set.observations, options, loaded.conventions);
    }
    for (double& c : flops) {
        c = std::log10(c);
    }
    std::vector<PairView> views;
    for (const Study& study : studies) {
        for (const Comparison& c : study.comparisons) {
            views.push_back({study, c, checks, flops});
        }
    }
    if (a.json) {
        std::cout << pairs_as_json(views, loaded.set) << "\n";
    } else {
        for (const PairView& view : views) {
            std::cout << pair_as_text(view) << "\n";
        }
        if (checks.size() > 1) {
            std::cout << convention_summary(checks) << "\n";
        }
        if (views.empty()) {
            std::cout << "Nothing to compare: finished trials of fewer than two schemes.\n";
        }
    }
    say_flags(studies, loaded.set);
    say_left_out(loaded.set);
    return exit_code::done;
}

}  // namespace overtake
