#include "sweeps/scored_positions.hpp"

#include <algorithm>

#include "sweeps/counts.hpp"
#include "sweeps/evaluation_tasks.hpp"

namespace overtake {

std::vector<PositionRange> scored_positions(std::int64_t length, std::int64_t blocks, std::int64_t block) {
    std::vector<PositionRange> ranges;
    const auto add = [&](std::int64_t begin, std::int64_t end) {
        if (!ranges.empty() && ranges.back().end == begin) {
            ranges.back().end = end;
        } else {
            ranges.push_back({begin, end});
        }
    };
    for (std::int64_t begin = 0; begin < length;) {
        const std::int64_t end = std::min(length, std::max<std::int64_t>(1, 2 * begin)), width = end - begin;
        if (blocks == 0 || width <= blocks * block) {
            add(begin, end);
        } else {
            for (std::int64_t i = 0; i < blocks; ++i) {
                const std::int64_t middle = begin + (2 * i + 1) * width / (2 * blocks);
                add(middle - block / 2, middle - block / 2 + block);
            }
        }
        begin = end;
    }
    return ranges;
}

double blockwise_flops(const TrialConfig& config, std::int64_t length) {
    const ModelConfig& model = config.model;
    const auto width = static_cast<double>(model.width), n = static_cast<double>(length);
    const double mlp = (model.activation == Activation::swiglu ? 3 : 2) * width * static_cast<double>(model.mlp_width);
    const double logits = 4 * width;  // per query and visible key: a score and a weighted value
    const double below =
        static_cast<double>(model.layers - 1) * n * (2 * (4 * width * width + mlp) + logits * (n + 1) / 2);
    double scored = 0, seen = 0;
    for (const PositionRange& range :
         scored_positions(length, config.evaluation.scored_blocks, config.evaluation.scored_block)) {
        const auto count = static_cast<double>(range.end - range.begin);
        scored += count;
        seen += count * static_cast<double>(range.begin + range.end + 1) / 2;
    }
    const double last = n * 6 * width * width + scored * 2 * (width * width + mlp) + logits * seen;
    return below + last + scored * 2 * static_cast<double>(model.vocabulary) * width;
}

EvaluationCost evaluation_cost(const TrialConfig& config) {
    const EvaluationConfig& evaluation = config.evaluation;
    EvaluationCost cost;
    const auto add = [&](std::int64_t tokens, std::int64_t length) {
        cost.tokens += tokens;
        cost.flops += static_cast<double>(tokens) * forward_flops_per_token(config.model, config.position, length);
    };
    for (const std::int64_t length : config.possible_lengths()) {
        if (evaluation.is_blockwise(length)) {
            const std::int64_t windows = std::max<std::int64_t>(1, evaluation.tokens / length);
            cost.tokens += windows * length;
            cost.flops += static_cast<double>(windows) * blockwise_flops(config, length);
            continue;
        }
        add(evaluation.tokens / length * length, length);
        if (evaluation.sliding_stride > 0) {
            add(evaluation.tokens / evaluation.sliding_stride * length, length);
        }
        for (const std::string& task : evaluation.tasks) {
            add(task_windows(task, evaluation, length) * length, length);
        }
    }
    return cost;
}

}  // namespace overtake
