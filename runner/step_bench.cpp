#include "runner/step_bench.hpp"

#include <algorithm>
#include <iostream>
#include <vector>

#include <nlohmann/json.hpp>

#include "runner/device.hpp"
#include "runner/timed_steps.hpp"
#include "sweeps/counts.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

constexpr int warmup_steps = 5;
constexpr double timed_seconds = 6;
constexpr std::size_t least_steps = 10;

TrialConfig parse_shape(const std::string& shape) {
    const std::vector<std::string> fields = comma_fields(shape);
    ModelConfig model;
    std::int64_t length = 0, batch = 0;
    try {
        if (fields.size() < 6 || fields.size() > 8) {
            throw std::invalid_argument("fields");
        }
        model = shape_of_fields(fields);
        length = std::stoll(fields[3]);
        batch = std::stoll(fields[4]);
    } catch (const std::exception&) {
        throw ConfigError(std::vector<Problem>{
            {"--bench", "'" + shape + "' is no shape (layers,width,heads,length,batch,precision[,scheme[,device]]); for example 4,128,4,256,16,bf16"}});
    }
    return timed_trial(model, fields.size() > 6 ? fields[6] : "learned", length, batch, fields[5], fields.size() > 7 ? fields[7] : "cpu",
                       "--bench");
}

}  // namespace

int run_step_bench(const std::string& shape) {
    const TrialConfig config = parse_shape(shape);
    prepare_arithmetic(config.training);
    TimedSteps steps(config);
    const std::int64_t batch = config.training.batch_sequences, length = config.training.train_length;
    std::vector<double> milliseconds;
    double total = 0;
    for (std::int64_t step = 0; total < timed_seconds || milliseconds.size() < least_steps; ++step) {
        const double seconds = steps.run();
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
                              {"device", device_name(steps.device())},
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
