#include "sweeps/results/commands.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <iostream>
#include <nlohmann/json.hpp>

#include "sweeps/remembered_data.hpp"
#include "sweeps/results/results_file.hpp"
#include "sweeps/results/trials_csv.hpp"

namespace overtake {

namespace {

using Arguments = std::vector<std::string>;

/// Answers an exit code if the program should end here: help was asked for, or the arguments are wrong.
std::optional<int> parse(CLI::App& app, Arguments arguments) {
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes the last one first
    try {
        app.parse(arguments);
    } catch (const CLI::ParseError& end) {
        return app.exit(end, std::cout, std::cerr) == 0 ? exit_code::done : exit_code::usage;
    }
    return std::nullopt;
}

/// On one line; paths need not be UTF-8.
void print(const nlohmann::json& json) { std::cout << json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n'; }

int run_collect(const Arguments& arguments) {
    CLI::App app{"Assemble results.h5 from the records of a sweep folder", "overtake collect"};
    std::string directory;
    bool as_json = false;
    app.add_option("DIR", directory, "sweep folder")->required();
    app.add_flag("--json", as_json, "print counts as JSON");
    if (const std::optional<int> end = parse(app, arguments)) {
        return *end;
    }
    const SweepFolder folder{directory};
    const Specification specification = load_specification(folder.specification(), data_of(folder));
    const StageForest forest = grow_forest(specification.trials);
    const std::size_t done = collect_results(folder, specification, forest);
    if (as_json) {
        print({{"file", folder.results().string()}, {"trials", forest.trials.size()}, {"trials_done", done}});
    } else {
        std::cout << folder.results().string() << ": " << done << " of " << forest.trials.size() << " trials done\n";
    }
    return exit_code::done;
}

int run_validate(const Arguments& arguments) {
    CLI::App app{"Check a results file against its format", "overtake validate"};
    std::string file;
    bool as_json = false;
    app.add_option("FILE", file, "results.h5")->required();
    app.add_flag("--json", as_json, "print the breaches as JSON");
    if (const std::optional<int> end = parse(app, arguments)) {
        return *end;
    }
    const std::vector<std::string> breaches = validate_results(file);
    if (as_json) {
        print({{"file", file}, {"valid", breaches.empty()}, {"breaches", breaches}});
    } else if (breaches.empty()) {
        std::cout << "valid\n";
    } else {
        for (const std::string& breach : breaches) {
            std::cout << breach << '\n';
        }
    }
    return breaches.empty() ? exit_code::done : exit_code::unexpected;
}

int run_diff(const Arguments& arguments) {
    CLI::App app{"Compare two results files bit for bit, but for timing and provenance", "overtake diff"};
    std::string first, second;
    bool as_json = false;
    app.add_option("A", first, "results.h5")->required();
    app.add_option("B", second, "results.h5")->required();
    app.add_flag("--json", as_json, "print the comparison as JSON");
    if (const std::optional<int> end = parse(app, arguments)) {
        return *end;
    }
    const ResultsDifference found = compare_results(first, second);
    if (as_json) {
        print({{"equal", found.differences.empty()},
               {"differences", found.differences},
               {"ignored_fields", found.ignored_fields},
               {"trials_compared", found.trials_compared},
               {"curve_points_compared", found.curve_points_compared},
               {"evaluations_compared", found.evaluations_compared},
               {"task_results_compared", found.task_results_compared}});
    } else {
        std::cout << "compared " << found.trials_compared << " trials, " << found.curve_points_compared
                  << " curve points, " << found.evaluations_compared << " evaluations, "
                  << found.task_results_compared << " results of tasks\nignored";
        for (const std::string& name : found.ignored_fields) {
            std::cout << ' ' << name;
        }
        std::cout << '\n';
        for (const std::string& difference : found.differences) {
            std::cout << difference << '\n';
        }
        std::cout << (found.differences.empty() ? "equal bit for bit"
                                                : std::to_string(found.differences.size()) +
                                                      (found.differences.size() == 1 ? " difference" : " differences"))
                  << '\n';
    }
    return found.differences.empty() ? exit_code::done : exit_code::unexpected;
}

int run_table(const Arguments& arguments) {
    CLI::App app{"Print the trials of a results file as CSV", "overtake table"};
    std::string file;
    app.add_option("FILE", file, "results.h5")->required();
    if (const std::optional<int> end = parse(app, arguments)) {
        return *end;
    }
    print_trials_csv(std::cout, read_results(file));
    return exit_code::done;
}

constexpr std::array commands{
    Command{"collect", "assemble results.h5 from the records of a sweep folder", run_collect},
    Command{"validate", "check a results file against its format", run_validate},
    Command{"diff", "compare two results files bit for bit, but for timing and provenance", run_diff},
    Command{"table", "print the trials of a results file as CSV", run_table},
};

}  // namespace

std::span<const Command> results_commands() {
    return commands;
}

}  // namespace overtake
