// Rates from records, and times from rates.
#include "cluster/launch/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>

#include <nlohmann/json.hpp>

#include "cluster/launch/progress.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/results/record_file.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {

namespace {

using Json = nlohmann::json;

struct Measured {
    double flops = 0, rank_seconds = 0;
    double rate() const { return flops / rank_seconds; }
};

bool uses_gpu(const SweepView& view) {
    return !view.specification.trials.empty() && view.specification.trials.front().training.device == Device::cuda;
}

}  // namespace

std::string calibration_class(const Stage& stage) {
    std::string name = stage.config.size + " " + stage.config.position.scheme;
    return stage.kind == StageKind::train || stage.kind == StageKind::cooldown ? name : name + " " + std::string(name_of(stage.kind));
}

std::optional<Calibration> measure_calibration(const SweepView& view, const std::map<std::string, double>& seconds_with_team) {
    struct Sample {
        const Stage* stage;
        double seconds, width;
    };
    std::vector<Sample> samples;
    Calibration calibration;
    for (std::size_t i = 0; i < view.status.size(); ++i) {
        if (view.status[i] != StageStatus::done) {
            continue;
        }
        const Stage& stage = view.forest.stages[i];
        if (const auto record = read_record(view.folder, stage.id); record && record->provenance.seconds > 0) {
            const auto known = seconds_with_team.find(stage.id);
            const double seconds = known == seconds_with_team.end() ? record->provenance.seconds : std::max(known->second, record->provenance.seconds);
            samples.push_back({&stage, seconds, static_cast<double>(std::max<std::int64_t>(1, record->provenance.team_width))});
            calibration.stage_seconds = std::min(calibration.stage_seconds, seconds / 2);
        }
    }
    std::map<std::string, Measured> classes;
    Measured all;
    for (const Sample& sample : samples) {
        for (Measured* sum : {&classes[calibration_class(*sample.stage)], &all}) {
            sum->flops += sample.stage->flops;
            sum->rank_seconds += (sample.seconds - calibration.stage_seconds) * sample.width;
        }
    }
    if (all.rank_seconds <= 0 || all.flops <= 0) {
        return std::nullopt;
    }
    calibration.source = "measured on the finished stages of " + view.folder.root.string();
    calibration.flops_per_second = all.rate();
    for (const auto& [name, sum] : classes) {
        calibration.by_class[name] = sum.rate();
    }
    return calibration;
}

std::filesystem::path calibration_file(const SweepFolder& folder) { return folder.root / "calibration.json"; }

void write_calibration(const std::filesystem::path& file, const Calibration& calibration) {
    const Json json{{"source", calibration.source},
                    {"flops_per_second", calibration.flops_per_second},
                    {"stage_seconds", calibration.stage_seconds},
                    {"launch_seconds", calibration.launch_seconds},
                    {"by_class", calibration.by_class}};
    write_aside(file, json.dump(2) + "\n");
}

std::optional<Calibration> read_calibration(const std::filesystem::path& file) {
    std::ifstream in(file);
    const Json json = Json::parse(in, nullptr, false);
    try {
        Calibration calibration;
        calibration.source = json.at("source").get<std::string>();
        calibration.flops_per_second = json.at("flops_per_second").get<double>();
        calibration.stage_seconds = json.at("stage_seconds").get<double>();
        calibration.launch_seconds = json.value("launch_seconds", 0.0);
        calibration.by_class = json.at("by_class").get<std::map<std::string, double>>();
        return calibration.flops_per_second > 0 ? std::optional(calibration) : std::nullopt;
    } catch (const Json::exception&) {
        return std::nullopt;  // absent or spoilt: it is only a prediction
    }
}

Calibration find_calibration(const SweepView& view) {
    if (const auto kept = read_calibration(calibration_file(view.folder))) {
        return *kept;
    }
    if (const auto measured = measure_calibration(view)) {
        return *measured;
    }
    Calibration guess;
    guess.flops_per_second = uses_gpu(view) ? guessed_gpu_flops_per_second : guessed_cpu_flops_per_second;
    guess.source = "a guess of " + short_number(guess.flops_per_second) + "FLOP/s per " + (uses_gpu(view) ? "GPU" : "core") +
                   "; nothing is measured yet (--flops-per-second states it)";
    return guess;
}

Calibration stated_or_found(double flops_per_second, const SweepView& view) {
    if (flops_per_second <= 0) {
        return find_calibration(view);
    }
    Calibration stated;
    stated.flops_per_second = flops_per_second;
    stated.source = "as stated with --flops-per-second";
    return stated;
}

double rank_rate(const Stage& stage, const Calibration& calibration) {
    const auto known = calibration.by_class.find(calibration_class(stage));
    return known != calibration.by_class.end() && known->second > 0 ? known->second : calibration.flops_per_second;
}

double predicted_seconds(const Stage& stage, const Calibration& calibration, int width) {
    constexpr double kept_by_a_doubling = 0.975;
    return calibration.stage_seconds + stage.flops / (rank_rate(stage, calibration) * width * std::pow(kept_by_a_doubling, std::log2(static_cast<double>(width))));
}

double predicted_seconds_left(const StageForest& forest, const std::vector<std::optional<StageStatus>>& status, const Calibration& calibration,
                              std::int64_t ranks) {
    double work_s = 0, longest_s = 0;
    std::map<std::string_view, double> path_s;
    for (std::size_t i = 0; i < forest.stages.size(); ++i) {
        const Stage& stage = forest.stages[i];
        const double seconds = status[i] ? 0 : predicted_seconds(stage, calibration);
        double& path = path_s[stage.id];
        path = seconds + (stage.parent.empty() ? 0 : path_s[stage.parent]);
        longest_s = std::max(longest_s, path);
        work_s += seconds;
    }
    return std::max(longest_s, work_s / static_cast<double>(std::max<std::int64_t>(1, ranks)));
}

}  // namespace overtake
