// What a model says at the answers of task windows, with a team's ranks sharing the work.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/gpt.hpp"
#include "runner/evaluation_positions.hpp"
#include "runner/gradient_sum.hpp"
#include "runner/task_windows.hpp"

namespace overtake {

/// Means over the answers of one window, each predicted after the right tokens before it.
struct WindowScore {
    double loss = 0;                   // [nats per answer token]
    double accuracy = 0;               // share of answers that are the likeliest token
    double exact = 0;                  // 1 if all are: then greedy decoding would say them
    double digit_accuracy = 0;         // share that is the likeliest of the ten digits
    double digit_log_probability = 0;  // [nats], normalised over the ten digits
};

/// Scores of windows of one length on this rank, `rows` windows at a time, or one where positions are drawn: window i then stands at
/// the i-th draw. The digits' scores are of answers that are digits in bytes, 0 for others.
std::vector<WindowScore> score_windows(const Gpt& model, at::Device device, std::span<const TaskWindow> windows, std::int64_t rows,
                                       const EvaluationPositions& positions = {});

/// The same, dealt over the ranks of a team; every rank must call and gets all, in the same bits for every width.
std::vector<WindowScore> score_windows(const Gpt& model, at::Device device, std::span<const TaskWindow> windows, std::int64_t rows,
                                       const EvaluationPositions& positions, const Team& team);

/// Mean answer loss of windows of one length [nats per answer token], for objectives of a search. With grad if it is enabled: then
/// the tensor carries it. They are one document each, at the positions of `where` (its length may be left 0) if it has any.
at::Tensor needle_loss(const Gpt& model, at::Device device, std::span<const TaskWindow> windows, const Placement& where = {});

}  // namespace overtake
