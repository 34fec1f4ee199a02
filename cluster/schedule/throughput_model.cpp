// Predicted and measured rates of teams.
#include "cluster/schedule/throughput_model.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>

#include "sweeps/errors.hpp"

namespace overtake {

namespace {

constexpr double weight_of_newest = 0.3;  // of an exponential mean over measurements of one class and width

std::string class_text(const Stage& stage) {
    const TrialConfig& config = stage.config;
    std::string text = is_training(stage.kind) ? "train" : std::string(name_of(stage.kind));
    for (const std::int64_t number : {stage.context_length, config.model.layers, config.model.width, config.model.heads, config.model.mlp_width,
                                      config.model.vocabulary, config.training.train_length, config.training.batch_sequences,
                                      static_cast<std::int64_t>(config.training.precision), static_cast<std::int64_t>(config.training.device)}) {
        text.append(" ").append(std::to_string(number));
    }
    text.append(" ").append(config.position.scheme).append(" ");
    return config.extension ? text + config.extension->method : text;
}

}  // namespace

double share_done(const Stage& stage, std::int64_t step) {
    const std::int64_t steps = stage.end_step - stage.begin_step;
    return steps <= 0 ? 0.0 : std::clamp(static_cast<double>(step - stage.begin_step) / static_cast<double>(steps), 0.0, 1.0);
}

ThroughputModel::ThroughputModel(const StageForest& forest, ThroughputDefaults defaults) : forest_(forest), defaults_(defaults) {
    std::unordered_map<std::string, std::uint32_t> classes;
    class_of_.reserve(forest.stages.size());
    for (const Stage& stage : forest.stages) {
        class_of_.push_back(classes.emplace(class_text(stage), static_cast<std::uint32_t>(classes.size())).first->second);
    }
    measured_.resize(classes.size());
    expects(defaults_.by_stage.empty() || defaults_.by_stage.size() == forest.stages.size(), "each stage has a rate, or none has");
}

double ThroughputModel::formula_rate(std::size_t stage, int width, double rank_rate) const {
    const Stage& work = forest_.stages[stage];
    const double doublings = std::log2(static_cast<double>(width));
    const auto steps = static_cast<double>(std::max<std::int64_t>(1, work.end_step - work.begin_step));
    const double flops_per_step = std::max(work.flops / steps, 1.0);
    const double computing = flops_per_step / (rank_rate * width * std::pow(defaults_.doubling_efficiency, doublings));
    return flops_per_step / (computing + defaults_.communication_seconds * doublings);
}

double ThroughputModel::rate(std::size_t stage, int width) const {
    const std::map<int, double>& known = measured_[class_of_[stage]];
    if (const auto exact = known.find(width); exact != known.end()) {
        return exact->second;
    }
    if (known.empty() && !defaults_.by_stage.empty()) {
        return formula_rate(stage, width, defaults_.by_stage[stage]);
    }
    const double rank_rate = rank_seconds_seen_ > 0 ? flops_seen_ / rank_seconds_seen_ : defaults_.flops_per_second;
    const double formula = formula_rate(stage, width, rank_rate);
    if (known.empty()) {
        return formula;
    }
    const auto& [narrowest, narrowest_rate] = *known.begin();
    return narrowest_rate * formula / formula_rate(stage, narrowest, rank_rate);
}

double ThroughputModel::seconds_left(std::size_t stage, std::int64_t step, int width) const {
    const Stage& work = forest_.stages[stage];
    return defaults_.stage_seconds + work.flops * (1 - share_done(work, step)) / rate(stage, width);
}

void ThroughputModel::observe(std::size_t stage, int width, double flops, double seconds) {
    if (!(flops > 0) || !(seconds > 0) || !std::isfinite(flops) || !std::isfinite(seconds)) {
        return;
    }
    const double seen = flops / seconds;
    const auto [entry, is_new] = measured_[class_of_[stage]].emplace(width, seen);
    if (!is_new) {
        entry->second += weight_of_newest * (seen - entry->second);
    }
    flops_seen_ += flops;
    rank_seconds_seen_ += seconds * width * std::pow(defaults_.doubling_efficiency, std::log2(static_cast<double>(width)));
}

void ThroughputModel::observe_stage(std::size_t stage, int width, double flops, double seconds) {
    observe(stage, width, flops, std::max(seconds - defaults_.stage_seconds, seconds / 10));
}

}  // namespace overtake
