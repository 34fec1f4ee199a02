#include "runner/search_windows.hpp"

#include <algorithm>

#include <ATen/core/grad_mode.h>

#include "runner/data/batch_sampler.hpp"
#include "runner/data/random_stream.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/position_schemes.hpp"

namespace overtake {

SearchWindows::SearchWindows(const StageWork& work, const TokenSource& source) {
    const TrialConfig& config = work.stage.config;
    const std::int64_t length = work.stage.context_length;
    const Options& options = config.extension->search->options;
    const TrainWindows places = source.train_windows(length);
    if (places.count() < 1) {
        throw IoError("cannot search on corpus '" + config.data.corpus + "' (it has no window of " + std::to_string(length + 1) +
                      " tokens); use more data, a smaller factor or a shorter train_length");
    }
    rows_ = std::max<std::int64_t>(1, config.training.batch_tokens() / config.training.shards / length);
    // Another stream than that of training, which is keyed by the trial's seed itself.
    const auto key = static_cast<std::int64_t>(mix_bits(static_cast<std::uint64_t>(integer_option(options, "search_seed")) + 0x5EA9C4) >> 1);
    for (const std::int64_t window : batch_windows(key, 0, integer_option(options, "search_windows"), places.count())) {
        const at::Tensor buffer = at::empty({1, length + 1}, at::kLong);
        const std::int64_t place = places.start(window);
        source.read_train(place, std::span(buffer.mutable_data_ptr<std::int64_t>(), static_cast<std::size_t>(length + 1)));
        windows_.push_back(split_windows(buffer, work.device));
        windows_.back().starts_BT = packed_starts(source, config.data, std::span(&place, 1), length);
    }
}

double SearchWindows::mean_loss(const Gpt& model) const {
    const at::NoGradGuard no_grad;
    double sum = 0;
    for (std::int64_t begin = 0; begin < count(); begin += rows_) {
        std::vector<at::Tensor> tokens, targets, starts;
        for (std::int64_t i = begin; i < std::min(count(), begin + rows_); ++i) {
            tokens.push_back(windows_[static_cast<std::size_t>(i)].tokens_BT);
            targets.push_back(windows_[static_cast<std::size_t>(i)].targets_BT);
            starts.push_back(windows_[static_cast<std::size_t>(i)].starts_BT);
        }
        const Batch batch{at::cat(tokens), at::cat(targets), starts.front().defined() ? at::cat(starts) : at::Tensor()};
        sum += model.loss(batch.tokens_BT, batch.targets_BT, batch.placement()).sum(at::kDouble).item<double>();
    }
    return sum / static_cast<double>(count() * windows_.front().tokens_BT.size(1));
}

at::Tensor SearchWindows::window_loss(const Gpt& model, std::int64_t window) const {
    const Batch& batch = windows_[static_cast<std::size_t>(window)];
    return model.loss(batch.tokens_BT, batch.targets_BT, batch.placement()).mean();
}

}  // namespace overtake
