#include "runner/position_bench.hpp"

#include <algorithm>
#include <ctime>
#include <iomanip>
#include <iostream>
#include <memory>

#include "runner/device.hpp"
#include "runner/timed_steps.hpp"
#include "sweeps/counts.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/position_rules.hpp"
#include "sweeps/position_schemes.hpp"

namespace overtake {

namespace {

constexpr const char* reference = "rope";

ModelConfig shape_of(const std::string& text) {
    try {
        return shape_of_fields(comma_fields(text));
    } catch (const std::exception&) {
        throw ConfigError({Problem{"--shape", "'" + text + "' is no shape (layers,width,heads); for example 4,128,4"}});
    }
}

/// The reference, then what was asked for.
std::vector<std::string> schemes_of(const std::string& text) {
    std::vector<std::string> names = comma_fields(text);
    if (text == "all") {
        names.clear();
        for (const std::string_view name : schemes_to_train()) {
            names.emplace_back(name);
        }
    }
    names.erase(std::remove(names.begin(), names.end(), reference), names.end());
    names.insert(names.begin(), reference);
    return names;
}

double process_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// Milliseconds of one step, the mean of a turn.
double turn(TimedSteps& steps, std::int64_t count) {
    const double before = process_seconds();
    double wall = 0;
    for (std::int64_t step = 0; step < count; ++step) {
        wall += steps.run();
    }
    return 1000 * (steps.device().is_cpu() ? process_seconds() - before : wall) / static_cast<double>(count);
}

struct Entry {
    std::string scheme;
    std::int64_t parameters = 0;
    std::unique_ptr<TimedSteps> steps;
    std::vector<double> milliseconds, ratios;
};

}  // namespace

Json bench_positions(const Json& request) {
    const ModelConfig model = shape_of(request.at("shape").get<std::string>());
    const std::int64_t rounds = request.at("rounds").get<std::int64_t>(), steps = request.at("steps").get<std::int64_t>();
    std::vector<TrialConfig> trials;
    for (const std::string& scheme : schemes_of(request.at("schemes").get<std::string>())) {
        trials.push_back(timed_trial(model, scheme, request.at("length").get<std::int64_t>(), request.at("batch").get<std::int64_t>(),
                                     request.at("precision").get<std::string>(), request.at("device").get<std::string>(), scheme));
    }
    prepare_arithmetic(trials.front().training);
    std::vector<Entry> entries;
    for (const TrialConfig& trial : trials) {
        entries.push_back({.scheme = trial.position.scheme,
                           .parameters = count_parameters(trial.model, trial.position, trial.training.train_length).position,
                           .steps = std::make_unique<TimedSteps>(trial),
                           .milliseconds = {},
                           .ratios = {}});
        turn(*entries.back().steps, 1);
    }
    for (std::int64_t round = 0; round < rounds; ++round) {
        for (Entry& entry : entries) {
            const double of_reference = turn(*entries.front().steps, steps);
            const double own = turn(*entry.steps, steps);
            entry.milliseconds.push_back(own);
            entry.ratios.push_back(own / of_reference);
        }
    }
    Json answer{{"device", device_name(entries.front().steps->device())}};
    answer.update(request);
    answer["schemes"] = Json::array();
    for (const Entry& entry : entries) {
        const bool is_reference = entry.scheme == reference;
        answer["schemes"].push_back({{"scheme", entry.scheme},
                                     {"ms", median(entry.milliseconds)},
                                     {"ratio", is_reference ? 1.0 : median(entry.ratios)},
                                     {"parameters", entry.parameters}});
    }
    return answer;
}

int run_position_bench(const std::string& request, bool as_json) {
    const Json answer = bench_positions(Json::parse(request));
    if (as_json) {
        std::cout << answer.dump() << '\n';
        return exit_code::done;
    }
    std::cout << "step time of layers,width,heads = " << answer.at("shape").get<std::string>() << ", T = " << answer.at("length") << ", B = "
              << answer.at("batch") << ", " << answer.at("precision").get<std::string>() << ", " << answer.at("device").get<std::string>() << '\n'
              << std::left << std::setw(22) << "scheme" << std::right << std::setw(10) << "ms" << std::setw(10) << "x rope" << std::setw(12)
              << "parameters" << '\n';
    for (const Json& row : answer.at("schemes")) {
        std::cout << std::left << std::setw(22) << row.at("scheme").get<std::string>() << std::right << std::fixed << std::setprecision(1)
                  << std::setw(10) << row.at("ms").get<double>() << std::setprecision(2) << std::setw(10) << row.at("ratio").get<double>()
                  << std::setw(12) << row.at("parameters").get<std::int64_t>() << '\n';
    }
    return exit_code::done;
}

}  // namespace overtake
