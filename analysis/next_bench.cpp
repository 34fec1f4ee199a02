// Prints how much a proposal shrinks the interval of a planted crossing, beside random cells and the next larger row at equal FLOPs.
#include <algorithm>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "analysis/next_simulation.hpp"

int main(int argc, char** argv) {
    using namespace overtake;
    NextSimulation options;
    std::string pair = "inside";
    CLI::App app{"Shrinkage per FLOP of proposed cells, of random ones and of the next row, in simulated studies.", "next_bench"};
    app.add_option("--pair", pair, "planted pair: inside, gentle, edge, outside")->capture_default_str();
    app.add_option("--studies", options.studies)->capture_default_str();
    app.add_option("--noise", options.noise, "standard deviation of log loss")->capture_default_str();
    app.add_option("--correlation", options.correlation, "between the schemes of a cell and seed")->capture_default_str();
    app.add_option("--row-share", options.row_share, "FLOPs over those of the next row; the row is run at 1 alone")->capture_default_str();
    app.add_option("--next-share", options.next_share, "FLOPs of the proposal over those of the other ways: at which share are the widths equal?")->capture_default_str();
    app.add_option("--seeds-per-cell", options.seeds_per_cell, "new seeds of a proposed cell")->capture_default_str();
    app.add_flag("--oracle", options.oracle, "also choose as if the laws were known: what a proposal could reach at best");
    app.add_option("--seed", options.seed, "of the first study")->capture_default_str();
    app.add_option("--threads", options.threads, "0: all")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    options.pair = planted_pair(pair);
    const auto studies = simulate_next(options);
    std::printf("%s at 10^%.2f, log noise %g, correlation %g, %d studies\n", pair.c_str(), options.pair.crossings.at(0), options.noise, options.correlation, options.studies);
    for (std::size_t way = 0; way < (options.oracle ? 5U : 4U); ++way) {
        std::vector<double> width, error, flops;
        int found = 0;
        for (const ContinuedStudy& s : studies[way]) {
            width.push_back(s.width);
            error.push_back(s.error);
            flops.push_back(s.flops);
            found += s.error < 6 ? 1 : 0;
        }
        std::printf("%-7s median width %.3f decades, median error %.3f, FLOPs added %.3g, crossing found in %.0f %%\n", std::string(continuation_names[way]).c_str(), median(width), median(error), median(flops),
                    100.0 * found / options.studies);
    }
    for (Continuation way : {Continuation::proposed, Continuation::oracle}) {
        for (Continuation other : {Continuation::random, Continuation::row}) {
            if ((other == Continuation::row && options.row_share != 1) || (way == Continuation::oracle && !options.oracle)) {
                continue;
            }
            Simulated logs = shrinkage_ratio(studies, way, other), decades = decades_ratio(studies, way, other);
            std::printf("%s over %-6s shrinkage per FLOP: %.2f +- %.2f (log width), %.2f +- %.2f (decades)\n", std::string(continuation_names[static_cast<std::size_t>(way)]).c_str(),
                        std::string(continuation_names[static_cast<std::size_t>(other)]).c_str(), logs.value, logs.error, decades.value, decades.error);
        }
    }
}
