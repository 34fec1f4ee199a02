// Wall and processor seconds of 4,500 starts and of 4,000 bootstraps on one core, on the kept rows of Epoch's points: fit_timing FILE.csv. One JSON line.
#include <chrono>
#include <ctime>
#include <iostream>

#include "analysis/bootstrap.hpp"
#include "analysis/scheme_law.hpp"

int main(int count, char** arguments) {
    using namespace overtake;
    if (count < 2) {
        std::cerr << "fit_timing FILE.csv\n";
        return 2;
    }
    ObservationSet set = load_observations(arguments[1], parse_columns("parameters=params,tokens=tokens,loss=loss,flops=flops,filter=besiroglu_kept"), {});
    LawPoints points = group_by_scheme(set.observations)[0].points;
    struct Moment {
        std::chrono::steady_clock::time_point wall;
        std::clock_t processor;
    };
    auto now = [] { return Moment{std::chrono::steady_clock::now(), std::clock()}; };
    auto seconds = [](const Moment& from, const Moment& to) { return std::chrono::duration<double>(to.wall - from.wall).count(); };
    auto processor = [](const Moment& from, const Moment& to) { return static_cast<double>(to.processor - from.processor) / CLOCKS_PER_SEC; };

    FitOptions options;
    options.threads = 1;
    options.check = false;
    auto begin = now();
    LawFit fit = fit_law(points, options);
    auto fitted = now();
    BootstrapOptions bootstrap;
    bootstrap.draws = 4000;
    bootstrap.threads = 1;
    std::vector<std::vector<Observation>> by_scheme{set.observations};
    LawDraws draws = bootstrap_laws(std::vector<LawPoints>{points}, std::vector<PowerLaw>{fit.law}, {{0}}, make_units(by_scheme, false), bootstrap);
    auto drawn = now();
    std::cout << "{\"starts_seconds\": " << seconds(begin, fitted) << ", \"bootstraps_seconds\": " << seconds(fitted, drawn)
              << ", \"starts_processor_seconds\": " << processor(begin, fitted) << ", \"bootstraps_processor_seconds\": " << processor(fitted, drawn)
              << ", \"objective\": " << fit.objective << ", \"starts_agreeing\": " << fit.starts_agreeing << ", \"draws\": " << draws.draws[0].size() << "}\n";
    return 0;
}
