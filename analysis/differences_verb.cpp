// overtake differences: what an option or scheme costs, paired by seed.
#include <iostream>

#include "analysis/arguments.hpp"
#include "analysis/json.hpp"
#include "analysis/paired_differences.hpp"
#include "analysis/tables.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

int run_differences(const std::vector<std::string>& arguments) {
    std::string file;
    DifferenceOptions options{.against = {}, .baseline = {}, .confidence = 0};
    bool json = false;
    CLI::App app{"What an option or scheme costs: differences of loss, paired by seed, with intervals.", "overtake differences"};
    app.add_option("file", file, "results.h5, or the sweep folder")->required();
    app.add_option("--against", options.against, "variant or scheme that all are compared with (default: for each the first before it in the grid "
                                                 "that differs in one option, else in one method, else the baseline)");
    app.add_flag("--beyond", options.beyond_train, "loss at positions beyond the train length only");
    app.add_option("--confidence", options.confidence, "of every interval (default: the sweep's)")->check(CLI::Range(0.5, 0.999));
    app.add_flag("--json", json, "one JSON object on standard output");
    if (auto code = parse(app, arguments)) {
        return *code;
    }
    const Results results = read_results(std::filesystem::is_directory(file) ? std::filesystem::path(file) / "results.h5" : std::filesystem::path(file));
    options.baseline = results.analysis.baseline;
    options.confidence = options.confidence > 0 ? options.confidence : results.analysis.confidence;
    if (json) {
        std::cout << differences_as_json(paired_differences(results, options)) << "\n";
    } else if (const std::optional<Table> table = difference_table(results, options)) {
        std::cout << as_text(*table);
    } else {
        std::cerr << "nothing to compare (no seed has finished trials of a variant and of its reference)\n";
    }
    return exit_code::done;
}

}  // namespace overtake
