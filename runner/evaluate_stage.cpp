// Held-out loss of a trained state at every evaluation length and by position, and its tasks, with or without an extension.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <optional>

#include <ATen/core/grad_mode.h>

#include "runner/agreement.hpp"
#include "runner/batch.hpp"
#include "runner/evaluation_positions.hpp"
#include "runner/extended_model.hpp"
#include "runner/long_windows.hpp"
#include "runner/measure_structure.hpp"
#include "runner/measure_tasks.hpp"
#include "runner/position_bins.hpp"
#include "runner/pulse.hpp"
#include "runner/records.hpp"
#include "runner/stage_work.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/unfit_data.hpp"

namespace overtake {

namespace {

/// Some of the windows as int64 [count, length + 1] on the host.
at::Tensor read_windows(const TokenSource& source, std::span<const HeldoutWindow> windows, std::int64_t length) {
    const at::Tensor buffer = at::empty({std::ssize(windows), length + 1}, at::kLong);
    auto* data = buffer.mutable_data_ptr<std::int64_t>();
    for (const HeldoutWindow& window : windows) {
        source.read_heldout(window.block, window.offset, std::span(data, static_cast<std::size_t>(length + 1)));
        data += length + 1;
    }
    return buffer;
}

/// Loss of every target, [windows * length] in nats, on all ranks of the team: batches are dealt out in turn, and the sum over
/// ranks adds zeros to each number, so its bits depend on no width.
std::vector<double> target_losses(const StageWork& work, const TokenSource& source, const Gpt& model, std::int64_t length) {
    const TrialConfig& config = work.stage.config;
    const std::vector<HeldoutWindow> windows =
        source.evaluation_windows(length, config.evaluation.tokens, config.evaluation.windows);
    const auto count = static_cast<std::int64_t>(windows.size());
    const std::int64_t rows = std::max<std::int64_t>(1, config.training.batch_tokens() / config.training.shards / length);
    const EvaluationPositions positions(config);
    std::vector<double> losses(static_cast<std::size_t>(count * length), 0.0);
    together(work.team, [&] {
        for (std::int64_t begin = 0, turn = 0; begin < count; begin += rows, ++turn) {
            if (turn % work.team.width() != work.team.rank()) {
                continue;
            }
            const std::int64_t here = std::min(rows, count - begin);
            const auto some = std::span(windows).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(here));
            std::vector<std::int64_t> places;
            for (const HeldoutWindow& window : some) {
                places.push_back(source.place_of(window));
            }
            Batch batch = split_windows(read_windows(source, some, length), work.device);
            batch.starts_BT = packed_starts(source, config.data, places, length);
            const Placement where = positions.at_pass(turn, length, batch.placement());
            const at::Tensor loss = model.loss(batch.tokens_BT, batch.targets_BT, where).to(at::kCPU, at::kDouble).contiguous();
            std::copy_n(loss.const_data_ptr<double>(), here * length, losses.begin() + begin * length);
            pulse(Pace::long_work);
        }
    });
    all_reduce_sum(work.team.group, std::span(losses));
    return losses;
}

bool asks_for(const TrialConfig& config, const std::string& task) {
    const std::vector<std::string>& tasks = config.evaluation.tasks;
    return std::find(tasks.begin(), tasks.end(), task) != tasks.end();
}

std::vector<double> window_means(const std::vector<double>& losses, std::int64_t length) {
    std::vector<double> means;
    for (auto window = losses.begin(); window != losses.end(); window += length) {
        means.push_back(std::accumulate(window, window + length, 0.0) / static_cast<double>(length));
    }
    return means;
}

/// A few held-out windows, spread over the corpus: 16, or fewer long ones.
LookedAt text_to_look_at(const StageWork& work, const TokenSource& source, std::int64_t length) {
    constexpr std::int64_t most_windows = 16, fewest = 2, tokens = 16384;
    const TrialConfig& config = work.stage.config;
    const std::int64_t count = std::clamp(tokens / length, fewest, most_windows);
    const std::vector<HeldoutWindow> windows = source.evaluation_windows(length, count * length, config.evaluation.windows);
    if (windows.empty()) {
        return {};
    }
    std::vector<std::int64_t> places;
    for (const HeldoutWindow& window : windows) {
        places.push_back(source.place_of(window));
    }
    return {split_windows(read_windows(source, windows, length), work.device).tokens_BT, packed_starts(source, config.data, places, length)};
}

/// The trained model of the parent stage, extended where the stage says so. Throws IoError.
Gpt load_trained(const StageWork& work) {
    ExtendedModel made = make_model(work);
    Arena(made.model, work.device).load_weights(read_parent_state(work), made.added);
    return std::move(made.model);
}

Evaluation summarise(const std::vector<double>& losses, std::int64_t length, std::int64_t train_length) {
    const auto windows = static_cast<std::int64_t>(losses.size()) / length;
    Evaluation evaluation;
    evaluation.context_length = length;
    evaluation.tokens = windows * length;
    std::vector<double> by_position(static_cast<std::size_t>(length), 0.0);
    double sum = 0, sum_of_squares = 0;
    for (std::int64_t window = 0; window < windows; ++window) {
        double window_sum = 0;
        for (std::int64_t position = 0; position < length; ++position) {
            const double loss = losses[static_cast<std::size_t>(window * length + position)];
            by_position[static_cast<std::size_t>(position)] += loss;
            window_sum += loss;
        }
        const double mean = window_sum / static_cast<double>(length);
        sum += mean;
        sum_of_squares += mean * mean;
    }
    const auto n = static_cast<double>(windows);
    evaluation.loss = sum / n;
    const double variance = windows > 1 ? std::max(0.0, (sum_of_squares - sum * sum / n) / (n - 1)) : 0.0;
    evaluation.standard_error = std::sqrt(variance / n);

    double beyond = 0;
    for (std::int64_t position = train_length; position < length; ++position) {
        beyond += by_position[static_cast<std::size_t>(position)];
    }
    evaluation.loss_beyond_train = length > train_length ? beyond / (n * static_cast<double>(length - train_length))
                                                         : std::numeric_limits<double>::quiet_NaN();
    evaluation.position_begin = position_bins(length, train_length);
    for (std::size_t bin = 0; bin < evaluation.position_begin.size(); ++bin) {
        const std::int64_t begin = evaluation.position_begin[bin];
        const std::int64_t end = bin + 1 < evaluation.position_begin.size() ? evaluation.position_begin[bin + 1] : length;
        double total = 0;
        for (std::int64_t position = begin; position < end; ++position) {
            total += by_position[static_cast<std::size_t>(position)];
        }
        evaluation.position_loss.push_back(total / (n * static_cast<double>(end - begin)));
    }
    return evaluation;
}

}  // namespace

StageResult evaluate_stage(const StageWork& work, const TokenSource& source) {
    const auto start = std::chrono::steady_clock::now();
    const at::NoGradGuard no_grad;
    const TrialConfig& config = work.stage.config;
    std::optional<Gpt> model;
    together(work.team, [&] { model.emplace(load_trained(work)); });

    std::vector<Evaluation> evaluations;
    std::vector<TaskResult> tasks;
    std::vector<StructureSeries> structure;
    std::int64_t tokens = 0;
    bool finite = true;
    for (const std::int64_t length : config.possible_lengths()) {
        if (length > model->longest_context()) {
            continue;  // the scheme has no answer there, and the results file says so by leaving the length out
        }
        if (config.evaluation.is_blockwise(length)) {
            evaluations.push_back(blockwise_evaluation(work, source, *model, length));
        } else {
            const std::vector<double> losses = target_losses(work, source, *model, length);
            if (losses.empty()) {
                throw UnfitData("cannot evaluate at context length " + std::to_string(length) + " (a held-out block has only " +
                              std::to_string(source.heldout_block_tokens()) + " tokens); shorten evaluation.lengths");
            }
            evaluations.push_back(summarise(losses, length, config.training.train_length));
            if (config.evaluation.sliding_stride > 0) {
                tasks.push_back(sliding_loss(work, source, *model, length));
            }
            std::ranges::move(measure_tasks(work, source, *model, length), std::back_inserter(tasks));
            if (length == config.training.train_length && asks_for(config, "structure")) {
                const StructureText text{.losses = [&] { return window_means(target_losses(work, source, *model, length), length); },
                                         .look = text_to_look_at(work, source, length),
                                         .drawn = EvaluationPositions(config).drawn()};
                LearnedStructure learned = measure_structure(*model, config.model, length, text);
                std::ranges::move(learned.rows, std::back_inserter(tasks));
                structure = std::move(learned.series);
            }
        }
        tokens += evaluations.back().tokens;
        finite = finite && std::isfinite(evaluations.back().loss);
        if (work.report && work.team.rank() == 0) {
            const double so_far = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
            work.report(work.stage.end_step, static_cast<double>(tokens) / std::max(so_far, 1e-9));
        }
    }

    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    StageResult result{finite ? StageOutcome::done : StageOutcome::diverged, work.stage.end_step, seconds,
                       finite ? "" : "the held-out loss is not finite"};
    if (work.team.rank() == 0) {
        StageRecord record = begin_record(work, result, seconds);
        record.evaluations = std::move(evaluations);
        record.task_results = std::move(tasks);
        record.structure = std::move(structure);
        record.provenance.tokens_per_second = static_cast<double>(tokens) / std::max(seconds, 1e-9);
        keep_record(work, record);
    }
    return result;
}

}  // namespace overtake
