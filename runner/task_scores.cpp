#include "runner/task_scores.hpp"

#include <algorithm>

#include <ATen/ATen.h>

#include "runner/agreement.hpp"
#include "runner/pulse.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

constexpr std::int64_t first_digit = '0', digit_count = 10;

/// Tokens of windows, rows of the logits that predict their answers, and the answers.
struct Asked {
    at::Tensor tokens_BT, rows_S, answers_S;
};

Asked ask(std::span<const TaskWindow> windows, at::Device device) {
    const auto length = static_cast<std::int64_t>(windows.front().tokens.size()) - 1;
    std::vector<std::int64_t> tokens, rows, answers;
    for (std::size_t b = 0; b < windows.size(); ++b) {
        const TaskWindow& window = windows[b];
        expects(std::ssize(window.tokens) == length + 1 && !window.answers.empty(), "task windows of a batch are equally long");
        tokens.insert(tokens.end(), window.tokens.begin(), window.tokens.end() - 1);
        for (const std::int64_t at : window.answers) {
            rows.push_back(static_cast<std::int64_t>(b) * length + at - 1);
            answers.push_back(window.tokens[static_cast<std::size_t>(at)]);
        }
    }
    const auto there = [&](const std::vector<std::int64_t>& values) { return at::tensor(values, at::kLong).to(device); };
    return {there(tokens).view({std::ssize(windows), length}), there(rows), there(answers)};
}

void score_batch(const Gpt& model, at::Device device, std::span<const TaskWindow> windows, const Placement& where, WindowScore* scores) {
    const Asked asked = ask(windows, device);
    const at::Tensor logits_SV = model.logits_at(asked.tokens_BT, asked.rows_S, where);
    const at::Tensor log_probability_SV = at::log_softmax(logits_SV, -1);
    const auto to_host = [](const at::Tensor& values) { return values.to(at::kCPU, at::kDouble).contiguous(); };
    const auto chosen = [&](const at::Tensor& table, const at::Tensor& index) { return to_host(table.gather(1, index.unsqueeze(1)).squeeze(1)); };
    const at::Tensor loss_S = chosen(log_probability_SV, asked.answers_S).neg();
    const at::Tensor right_S = to_host(logits_SV.argmax(-1).eq(asked.answers_S));
    at::Tensor digit_S = at::zeros_like(loss_S), right_digit_S = at::zeros_like(loss_S);
    if (logits_SV.size(1) >= first_digit + digit_count) {
        const at::Tensor digit = asked.answers_S - first_digit, is_digit = digit.ge(0).logical_and(digit.lt(digit_count));
        const at::Tensor digits_SK = logits_SV.narrow(1, first_digit, digit_count);
        digit_S = chosen(at::log_softmax(digits_SK, -1), digit.clamp(0, digit_count - 1)).mul(to_host(is_digit));
        right_digit_S = to_host(digits_SK.argmax(-1).eq(digit));
    }
    const double* loss = loss_S.const_data_ptr<double>();
    const double* right = right_S.const_data_ptr<double>();
    const double* digit_log_probability = digit_S.const_data_ptr<double>();
    const double* right_digit = right_digit_S.const_data_ptr<double>();
    std::size_t s = 0;
    for (std::size_t b = 0; b < windows.size(); ++b) {
        const auto count = static_cast<double>(windows[b].answers.size());
        WindowScore score{.exact = 1};
        for (std::size_t i = 0; i < windows[b].answers.size(); ++i, ++s) {
            score.loss += loss[s] / count;
            score.accuracy += right[s] / count;
            score.exact = std::min(score.exact, right[s]);
            score.digit_accuracy += right_digit[s] / count;
            score.digit_log_probability += digit_log_probability[s] / count;
        }
        scores[b] = score;
    }
}

/// Calls action(first window, number of windows) for this rank's batches.
template <class Action>
void for_batches(std::int64_t windows, std::int64_t rows, const Team* team, const Action& action) {
    for (std::int64_t begin = 0, turn = 0; begin < windows; begin += rows, ++turn) {
        if (team == nullptr || turn % team->width() == team->rank()) {
            action(begin, std::min(rows, windows - begin));
        }
    }
}

std::vector<WindowScore> score_some(const Gpt& model, at::Device device, std::span<const TaskWindow> windows, std::int64_t rows,
                                    const EvaluationPositions& positions, const Team* team) {
    std::vector<WindowScore> scores(windows.size());
    for_batches(std::ssize(windows), positions.drawn() ? 1 : rows, team, [&](std::int64_t begin, std::int64_t count) {
        const auto some = windows.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(count));
        score_batch(model, device, some, positions.at_pass(begin, std::ssize(some.front().tokens) - 1), scores.data() + begin);
        pulse(Pace::long_work);
    });
    return scores;
}

}  // namespace

std::vector<WindowScore> score_windows(const Gpt& model, at::Device device, std::span<const TaskWindow> windows, std::int64_t rows,
                                       const EvaluationPositions& positions) {
    return score_some(model, device, windows, rows, positions, nullptr);
}

std::vector<WindowScore> score_windows(const Gpt& model, at::Device device, std::span<const TaskWindow> windows, std::int64_t rows,
                                       const EvaluationPositions& positions, const Team& team) {
    std::vector<WindowScore> scores;
    together(team, [&] { scores = score_some(model, device, windows, rows, positions, &team); });
    static_assert(sizeof(WindowScore) == 5 * sizeof(double));
    all_reduce_sum(team.group, std::span(reinterpret_cast<double*>(scores.data()), 5 * scores.size()));
    return scores;
}

at::Tensor needle_loss(const Gpt& model, at::Device device, std::span<const TaskWindow> windows, const Placement& where) {
    const Asked asked = ask(windows, device);
    const at::Tensor logits_SV = where.sampled() ? model.logits(asked.tokens_BT, where).flatten(0, 1).index_select(0, asked.rows_S)
                                                 : model.logits_at(asked.tokens_BT, asked.rows_S);
    return at::cross_entropy_loss(logits_SV, asked.answers_S);
}

}  // namespace overtake
