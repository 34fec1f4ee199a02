#include "runner/step_bench.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <sstream>
#include <vector>

#include <nlohmann/json.hpp>

#include "cluster/comm/mpi_environment.hpp"
#include "runner/device.hpp"
#include "runner/optimizer.hpp"
#include "sweeps/counts.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/position_schemes.hpp"

namespace overtake {

namespace {

constexpr int warmup_steps = 5;
constexpr double timed_seconds = 6;
constexpr std::size_t least_steps = 10;

TrialConfig parse_shape(const std::string& shape) {
    std::vector<std::string> fields;
    std::istringstream stream(shape);
    for (std::string field; std::getline(stream, field, ',');) {
        fields.push_back(field);
    }
    TrialConfig config;
    try {
        if (fields.size() < 6 || fields.size() > 8) {
            throw std::invalid_argument("fields");
        }
        config.model.layers = std::stoll(fields[0]);
        config.model.width = std::stoll(fields[1]);
        config.model.heads = std::stoll(fields[2]);
        config.model.mlp_width = 4 * config.model.width;
        config.training.train_length = std::stoll(fields[3]);
        config.training.batch_sequences = std::stoll(fields[4]);
    } catch (const std::exception&) {
        throw ConfigError(std::vector<Problem>{
            {"--bench", "'" + shape + "' is no shape (layers,width,heads,length,batch,precision[,scheme[,device]]); for example 4,128,4,256,16,bf16"}});
    }
    config.training.precision = fields[5] == "bf16" ? Precision::bf16 : Precision::fp32;
    config.position.scheme = fields.size() > 6 ? fields[6] : "learned";
    config.training.device = fields.size() > 7 && fields[7] == "cuda" ? Device::cuda : Device::cpu;
    config.training.deterministic = config.training.device == Device::cpu;
    std::vector<Problem> problems;
    if (const SchemeInfo* scheme = find_position_scheme(config.position.scheme)) {
        config.position.options = complete_options(*scheme, {}, "--bench", problems);
    } else {
        problems.push_back({"--bench", "no position scheme '" + config.position.scheme + "'"});
    }
    config.evaluation.lengths = {config.training.train_length};
    config.total_steps = 1;
    for (Problem& problem : find_problems(config)) {
        problems.push_back(std::move(problem));
    }
    if (!problems.empty()) {
        throw ConfigError(problems);
    }
    return config;
}

}  // namespace

int run_step_bench(const std::string& shape) {
    const TrialConfig config = parse_shape(shape);
    prepare_arithmetic(config.training);
    const at::Device device = pick_device(config.training.device, MpiEnvironment::local_rank());
    Gpt model(config.model, config.position, config.training.train_length, 0, config.training.precision, device);
    Arena arena(model, device);
    Optimizer optimizer(arena, config.optimizer);
    const std::int64_t batch = config.training.batch_sequences, length = config.training.train_length;
    const at::Tensor window_BT1 = at::randint(config.model.vocabulary, {batch, length + 1}, at::kLong).to(device);
    const at::Tensor tokens_BT = window_BT1.narrow(1, 0, length).contiguous();
    const at::Tensor targets_BT = window_BT1.narrow(1, 1, length).contiguous();

    std::vector<double> milliseconds;
    double total = 0;
    for (std::int64_t step = 0; total < timed_seconds || milliseconds.size() < least_steps; ++step) {
        const auto start = std::chrono::steady_clock::now();
        arena.gradients.zero_();
        model.loss(tokens_BT, targets_BT).sum().mul(1.0 / static_cast<double>(batch * length)).backward();
        optimizer.apply(step + 1, 1e-3);
        synchronize(device);
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        if (step >= warmup_steps) {
            milliseconds.push_back(1000 * seconds);
            total += seconds;
        }
    }
    std::sort(milliseconds.begin(), milliseconds.end());
    const double median = milliseconds[milliseconds.size() / 2];
    const double flops = training_flops_per_token(config.model, config.position, length) * static_cast<double>(batch * length);
    const nlohmann::json line{{"program", "overtake-train"},
                              {"shape", shape},
                              {"device", device_name(device)},
                              {"parameters", count_parameters(config.model, config.position, length).total()},
                              {"steps", milliseconds.size()},
                              {"ms_per_step_median", median},
                              {"ms_per_step_min", milliseconds.front()},
                              {"tokens_per_second", 1000.0 * static_cast<double>(batch * length) / median},
                              {"gflops_per_second", flops / median / 1e6}};
    std::cout << line.dump() << std::endl;
    return exit_code::done;
}

}  // namespace overtake
