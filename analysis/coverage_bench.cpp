// Measures how often crossover intervals cover what was planted: coverage_bench --pair inside --studies 4000 --correlation 0.8
#include <iomanip>
#include <iostream>

#include <CLI/CLI.hpp>

#include "analysis/coverage.hpp"
#include "sweeps/errors.hpp"

namespace {

std::ostream& operator<<(std::ostream& out, const overtake::Share& share) {
    return out << std::fixed << std::setprecision(2) << 100 * share.value << " +- " << 100 * share.error << " %";
}

}  // namespace

int main(int argc, char** argv) {
    using namespace overtake;
    CoverageOptions options;
    std::string pair = "inside", noise = "normal", pairing = "test", floor = "test";
    CLI::App app{"Coverage of crossover intervals in simulated studies of planted laws."};
    app.add_option("--pair", pair, "inside, gentle, edge, outside, two, parallel, identical, floor or unequal")->capture_default_str();
    app.add_option("--studies", options.studies, "how many")->capture_default_str();
    app.add_option("--draws", options.draws, "bootstraps of each study; 0: intervals only, no claims")->capture_default_str();
    app.add_option("--noise", options.design.noise, "standard deviation of log loss")->capture_default_str();
    app.add_option("--noise-kind", noise, "normal, t4 or small-models (small models up to five times noisier than large ones)")
        ->check(CLI::IsMember({"normal", "t4", "small-models"}));
    app.add_option("--correlation", options.design.correlation, "between schemes of one cell and seed")->capture_default_str();
    app.add_option("--seeds", options.design.seeds, "per cell")->capture_default_str();
    app.add_option("--pairing", pairing, "test, always or never")->check(CLI::IsMember({"test", "always", "never"}));
    app.add_option("--shared-floor", floor, "test, always or never")->check(CLI::IsMember({"test", "always", "never"}));
    app.add_option("--seed", options.design.seed, "of the first study")->capture_default_str();
    app.add_option("--threads", options.threads, "0: all; the answer does not depend on it")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    try {
        options.pair = planted_pair(pair);
    } catch (const ConfigError& error) {
        std::cerr << error.what() << "\n";
        return exit_code::usage;
    }
    options.design.noise_kind = noise == "t4" ? NoiseKind::t4 : noise == "normal" ? NoiseKind::normal : NoiseKind::small_models;
    options.pairing = pairing == "always" ? Pairing::always : pairing == "never" ? Pairing::never : Pairing::by_test;
    options.shared_floor = floor == "always" ? SharedFloor::always : floor == "never" ? SharedFloor::never : SharedFloor::by_test;
    Coverage c = measure_coverage(options);
    std::cout << options.studies << " studies of '" << pair << "', noise " << options.design.noise << " (" << noise << "), correlation "
              << options.design.correlation << ": paired " << c.paired << ", E shared " << c.shared_floor << ", rejected at 5 % " << c.rejected << "\n"
              << "  interval covers " << c.covered << ", median width " << std::setprecision(4) << c.median_width << " decades\n";
    if (options.draws > 0) {
        std::cout << "  BCa covers " << c.bootstrap_covered << ", median width " << std::setprecision(4) << c.median_bootstrap_width << " decades\n"
                  << "  the band holds the gap at every C in " << c.band_covered << ", a wrong relation is shown in " << c.wrong_relations << "\n"
                  << "  a crossing is claimed in " << c.claimed << ", rightly in " << c.true_claims << "\n";
    }
    std::cout << "  as many crossings in the data as planted in " << c.as_many << "\n  " << std::setprecision(1) << c.seconds << " s\n";
    return 0;
}
