// The command-line tool: one screen that hands each verb to the folder that knows it.
#include <algorithm>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "analysis/commands.hpp"
#include "cluster/launch/commands.hpp"
#include "cluster/launch/plan.hpp"
#include "cluster/schedule/commands.hpp"
#include "cluster/schedule/planner.hpp"
#include "cluster/slurm/command_runner.hpp"
#include "cluster/slurm/commands.hpp"
#include "runner/data/commands.hpp"
#include "sweeps/command.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/results/commands.hpp"
#include "sweeps/visible_text.hpp"

namespace {

// cluster/launch and cluster/schedule may not know each other, nor cluster/slurm the former: the plan gets its prediction, the simulation its sweep
// and rates, and submit its look at the budget from here.
int plan(const std::vector<std::string>& arguments) { return overtake::plan_verb(arguments, overtake::predicted_makespan_s); }

overtake::SweepToSimulate as_planned(const std::string& sweep, const std::string& folder, double flops_per_second) {
    overtake::SweepView view = overtake::look_at_sweep(sweep, folder);
    const overtake::Calibration calibration = overtake::stated_or_found(flops_per_second, view);
    overtake::SweepToSimulate known;
    known.throughput.flops_per_second = calibration.flops_per_second;
    known.throughput.stage_seconds = calibration.stage_seconds;
    known.source = calibration.source;
    for (std::size_t i = 0; i < view.forest.stages.size(); ++i) {
        if (!calibration.by_class.empty()) {
            known.throughput.by_stage.push_back(overtake::rank_rate(view.forest.stages[i], calibration));
        }
        known.start.push_back({.done = view.status[i].has_value(), .succeeded = view.status[i] == overtake::StageStatus::done, .has_state = true});
    }
    known.specification = std::move(view.specification);
    known.forest = std::move(view.forest);
    return known;
}

int simulate(const std::vector<std::string>& arguments) { return overtake::simulate_verb(arguments, as_planned); }

int submit(const std::vector<std::string>& arguments) {
    overtake::ProcessRunner slurm;
    return overtake::submit_sweep(arguments, slurm, [](const auto& sweep, const auto& folder) {
        overtake::refuse_over_budget(sweep, folder, overtake::predicted_makespan_s);
    });
}

std::vector<overtake::Command> all_commands() {
    std::vector<overtake::Command> all{{"plan", "say what a sweep will cost and what is new in it", plan},
                                       {"simulate", "run the coordinator against a simulated cluster, with mishaps", simulate},
                                       {"submit", "make a batch script of a sweep and hand it to Slurm", submit}};
    for (const auto commands : {overtake::launch_commands(), overtake::data_commands(), overtake::results_commands(),
                                overtake::analysis_commands()}) {
        all.insert(all.end(), commands.begin(), commands.end());
    }
    return all;
}

void print_usage(std::ostream& out) {
    out << "overtake " OVERTAKE_VERSION ": where do learned position embeddings overtake RoPE?\n\nusage: overtake VERB [ARGUMENTS]   (overtake VERB --help)\n\n";
    for (const overtake::Command& command : all_commands()) {
        out << "  " << command.name << std::string(12 - std::min<std::size_t>(11, command.name.size()), ' ') << command.summary << '\n';
    }
}

int run(const std::vector<std::string>& words) {
    if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
        print_usage(words.empty() ? std::cerr : std::cout);
        return words.empty() ? overtake::exit_code::usage : overtake::exit_code::done;
    }
    if (words[0] == "--version") {
        std::cout << "overtake " OVERTAKE_VERSION "\n";
        return overtake::exit_code::done;
    }
    for (const overtake::Command& command : all_commands()) {
        if (command.name == words[0]) {
            return command.run({words.begin() + 1, words.end()});
        }
    }
    std::cerr << "overtake: error: no verb '" << words[0] << "' (see below)\n\n";
    print_usage(std::cerr);
    return overtake::exit_code::usage;
}

}  // namespace

int main(int argc, char** argv) {
    const overtake::VisibleOutput results(std::cout), words(std::cerr, "\n\t\r");
    try {
        return run({argv + 1, argv + argc});
    } catch (const overtake::ConfigError& error) {
        for (const overtake::Problem& problem : error.problems()) {
            std::cerr << "overtake: error: " << overtake::visible(overtake::to_string(problem)) << '\n';
        }
        return overtake::exit_code::usage;
    } catch (const std::exception& error) {
        std::cerr << "overtake: error: " << overtake::visible(error.what(), "\n") << '\n';
        return overtake::exit_code::unexpected;
    }
}
