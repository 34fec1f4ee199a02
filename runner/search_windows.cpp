#include "runner/search_windows.hpp"

#include <algorithm>

#include <ATen/core/grad_mode.h>

#include "models/position/sampler.hpp"
#include "runner/data/batch_sampler.hpp"
#include "runner/data/random_stream.hpp"
#include "runner/pulse.hpp"
#include "runner/task_scores.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/position_rules.hpp"
#include "sweeps/position_schemes.hpp"
#include "sweeps/unfit_data.hpp"

namespace overtake {

namespace {

/// The window's text with a needle in it.
TaskWindow with_needle(const Batch& window, double depth, RandomStream& random) {
    const at::Tensor text = window.tokens_BT.to(at::kCPU).contiguous();
    const std::span<const std::int64_t> filler(text.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(text.numel()));
    std::optional<TaskWindow> asked = needle_window(recall_needle(random), filler, text.numel(), depth);
    expects(asked.has_value(), "rules of a trial leave a needle room");
    return std::move(*asked);
}

}  // namespace

SearchWindows::SearchWindows(const StageWork& work, const TokenSource& source) : device_(work.device) {
    const TrialConfig& config = work.stage.config;
    const std::int64_t length = work.stage.context_length;
    const Options& options = config.extension->search->options;
    const TrainWindows places = source.train_windows(length);
    if (places.count() < 1) {
        throw UnfitData("cannot search on corpus '" + config.data.corpus + "' (it has no window of " + std::to_string(length + 1) +
                      " tokens); use more data, a smaller factor or a shorter train_length");
    }
    const bool drawn = draws_in_evaluation(config.position), needles = string_option(options, "search_objective") == "needle";
    // Windows of one pass stand alike, so that each has a pass of its own where each has a draw.
    rows_ = drawn ? 1 : std::max<std::int64_t>(1, config.training.batch_tokens() / config.training.shards / length);
    const std::int64_t wanted = integer_option(options, "search_windows");
    // Another stream than that of training, which is keyed by the trial's seed itself.
    const auto key = static_cast<std::int64_t>(mix_bits(static_cast<std::uint64_t>(integer_option(options, "search_seed")) + 0x5EA9C4) >> 1);
    RandomStream random(mix_bits(static_cast<std::uint64_t>(key) + 1));
    for (const std::int64_t window : batch_windows(key, 0, wanted, places.count())) {
        const at::Tensor buffer = at::empty({1, length + 1}, at::kLong);
        const std::int64_t place = places.start(window);
        source.read_train(place, std::span(buffer.mutable_data_ptr<std::int64_t>(), static_cast<std::size_t>(length + 1)));
        const std::int64_t index = count();
        windows_.push_back(split_windows(buffer, work.device));
        windows_.back().starts_BT = packed_starts(source, config.data, std::span(&place, 1), length);
        if (needles) {
            const double depth = wanted > 1 ? static_cast<double>(index) / static_cast<double>(wanted - 1) : 0;
            needles_.push_back(with_needle(windows_.back(), depth, random));
        }
        if (drawn) {
            positions_.push_back(sampled_positions(*config.position.sampler, length, key, index));
        }
    }
}

/// A window with a needle is one document, as in the tasks.
Placement SearchWindows::placement(std::int64_t window) const {
    const auto i = static_cast<std::size_t>(window);
    Placement where = needles_.empty() ? windows_[i].placement() : Placement{windows_[i].tokens_BT.size(1), {}, {}};
    if (!positions_.empty()) {
        where.positions_T = positions_[i];
    }
    return where;
}

Batch SearchWindows::joined(std::int64_t begin, std::int64_t end) const {
    std::vector<at::Tensor> tokens, targets, starts;
    for (std::int64_t i = begin; i < end; ++i) {
        tokens.push_back(windows_[static_cast<std::size_t>(i)].tokens_BT);
        targets.push_back(windows_[static_cast<std::size_t>(i)].targets_BT);
        starts.push_back(windows_[static_cast<std::size_t>(i)].starts_BT);
    }
    return {at::cat(tokens), at::cat(targets), starts.front().defined() ? at::cat(starts) : at::Tensor()};
}

double SearchWindows::mean_loss(const Gpt& model) const {
    const at::NoGradGuard no_grad;
    double sum = 0;  // over targets, or over windows of needles, which have equally many answers
    for (std::int64_t begin = 0; begin < count(); begin += rows_) {
        const std::int64_t end = std::min(count(), begin + rows_);
        pulse(Pace::long_work);
        if (!needles_.empty()) {
            const auto here = std::span(needles_).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
            sum += static_cast<double>(end - begin) * needle_loss(model, device_, here, placement(begin)).item<double>();
            continue;
        }
        const Batch batch = joined(begin, end);
        Placement where = batch.placement();
        where.positions_T = placement(begin).positions_T;
        sum += model.loss(batch.tokens_BT, batch.targets_BT, where).sum(at::kDouble).item<double>();
    }
    return sum / static_cast<double>(needles_.empty() ? count() * windows_.front().tokens_BT.size(1) : count());
}

at::Tensor SearchWindows::window_loss(const Gpt& model, std::int64_t window) const {
    pulse(Pace::long_work);
    const auto i = static_cast<std::size_t>(window);
    return needles_.empty() ? model.loss(windows_[i].tokens_BT, windows_[i].targets_BT, placement(window)).mean()
                            : needle_loss(model, device_, std::span(needles_).subspan(i, 1), placement(window));
}

}  // namespace overtake
