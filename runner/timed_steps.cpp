#include "runner/timed_steps.hpp"

#include <chrono>
#include <sstream>

#include "runner/device.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/position_schemes.hpp"
#include "sweeps/position_words.hpp"

namespace overtake {

std::vector<std::string> comma_fields(const std::string& text) {
    std::vector<std::string> fields;
    std::istringstream stream(text);
    for (std::string field; std::getline(stream, field, ',');) {
        fields.push_back(field);
    }
    return fields;
}

ModelConfig shape_of_fields(const std::vector<std::string>& fields) {
    ModelConfig model;
    model.layers = std::stoll(fields.at(0));
    model.width = std::stoll(fields.at(1));
    model.heads = std::stoll(fields.at(2));
    model.mlp_width = 4 * model.width;
    return model;
}

TrialConfig timed_trial(const ModelConfig& shape, const std::string& scheme, std::int64_t length, std::int64_t batch,
                        const std::string& precision, const std::string& device, const std::string& where) {
    TrialConfig config;
    config.model = shape;
    const PositionChoice choice = choose_position({.scheme = scheme, .settings = {}});
    if (choice.extension) {
        throw ConfigError({Problem{where, "\"" + scheme + "\" is an extension (a step costs what it costs without); name schemes to train with"}});
    }
    config.position = choice.position;
    config.training.train_length = length;
    config.training.batch_sequences = batch;
    config.training.precision = precision == "bf16" ? Precision::bf16 : Precision::fp32;
    config.training.device = device == "cuda" ? Device::cuda : Device::cpu;
    config.training.deterministic = config.training.device == Device::cpu;
    config.evaluation.lengths = {length};
    config.total_steps = 1;
    std::vector<Problem> problems = find_problems(config);
    for (Problem& problem : problems) {
        problem.where.insert(0, where + ": ");
    }
    if (!problems.empty()) {
        throw ConfigError(problems);
    }
    return config;
}

TimedSteps::TimedSteps(const TrialConfig& config)
    : device_(pick_device(config.training.device, 0)),
      model_(config.model, config.position, config.training.train_length, 0, config.training.precision, device_),
      arena_(model_, device_),
      optimizer_(arena_, config.optimizer) {
    const std::int64_t batch = config.training.batch_sequences, length = config.training.train_length;
    const at::Tensor window_BT1 = at::randint(config.model.vocabulary, {batch, length + 1}, at::kLong).to(device_);
    tokens_BT_ = window_BT1.narrow(1, 0, length).contiguous();
    targets_BT_ = window_BT1.narrow(1, 1, length).contiguous();
}

double TimedSteps::run() {
    const auto start = std::chrono::steady_clock::now();
    arena_.gradients.zero_();
    model_.loss(tokens_BT_, targets_BT_).sum().mul(1.0 / static_cast<double>(tokens_BT_.numel())).backward();
    optimizer_.apply(++step_, 1e-3);
    synchronize(device_);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace overtake
