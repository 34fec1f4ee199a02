// overtake plan.
#include <algorithm>
#include <iostream>

#include "cluster/launch/budget.hpp"
#include "cluster/launch/command_line.hpp"
#include "cluster/launch/plan.hpp"

namespace overtake {

int plan_verb(const std::vector<std::string>& arguments, const MakespanPrediction& predict) {
    CLI::App app("Say what a sweep will cost: trials, stages, tokens, FLOPs, what sharing saves, time, disk and memory", "overtake plan");
    std::string sweep, folder;
    bool json = false;
    double flops_per_second = 0;
    std::int64_t ranks = 0;
    app.add_option("sweep", sweep, "a TOML file or a sweep folder")->required();
    app.add_option("--in", folder, "sweep folder (default: sweep-<name>)");
    app.add_flag("--json", json, "one JSON object");
    app.add_option("--flops-per-second", flops_per_second, "of one rank, instead of the calibration")->check(CLI::PositiveNumber);
    app.add_option("--ranks", ranks, "MPI ranks (default: the sweep's)")->check(CLI::PositiveNumber);
    if (const auto over = read_arguments(app, arguments)) {
        return *over;
    }
    const SweepView view = look_at_sweep(sweep, folder);
    const Calibration calibration = stated_or_found(flops_per_second, view);
    ranks = ranks > 0 ? ranks : view.specification.cluster.ranks;
    SweepPlan plan = make_plan(view, calibration, ranks, predict);
    const Machine machine = machine_here(view.folder.root);
    std::vector<Problem> refused = problems_of_budget(view, plan);
    for (Problem& problem : problems_of_fit(view, ranks, machine)) {
        // The sweep may run on another machine than this one, but its folder is the same.
        if (problem.where == "cluster.ranks") {
            plan.notes.push_back(problem.what);
        } else {
            refused.push_back(std::move(problem));
        }
    }
    if (json) {
        std::cout << to_json_text(plan);
    } else {
        print(std::cout, plan);
    }
    std::cout.flush();
    if (!refused.empty()) {
        throw ConfigError(refused);
    }
    return exit_code::done;
}

}  // namespace overtake
