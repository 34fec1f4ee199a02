// overtake simulate.
#include "cluster/schedule/commands.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>
#include <optional>

#include "cluster/schedule/simulated_sweep.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/visible_text.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {

namespace {

constexpr const char* usage =
    "usage: overtake simulate SWEEP.toml|DIR [--in DIR] [--from-scratch] [--gpus N] [--failures RATE] [--runtime-error E] [--stragglers RATE] [--disk SECONDS]\n"
    "                [--limit SECONDS] [--queue SECONDS] [--seeds S] [--seed FIRST] [--flops-per-second X] [--trace FILE] [--gantt FILE] [--json]";

struct Request {
    std::string sweep, folder, trace, gantt;
    std::map<std::string, double> numbers;
    bool json = false, help = false, from_scratch = false;
    double number(const std::string& name, double otherwise) const {
        const auto given = numbers.find(name);
        return given == numbers.end() ? otherwise : given->second;
    }
};

struct Range {
    double low, high;
    bool whole;
};

const std::map<std::string, Range>& numeric_options() {
    static const std::map<std::string, Range> options{
        {"--gpus", {1, 65536, true}},      {"--failures", {0, 0.5, false}},   {"--runtime-error", {0, 1, false}}, {"--stragglers", {0, 1, false}},
        {"--disk", {0, 3600, false}},      {"--limit", {60, 1e9, false}},     {"--queue", {0, 1e9, false}},       {"--seeds", {1, 1e6, true}},
        {"--seed", {0, 1e15, true}},       {"--flops-per-second", {1, 1e18, false}}};
    return options;
}

std::optional<double> read_number(const std::string& text, const Range& range) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool sound = error == std::errc() && end == text.data() + text.size() && value >= range.low && value <= range.high;
    return sound && (!range.whole || value == std::floor(value)) ? std::optional(value) : std::nullopt;
}

Request read_arguments(const std::vector<std::string>& arguments) {
    Request request;
    std::vector<Problem> problems;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        const bool has_value = i + 1 < arguments.size();
        if (const auto option = numeric_options().find(argument); option != numeric_options().end()) {
            const auto value = has_value ? read_number(arguments[++i], option->second) : std::nullopt;
            if (value) {
                request.numbers[argument] = *value;
            } else {
                problems.push_back({"simulate", "no number that fits follows '" + argument + "'; " + usage});
            }
        } else if ((argument == "--trace" || argument == "--gantt" || argument == "--in") && has_value) {
            (argument == "--trace" ? request.trace : argument == "--gantt" ? request.gantt : request.folder) = arguments[++i];
        } else if (argument == "--from-scratch") {
            request.from_scratch = true;
        } else if (argument == "--json") {
            request.json = true;
        } else if (argument == "--help" || argument == "-h") {
            request.help = true;
        } else if (argument.starts_with("-") || !request.sweep.empty()) {
            problems.push_back({"simulate", "'" + argument + "' is not expected; " + usage});
        } else {
            request.sweep = argument;
        }
    }
    if (request.sweep.empty() && problems.empty() && !request.help) {
        problems.push_back({"simulate", std::string("no sweep is named; ") + usage});
    }
    if (!problems.empty()) {
        throw ConfigError(problems);
    }
    return request;
}

double percent_of_bound(const SimulatedSweep& sweep, double bound_s) { return sweep.makespan_s > 0 ? 100 * bound_s / sweep.makespan_s : 100; }

/// As an object behind the `basis` of JSON, or in words without one.
void print(const SimulatedSweep& sweep, std::uint64_t seed, const std::string& basis) {
    const bool json = !basis.empty();
    const char* pattern =
        json ? "\"seed\": %llu, \"finished\": %s, \"makespan_s\": %.6g, \"lower_bound_s\": %.6g, \"percent_of_bound\": %.2f, \"sharp_bound_s\": %.6g, "
               "\"percent_of_sharp_bound\": %.2f, \"utilisation\": %.4f, \"lost_rank_hours\": %.6g, \"restarts\": %lld, \"requeues\": %lld, "
               "\"failed\": %lld, \"skipped\": %lld, \"trace_hash\": \"%016llx\"}\n"
             : "seed %llu: %s, makespan %.6g s, bound %.6g s (%.2f %%), sharp bound %.6g s (%.2f %%), utilisation %.4f, lost %.6g rank hours, "
               "%lld restarts, %lld requeues, %lld stages failed, %lld skipped, trace %016llx\n";
    const char* finished = json ? (sweep.finished ? "true" : "false") : (sweep.finished ? "finished" : "given up");
    std::array<char, 700> line{};
    std::snprintf(line.data(), line.size(), pattern, static_cast<unsigned long long>(seed), finished, sweep.makespan_s, sweep.bound.simple_s(),
                  percent_of_bound(sweep, sweep.bound.simple_s()), sweep.bound.sharp_s, percent_of_bound(sweep, sweep.bound.sharp_s), sweep.utilisation,
                  sweep.lost_rank_seconds / 3600, static_cast<long long>(sweep.restarts), static_cast<long long>(sweep.requeues),
                  static_cast<long long>(sweep.failed), static_cast<long long>(sweep.skipped), static_cast<unsigned long long>(sweep.trace_hash));
    std::cout << (json ? "{" + basis + ", " : "") << line.data();
}

/// A JSON string of text that strangers may have chosen.
std::string json_quoted(const std::string& text) {
    std::string quoted = "\"";
    for (const char letter : visible(text)) {
        quoted.append(letter == '"' || letter == '\\' ? 1 : 0, '\\').append(1, letter);
    }
    return quoted + '"';
}

std::string number_text(double value) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%.6g", value);
    return text.data();
}

/// What every line of results rests on: the first one in words, or the same keys in each object.
std::string basis_of(const SweepToSimulate& sweep, std::size_t left, int ranks, bool json) {
    const std::string rate = number_text(sweep.throughput.flops_per_second), stages = std::to_string(sweep.forest.stages.size());
    return json ? "\"ranks\": " + std::to_string(ranks) + ", \"stages\": " + stages + ", \"stages_left\": " + std::to_string(left) +
                      ", \"flops_per_second\": " + rate + ", \"calibration\": " + json_quoted(sweep.source)
                : std::to_string(ranks) + " ranks of " + rate + " FLOP/s" + (sweep.throughput.by_stage.empty() ? "" : " on average") + " (" + sweep.source + "); " +
                      std::to_string(left) + " of " + stages + " stages are left\n";
}

}  // namespace

int simulate_verb(const std::vector<std::string>& arguments, const LookAtSweepToSimulate& look) {
    const Request request = read_arguments(arguments);
    if (request.help) {
        std::cout << usage << '\n';
        return exit_code::done;
    }
    SweepToSimulate sweep = look(request.sweep, request.folder, request.number("--flops-per-second", 0));
    if (request.from_scratch) {
        sweep.start.clear();
    }
    const auto done = std::count_if(sweep.start.begin(), sweep.start.end(), [](const StageStart& stage) { return stage.done; });
    const ClusterSection& cluster = sweep.specification.cluster;
    CoordinatorOptions options;
    options.ranks = static_cast<int>(request.number("--gpus", static_cast<double>(cluster.ranks)));
    options.max_width = static_cast<int>(cluster.max_width);
    options.throughput = sweep.throughput;
    const std::string basis = basis_of(sweep, sweep.forest.stages.size() - static_cast<std::size_t>(done), options.ranks, request.json);
    std::cout << (request.json ? "" : basis);
    Mishaps mishaps;
    mishaps.failed_stages = mishaps.deaths = request.number("--failures", 0);
    mishaps.runtime_error = request.number("--runtime-error", 0);
    mishaps.stragglers = request.number("--stragglers", 0);
    mishaps.disk_seconds = request.number("--disk", 0);
    mishaps.limit_seconds = request.number("--limit", 0);
    mishaps.queue_seconds = request.number("--queue", mishaps.queue_seconds);
    mishaps.checkpoint_seconds = cluster.checkpoint_seconds;
    const auto first = static_cast<std::uint64_t>(request.number("--seed", 0));
    const auto seeds = static_cast<std::uint64_t>(request.number("--seeds", 1));
    bool all_finished = true;
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
        mishaps.seed = seed;
        const SimulatedSweep simulated = simulate_sweep(sweep.forest, options, mishaps, sweep.start);
        print(simulated, seed, request.json ? basis : "");
        all_finished = all_finished && simulated.finished;
        if (seed == first && !request.trace.empty()) {
            write_aside(request.trace, trace_csv(sweep.forest, simulated.attempts));
        }
        if (seed == first && !request.gantt.empty()) {
            write_aside(request.gantt, gantt_svg(sweep.forest, simulated.attempts, options.ranks, sweep.specification.name + ", simulated"));
        }
    }
    return all_finished ? exit_code::done : exit_code::unexpected;
}

}  // namespace overtake
