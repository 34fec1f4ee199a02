#include "runner/long_windows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <ATen/ATen.h>

#include "runner/agreement.hpp"
#include "runner/batch.hpp"
#include "runner/evaluation_positions.hpp"
#include "runner/position_bins.hpp"
#include "runner/pulse.hpp"
#include "runner/task_rows.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/unfit_data.hpp"

namespace overtake {

namespace {

constexpr std::int64_t joined_run = 1024;

at::Tensor read_window(const TokenSource& source, const HeldoutWindow& window, std::int64_t tokens) {
    const at::Tensor buffer = at::empty({tokens}, at::kLong);
    source.read_heldout(window.block, window.offset, std::span(buffer.mutable_data_ptr<std::int64_t>(), static_cast<std::size_t>(tokens)));
    return buffer;
}

/// Windows of `length` + 1 held-out tokens, each as runs of tokens to be joined.
std::vector<std::vector<HeldoutWindow>> long_windows(const TokenSource& source, std::int64_t length, std::int64_t tokens) {
    std::vector<std::vector<HeldoutWindow>> windows;
    if (length < source.heldout_block_tokens()) {
        for (const HeldoutWindow& window : source.evaluation_windows(length, std::max(length, tokens))) {
            windows.push_back({window});
        }
        return windows;
    }
    const std::vector<HeldoutWindow> runs = source.evaluation_windows(joined_run, std::numeric_limits<std::int64_t>::max());
    const std::int64_t per_window = (length + 1 + joined_run - 1) / joined_run, available = std::ssize(runs) / per_window;
    if (available == 0) {
        throw UnfitData("cannot evaluate at length " + std::to_string(length) + " (all held-out blocks joined have " +
                      std::to_string(std::ssize(runs) * joined_run) + " tokens); shorten evaluation.lengths or use a larger corpus");
    }
    const std::int64_t count = std::clamp<std::int64_t>(tokens / length, 1, available);
    for (std::int64_t i = 0; i < count; ++i) {
        const auto first = runs.begin() + i * available / count * per_window;
        windows.emplace_back(first, first + per_window);
    }
    return windows;
}

at::Tensor read_runs(const TokenSource& source, const std::vector<HeldoutWindow>& runs, std::int64_t length) {
    if (runs.size() == 1) {
        return read_window(source, runs.front(), length + 1);
    }
    std::vector<at::Tensor> parts;
    for (const HeldoutWindow& run : runs) {
        parts.push_back(read_window(source, run, joined_run));
    }
    return at::cat(parts).narrow(0, 0, length + 1).contiguous();
}

}  // namespace

TaskResult sliding_loss(const StageWork& work, const TokenSource& source, const Gpt& model, std::int64_t length) {
    const TrialConfig& config = work.stage.config;
    const std::int64_t stride = config.evaluation.sliding_stride;
    const std::int64_t stretch = 2 * length < source.heldout_block_tokens() ? 2 * length : length;
    const std::int64_t slides = (stretch - length) / stride + 1;
    const std::int64_t wanted = std::max<std::int64_t>(1, config.evaluation.tokens / (slides * stride));
    const std::vector<HeldoutWindow> stretches = source.evaluation_windows(stretch, wanted * stretch);
    const EvaluationPositions positions(config);
    std::vector<double> losses(stretches.size(), 0.0);
    together(work.team, [&] {
        for (std::size_t i = 0; i < stretches.size(); ++i) {
            if (static_cast<int>(i) % work.team.width() != work.team.rank()) {
                continue;
            }
            const at::Tensor tokens_1 = read_window(source, stretches[i], stretch + 1);
            double sum = 0;
            for (std::int64_t slide = 0; slide < slides; ++slide) {
                const Batch batch = split_windows(tokens_1.narrow(0, slide * stride, length + 1).unsqueeze(0), work.device);
                const Placement where = positions.at_pass(static_cast<std::int64_t>(i) * slides + slide, length);
                sum += model.loss(batch.tokens_BT, batch.targets_BT, where).narrow(1, length - stride, stride).to(at::kCPU, at::kDouble).mean().item<double>();
                pulse(Pace::long_work);
            }
            losses[i] = sum / static_cast<double>(slides);
        }
    });
    all_reduce_sum(work.team.group, std::span(losses));
    return task_row({"sliding-window", length, no_depth, stride}, "loss", losses);
}

Evaluation summarise_scored(const std::vector<double>& losses, std::int64_t windows, std::span<const PositionRange> scored,
                            std::int64_t length, std::int64_t train_length, std::int64_t scored_block) {
    struct Bin {
        double sum = 0, targets = 0, blocks = 0, block_sum = 0, block_squares = 0;
    };
    Evaluation evaluation;
    evaluation.context_length = length;
    evaluation.tokens = std::ssize(losses);
    evaluation.position_begin = position_bins(length, train_length);
    const std::vector<std::int64_t>& begins = evaluation.position_begin;
    std::vector<Bin> bins(begins.size());
    const auto bin_of = [&](std::int64_t position) {
        return static_cast<std::size_t>(std::upper_bound(begins.begin(), begins.end(), position) - begins.begin() - 1);
    };
    std::size_t next = 0;
    for (std::int64_t window = 0; window < windows; ++window) {
        for (const PositionRange& range : scored) {
            for (std::int64_t at = range.begin; at < range.end;) {
                Bin& bin = bins[bin_of(at)];
                const std::int64_t bin_end = bin_of(at) + 1 < begins.size() ? begins[bin_of(at) + 1] : length;
                const std::int64_t end = std::min({range.end, at + scored_block, bin_end});
                double sum = 0;
                for (std::int64_t position = at; position < end; ++position) {
                    sum += losses[next++];
                }
                const double mean = sum / static_cast<double>(end - at);
                bin.sum += sum;
                bin.targets += static_cast<double>(end - at);
                bin.blocks += 1;
                bin.block_sum += mean;
                bin.block_squares += mean * mean;
                at = end;
            }
        }
    }
    expects(next == losses.size(), "every scored position has a loss");
    double whole = 0, width_of_all = 0, variance = 0, beyond = 0, width_beyond = 0;
    for (std::size_t i = 0; i < bins.size(); ++i) {
        const Bin& bin = bins[i];
        const auto width = static_cast<double>((i + 1 < bins.size() ? begins[i + 1] : length) - begins[i]);
        const double mean = bin.targets > 0 ? bin.sum / bin.targets : std::numeric_limits<double>::quiet_NaN();
        evaluation.position_loss.push_back(mean);
        if (!(bin.targets > 0)) {
            continue;
        }
        whole += width * mean;
        width_of_all += width;
        if (begins[i] >= train_length) {
            beyond += width * mean;
            width_beyond += width;
        }
        if (bin.blocks > 1) {
            const double spread = (bin.block_squares - bin.block_sum * bin.block_sum / bin.blocks) / (bin.blocks - 1);
            variance += width * width * std::max(0.0, spread) / bin.blocks;
        }
    }
    evaluation.loss = whole / width_of_all;
    evaluation.standard_error = std::sqrt(variance) / width_of_all;
    evaluation.loss_beyond_train = width_beyond > 0 ? beyond / width_beyond : std::numeric_limits<double>::quiet_NaN();
    return evaluation;
}

Evaluation blockwise_evaluation(const StageWork& work, const TokenSource& source, const Gpt& model, std::int64_t length) {
    const TrialConfig& config = work.stage.config;
    const std::vector<PositionRange> scored = scored_positions(length, config.evaluation.scored_blocks, config.evaluation.scored_block);
    std::int64_t per_window = 0;
    for (const PositionRange& range : scored) {
        per_window += range.end - range.begin;
    }
    const std::vector<std::vector<HeldoutWindow>> windows = long_windows(source, length, config.evaluation.tokens);
    const EvaluationPositions positions(config);
    std::vector<double> losses(windows.size() * static_cast<std::size_t>(per_window), 0.0);
    together(work.team, [&] {
        for (std::size_t i = 0; i < windows.size(); ++i) {
            if (static_cast<int>(i) % work.team.width() != work.team.rank()) {
                continue;
            }
            const at::Tensor positions_T = positions.at_pass(static_cast<std::int64_t>(i), length).positions_T;
            const at::Tensor loss =
                model.blockwise_loss(read_runs(source, windows[i], length), scored, 256, positions_T).to(at::kDouble).contiguous();
            std::copy_n(loss.const_data_ptr<double>(), per_window, losses.begin() + static_cast<std::ptrdiff_t>(i) * per_window);
            pulse(Pace::long_work);
        }
    });
    all_reduce_sum(work.team.group, std::span(losses));
    return summarise_scored(losses, std::ssize(windows), scored, length, config.training.train_length, config.evaluation.scored_block);
}

}  // namespace overtake
