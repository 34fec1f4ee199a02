// How often sets of points are flagged.
#include "analysis/flag_rates.hpp"

#include "analysis/study.hpp"

namespace overtake {

namespace {

PlantedDesign design_of(std::vector<double> sizes, std::vector<double> ratios, int seeds, double noise) {
    PlantedDesign design;
    design.sizes = std::move(sizes);
    design.ratios = std::move(ratios);
    design.seeds = seeds;
    design.noise = noise;
    return design;
}

}  // namespace

std::vector<FlagCase> flag_cases() {
    const PowerLaw law{1.8, 480, 2100, 0.35, 0.37};
    const std::vector<double> sizes{2e6, 5e6, 1e7, 2e7, 5e7, 1e8, 2e8}, ratios{5, 10, 20, 40, 80};
    return {
        {"7 sizes x 5 ratios x 3 seeds, noise .003", true, law, design_of(sizes, ratios, 3, 0.003), 0},
        {"same, Hoffmann's law", true, {1.69, 406.4, 410.7, 0.339, 0.285}, design_of(sizes, ratios, 3, 0.003), 0},
        {"same, noise .001", true, law, design_of(sizes, ratios, 3, 0.001), 0},
        {"8 sizes 5M-400M x 5 ratios x 2 seeds, noise .003", true, law, design_of({5e6, 1e7, 2e7, 4e7, 8e7, 1.4e8, 2.5e8, 4e8}, ratios, 2, 0.003), 0},
        {"24 rows at random, noise .003", false, law, design_of(sizes, ratios, 3, 0.003), 24},
        {"one ratio, 10 sizes x 4 seeds", false, law, design_of({2e6, 3e6, 5e6, 8e6, 1.2e7, 2e7, 4e7, 8e7, 1.4e8, 2e8}, {20}, 4, 0.003), 0},
        {"E near 0: 3 sizes 1M-4M x 5 ratios x 3 seeds, noise .01", false, {0.05, 480, 2100, 0.2, 0.2}, design_of({1e6, 1.5e6, 2e6, 4e6}, ratios, 3, 0.01), 0},
        {"E lost: 5 sizes 1M-16M, noise .02", false, law, design_of({1e6, 2e6, 4e6, 8e6, 1.6e7}, {5, 10, 20}, 3, 0.02), 0},
        {"alpha lost: 512 tokens a parameter and more, noise .01", false, law, design_of({1e7, 2e7, 4e7, 8e7}, {512, 1024, 2048}, 3, 0.01), 0},
        {"alpha near 5: the size term gone but at the smallest", false, {2, 1e30, 2100, 5, 0.37}, design_of({1e6, 5e6, 1e7, 2e7, 5e7}, {5, 10, 20, 40}, 3, 0.005), 0},
    };
}

FlagRate measure_flags(const FlagCase& of, int sets, std::size_t draws, int start_stride, std::uint64_t first_seed) {
    FlagRate rate;
    StudyOptions options;
    options.bootstrap.draws = draws;
    options.fit.start_stride = start_stride;
    for (int set = 0; set < sets; ++set) {
        PlantedDesign design = of.design;
        design.seed = first_seed + static_cast<std::uint64_t>(set);
        std::vector<Observation> points = plant({{"", of.law}}, design);
        RandomStream random(design.seed, 5);
        while (of.rows > 0 && points.size() > of.rows) {
            points.erase(points.begin() + static_cast<std::ptrdiff_t>(random.below(points.size())));
        }
        Study study = make_study(points, options);
        const std::vector<std::string>& flags = study.schemes[0].flags;
        ++rate.sets;
        rate.flagged += flags.empty() ? 0 : 1;
        for (const std::string& flag : flags) {
            ++rate.by_flag[flag.substr(0, flag.find_first_of("0123456789:("))];
        }
    }
    return rate;
}

}  // namespace overtake
