// The trials that check the shared learning rate, resolved by the same rules as the grid's, under the choices that were made.
#include <algorithm>
#include <deque>

#include "sweeps/position_schemes.hpp"
#include "sweeps/tuning_trials.hpp"

namespace overtake {

namespace {

using Point = std::pair<const AxisValue*, TrialConfig>;  // a size or a budget, and what it resolves to

/// The baseline and the first learned scheme; without either, the first scheme that isn't taken.
std::vector<const GridScheme*> default_schemes(const std::vector<GridScheme>& schemes, const std::string& baseline) {
    std::vector<const GridScheme*> chosen;
    const auto take = [&](const auto& suits) {
        const auto free = [&](const GridScheme& s) { return std::find(chosen.begin(), chosen.end(), &s) == chosen.end(); };
        auto found = std::find_if(schemes.begin(), schemes.end(), [&](const GridScheme& s) { return free(s) && suits(s); });
        found = found == schemes.end() ? std::find_if(schemes.begin(), schemes.end(), free) : found;
        if (found != schemes.end()) {
            chosen.push_back(&*found);
        }
    };
    take([&](const GridScheme& s) { return s.position.scheme == baseline.substr(0, baseline.find('+')); });
    take([&](const GridScheme& s) { return find_position_scheme(s.position.scheme)->kind == SchemeKind::learned; });
    return chosen;
}

std::vector<const GridScheme*> checked_schemes(const TuneSettings& settings, const std::vector<GridScheme>& schemes, const std::string& baseline,
                                               Complaints& complaints) {
    if (!settings.check) {
        return default_schemes(schemes, baseline);
    }
    std::vector<const GridScheme*> chosen;
    for (const std::string& name : *settings.check) {
        const auto found = std::find_if(schemes.begin(), schemes.end(), [&](const GridScheme& s) {
            return s.position.scheme == name || position_text(s.position) == name;
        });
        if (found == schemes.end()) {
            complaints.add(settings.place, "check in [tune] names \"" + name + "\" (no scheme of the grid); name one, or write check = []");
        } else {
            chosen.push_back(&*found);
        }
    }
    return chosen;
}

}  // namespace

void add_checks(Tuning& tuning, const TuneSettings& settings, const std::string& baseline, const Grid& grid, Resolver& resolver, Complaints& complaints) {
    const std::vector<GridScheme> schemes = schemes_of(grid);
    std::deque<AxisValue> made;  // the resolver knows sizes by address
    const auto number = [&](auto value) { return &made.emplace_back(AxisValue{settings.place, "", value}); };
    const AxisValue *const one = number(1.0), *const length = values_of(grid, Axis::train_length).front();
    for (const GridScheme* scheme : checked_schemes(settings, schemes, baseline, complaints)) {
        const AxisValue* const position = &made.emplace_back(AxisValue{scheme->value->place, scheme->value->text, PositionChoice{scheme->position, std::nullopt}});
        const auto resolve = [&](const AxisValue* size, const AxisValue* tokens, const AxisValue* seed, const AxisValue* rate) {
            return resolver.resolve({size, tokens, position, length, seed, rate});
        };
        const AxisValue* const any_seed = number(settings.check_seeds.front());
        const AxisValue* largest = nullptr;
        std::int64_t most = 0;
        for (const AxisValue& size : settings.sizes) {
            const auto config = resolve(&size, &settings.tokens.front(), any_seed, one);
            if (!config) {
                return;
            }
            const std::int64_t weight = config->model.layers * config->model.width * config->model.width;
            largest = weight > most ? &size : largest;
            most = std::max(most, weight);
        }
        std::vector<Point> budgets;
        for (const AxisValue* tokens : values_of(grid, Axis::tokens)) {
            if (auto config = resolve(largest, tokens, any_seed, one)) {
                budgets.emplace_back(tokens, std::move(*config));
            }
        }
        const auto fewer = [](const Point& a, const Point& b) { return a.second.tokens() < b.second.tokens(); };
        const auto [least, greatest] = std::minmax_element(budgets.begin(), budgets.end(), fewer);
        if (least == budgets.end()) {
            return;
        }
        std::vector<const Point*> ends{&*least};
        if (greatest->second.tokens() > least->second.tokens()) {
            ends.push_back(&*greatest);
        }
        for (const Point* budget : ends) {
            tuning.checks.push_back({.position = position_text(scheme->position), .size = largest->text, .tokens = static_cast<double>(budget->second.tokens()),
                                     .seeds = static_cast<std::int64_t>(settings.check_seeds.size())});
            for (const double rate : settings.check_rates) {
                for (const std::int64_t seed : settings.check_seeds) {
                    if (auto config = resolve(largest, budget->first, number(seed), number(rate))) {
                        config->evaluation = tuning_evaluation(*config);
                        tuning.check_trials.push_back({tuning.checks.size() - 1, rate, std::move(*config)});
                    }
                }
            }
        }
    }
}

}  // namespace overtake
