// Pairs of laws whose crossings are known.
#include "analysis/planted_pairs.hpp"

#include "sweeps/errors.hpp"

namespace overtake {

const std::vector<PlantedPair>& planted_pairs() {
    static const PowerLaw base{1.8, 480, 2100, 0.35, 0.37};
    static const std::vector<PlantedPair> pairs{
        {"inside", base, {1.8, 930, 2100, 0.39, 0.37}, {16.4862}},
        {"gentle", base, {1.8, 590, 2100, 0.362, 0.37}, {17.0874}},
        {"edge", base, {1.8, 680, 2100, 0.368, 0.37}, {18.8996}},
        {"outside", base, {1.8, 690, 2100, 0.368, 0.37}, {19.5850}},
        {"two", base, {1.995, 1500, 2100, 0.43, 0.37}, {15.5386, 18.7714}},
        {"parallel", base, {1.8, 504, 2205, 0.35, 0.37}, {}},
        {"identical", base, base, {}},
        {"floor", base, {1.81, 480, 2100, 0.35, 0.37}, {}},
        {"unequal", base, {1.78, 1000, 2100, 0.39, 0.37}, {17.5612}},
        {"unequal-edge", base, {1.785, 800, 2100, 0.375, 0.37}, {18.8758}},
    };
    return pairs;
}

const PlantedPair& planted_pair(const std::string& name) {
    std::string names;
    for (const PlantedPair& pair : planted_pairs()) {
        if (pair.name == name) {
            return pair;
        }
        names += (names.empty() ? "" : ", ") + pair.name;
    }
    throw ConfigError({{"--pair", "no planted pair '" + name + "' (there are: " + names + "); choose one of them"}});
}

}  // namespace overtake
