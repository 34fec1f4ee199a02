#include "runner/measure_tasks.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "runner/data/random_stream.hpp"
#include "runner/task_rows.hpp"
#include "runner/task_scores.hpp"
#include "runner/task_windows.hpp"
#include "sweeps/counts.hpp"
#include "sweeps/evaluation_tasks.hpp"

namespace overtake {

namespace {

constexpr std::int64_t chunk = 64;  // bytes that BM25 retrieves at a time

class Measure {
  public:
    Measure(const StageWork& work, const TokenSource& source, const Gpt& model, std::int64_t length)
        : work_(work), source_(source), model_(model), config_(work.stage.config), length_(length) {}

    void run(const std::string& task) {
        if (task == "passkey" || task == "needle") {
            needles(task);
        } else if (task == "copy") {
            windows_of(task, (length_ + 1) / 2, [&](RandomStream& random) { return copy_window(length_, alphabet(), random); });
        } else if (task == "induction") {
            for (const std::int64_t lag : induction_lags(length_)) {
                windows_of(task, lag, [&](RandomStream& random) { return induction_window(length_, lag, alphabet(), random); });
            }
        } else if (task == "recall") {
            const std::int64_t pairs = recall_pairs(length_, alphabet().size());
            if (pairs > 0) {
                windows_of(task, length_ + 1 - 2 * pairs, [&](RandomStream& random) { return recall_window(length_, pairs, alphabet(), random); });
            }
        } else if (task == "context-gain") {
            context_gain();
        } else if (task == "retrieval") {
            retrieval();
        }
    }

    std::vector<TaskResult> rows;

  private:
    using Scores = std::vector<WindowScore>;

    std::vector<double> column(const Scores& scores, double WindowScore::*member) const {
        std::vector<double> values;
        for (const WindowScore& score : scores) {
            values.push_back(score.*member);
        }
        return values;
    }

    Scores score(std::span<const TaskWindow> windows) const {
        const auto length = static_cast<std::int64_t>(windows.front().tokens.size()) - 1;
        const std::int64_t rows_at_once = std::max<std::int64_t>(1, config_.training.batch_tokens() / config_.training.shards / length);
        return score_windows(model_, work_.device, windows, rows_at_once, EvaluationPositions(config_), work_.team);
    }

    /// A stream for one cell of one task.
    RandomStream stream(const std::string& task, std::int64_t cell) const {
        std::uint64_t seed = mix_bits(static_cast<std::uint64_t>(length_)) ^ static_cast<std::uint64_t>(cell);
        for (const char c : task) {
            seed = mix_bits(seed ^ static_cast<unsigned char>(c));
        }
        return RandomStream(seed);
    }

    /// Tokens that occur in the first held-out windows, ascending: random tokens are drawn from those that a model has seen.
    const std::vector<std::int64_t>& alphabet() {
        if (alphabet_.empty()) {
            std::vector<bool> seen(static_cast<std::size_t>(config_.model.vocabulary), false);
            for (const std::vector<std::int64_t>& text : texts(64)) {
                for (const std::int64_t token : text) {
                    seen[static_cast<std::size_t>(token)] = true;
                }
            }
            for (std::int64_t token = 0; token < config_.model.vocabulary; ++token) {
                if (seen[static_cast<std::size_t>(token)]) {
                    alphabet_.push_back(token);
                }
            }
        }
        return alphabet_;
    }

    /// Held-out windows of length_ + 1 tokens, spread over the corpus; at most `count`.
    std::vector<std::vector<std::int64_t>> texts(std::int64_t count) const {
        std::vector<std::vector<std::int64_t>> read;
        for (const HeldoutWindow& window : source_.evaluation_windows(length_, count * length_, config_.evaluation.windows)) {
            read.emplace_back(static_cast<std::size_t>(length_ + 1));
            source_.read_heldout(window.block, window.offset, read.back());
        }
        return read;
    }

    template <class Make>
    void windows_of(const std::string& task, std::int64_t lag, const Make& make) {
        RandomStream random = stream(task, lag);
        std::vector<TaskWindow> windows;
        for (std::int64_t i = 0; i < config_.evaluation.task_samples; ++i) {
            windows.push_back(make(random));
        }
        const Scores scores = score(windows);
        const TaskCell cell{.task = task, .context_length = length_, .lag = lag};
        rows.push_back(task_row(cell, "accuracy", column(scores, &WindowScore::accuracy)));
        rows.push_back(task_row(cell, "loss", column(scores, &WindowScore::loss)));
    }

    struct Asked {
        Needle needle;
        TaskWindow window;
    };

    /// Windows with a needle at one depth; empty if there is no room for it.
    std::vector<Asked> needles_at(const std::string& task, double depth) const {
        // Needles depend on the sample, not on the depth, so that depths compare on the same text.
        RandomStream random = stream(task, 0);
        const std::vector<std::vector<std::int64_t>> haystacks =
            task == "passkey" ? std::vector<std::vector<std::int64_t>>{passkey_filler()} : texts(config_.evaluation.task_samples);
        std::vector<Asked> asked;
        for (std::int64_t i = 0; i < config_.evaluation.task_samples; ++i) {
            const Needle needle = task == "passkey" ? passkey_needle(random) : recall_needle(random);
            const std::vector<std::int64_t>& filler = haystacks[static_cast<std::size_t>(i % std::ssize(haystacks))];
            if (std::optional<TaskWindow> window = needle_window(needle, filler, length_, depth)) {
                asked.push_back({needle, std::move(*window)});
            }
        }
        return asked;
    }

    static std::vector<TaskWindow> windows_in(const std::vector<Asked>& asked) {
        std::vector<TaskWindow> windows;
        for (const Asked& one : asked) {
            windows.push_back(one.window);
        }
        return windows;
    }

    void needles(const std::string& task) {
        for (const double depth : config_.evaluation.task_depths) {
            const std::vector<TaskWindow> windows = windows_in(needles_at(task, depth));
            if (windows.empty()) {
                return;
            }
            const Scores scores = score(windows);
            const TaskCell cell{.task = task, .context_length = length_, .depth = depth};
            rows.push_back(task_row(cell, "exact-match", column(scores, &WindowScore::exact)));
            rows.push_back(task_row(cell, "answer-loss", column(scores, &WindowScore::loss)));
            rows.push_back(task_row(cell, "digit-accuracy", column(scores, &WindowScore::digit_accuracy)));
            rows.push_back(task_row(cell, "digit-log-probability", column(scores, &WindowScore::digit_log_probability)));
        }
    }

    /// The last half train length of targets of each window, with all of it before them and with its last train length.
    void context_gain() {
        const std::int64_t train_length = config_.training.train_length, scored = train_length / 2;
        if (length_ <= train_length) {
            return;
        }
        std::vector<TaskWindow> whole, last;
        for (std::vector<std::int64_t>& text : texts(config_.evaluation.task_samples)) {
            TaskWindow window{.tokens = {text.end() - train_length - 1, text.end()}, .answers = {}};
            TaskWindow full{.tokens = std::move(text), .answers = {}};
            for (std::int64_t i = scored; i > 0; --i) {
                window.answers.push_back(train_length + 1 - i);
                full.answers.push_back(length_ + 1 - i);
            }
            last.push_back(std::move(window));
            whole.push_back(std::move(full));
        }
        const std::vector<double> with_all = column(score(whole), &WindowScore::loss), with_last = column(score(last), &WindowScore::loss);
        std::vector<double> gain;
        for (std::size_t i = 0; i < with_all.size(); ++i) {
            gain.push_back(with_last[i] - with_all[i]);
        }
        const TaskCell cell{.task = "context-gain", .context_length = length_};
        rows.push_back(task_row(cell, "whole-context-loss", with_all));
        rows.push_back(task_row(cell, "train-context-loss", with_last));
        rows.push_back(task_row(cell, "gain", gain));
    }

    /// Log-probability of the whole answer.
    static double answer_log_probability(const TaskWindow& window, const WindowScore& score) {
        return -score.loss * static_cast<double>(window.answers.size());
    }

    /// The needle's answer from the whole window; from one read of T tokens that BM25 chose; and from as many reads as cost what the
    /// whole window costs, mixed by the softmax of their scores (Lewis et al. 2020, arXiv:2005.11401, RAG-Sequence).
    void retrieval() {
        const std::int64_t train_length = config_.training.train_length;
        const std::int64_t behind = 18, per_read = (train_length + 1 - behind) / chunk, read_length = per_read * chunk + behind - 1;
        if (per_read < 1 || length_ <= train_length) {
            return;
        }
        const auto flops = [&](std::int64_t length) {
            return static_cast<double>(length) * forward_flops_per_token(config_.model, config_.position, length);
        };
        const auto reads = static_cast<std::int64_t>(flops(length_) / flops(read_length));
        for (const double depth : config_.evaluation.task_depths) {
            const std::vector<Asked> asked = needles_at("retrieval", depth);
            if (asked.empty()) {
                return;
            }
            const Scores whole = score(windows_in(asked));
            std::vector<TaskWindow> windows;
            std::vector<std::vector<double>> weights;
            for (const Asked& one : asked) {
                weights.emplace_back();
                for (RetrievedWindow& found : retrieve_windows(one.window, one.needle, chunk, per_read, reads)) {
                    weights.back().push_back(found.score);
                    windows.push_back(std::move(found.window));
                }
            }
            const Scores retrieved = score(windows);
            std::vector<double> once, mixed, used;
            std::size_t next = 0;
            for (std::size_t i = 0; i < asked.size(); ++i) {
                const double answers = static_cast<double>(asked[i].window.answers.size()), best = weights[i].front();
                double total = 0, probability = 0;
                once.push_back(retrieved[next].loss);
                for (const double weight : weights[i]) {
                    total += std::exp(weight - best);
                    probability += std::exp(weight - best + answer_log_probability(windows[next], retrieved[next]));
                    ++next;
                }
                mixed.push_back(-std::log(probability / total) / answers);
                used.push_back(static_cast<double>(weights[i].size()));
            }
            const TaskCell cell{.task = "retrieval", .context_length = length_, .depth = depth};
            const auto samples = std::ssize(asked);
            const double mean_used = std::accumulate(used.begin(), used.end(), 0.0) / static_cast<double>(samples);
            rows.push_back(task_row(cell, "whole-context-loss", column(whole, &WindowScore::loss)));
            rows.push_back(task_row(cell, "one-read-loss", once));
            rows.push_back(task_row(cell, "equal-flops-loss", mixed));
            rows.push_back(task_number(cell, "whole-context-flops", flops(length_), samples));
            rows.push_back(task_number(cell, "one-read-flops", flops(read_length), samples));
            rows.push_back(task_number(cell, "equal-flops-flops", mean_used * flops(read_length), samples));
            rows.push_back(task_number(cell, "equal-flops-reads", mean_used, samples));
        }
    }

    const StageWork& work_;
    const TokenSource& source_;
    const Gpt& model_;
    const TrialConfig& config_;
    std::int64_t length_;
    std::vector<std::int64_t> alphabet_;
};

}  // namespace

std::vector<TaskResult> measure_tasks(const StageWork& work, const TokenSource& source, const Gpt& model, std::int64_t length) {
    Measure measure(work, source, model, length);
    for (const std::string& task : work.stage.config.evaluation.tasks) {
        measure.run(task);
    }
    return std::move(measure.rows);
}

}  // namespace overtake
