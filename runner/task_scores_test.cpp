#include "runner/task_scores.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "models/position/sampler.hpp"
#include "runner/task_rows.hpp"
#include "sweeps/position_schemes.hpp"

namespace overtake {
namespace {

Gpt tiny() {
    std::vector<Problem> problems;
    const PositionConfig rope{"rope", complete_options(*find_position_scheme("rope"), {}, "test", problems)};
    return Gpt({.layers = 1, .width = 16, .heads = 2, .mlp_width = 24, .vocabulary = 64}, rope, 8, 3, Precision::fp32, at::kCPU);
}

TEST(TaskScores, AreThoseOfTheLogits) {
    const at::NoGradGuard no_grad;
    const Gpt gpt = tiny();
    const std::vector<TaskWindow> windows{{{1, 2, 3, 4, '7'}, {2, 4}}, {{5, 6, 7, '1', '0'}, {3, 4}}, {{9, 9, 9, 9, '5'}, {4}}};
    const std::vector<WindowScore> scores = score_windows(gpt, at::kCPU, windows, 2);
    ASSERT_EQ(scores.size(), 3U);
    const at::Tensor logits_TV = gpt.logits(at::tensor({5L, 6L, 7L, long{'1'}}).view({1, 4})).squeeze(0);
    const at::Tensor log_probability = at::log_softmax(logits_TV, -1);
    EXPECT_NEAR(scores[1].loss, -(log_probability[2]['1'].item<double>() + log_probability[3]['0'].item<double>()) / 2, 1e-5);
    const at::Tensor digits = at::log_softmax(logits_TV.narrow(1, '0', 10), -1);
    EXPECT_NEAR(scores[1].digit_log_probability, (digits[2][1].item<double>() + digits[3][0].item<double>()) / 2, 1e-5);
    EXPECT_EQ(scores[1].accuracy, (static_cast<double>(logits_TV[2].argmax().item<long>() == '1') +
                                   static_cast<double>(logits_TV[3].argmax().item<long>() == '0')) / 2);
    EXPECT_NEAR(needle_loss(gpt, at::kCPU, std::span(windows).first(1)).item<double>(), scores[0].loss, 1e-5);
}

TEST(TaskScores, StandWhereTheSamplerDraws) {
    const at::NoGradGuard no_grad;
    const Gpt gpt = tiny();
    const SamplerConfig sampler{"randomised", {{"longest", std::int64_t{64}}, {"at_evaluation", std::string("drawn")}}};
    TrialConfig trial;
    trial.seed = 5;
    trial.position = {"rope", {}, sampler};
    const std::vector<TaskWindow> windows{{{1, 2, 3, 4, '7'}, {2, 4}}, {{5, 6, 7, '1', '0'}, {3, 4}}};
    const std::vector<WindowScore> plain = score_windows(gpt, at::kCPU, windows, 2), drawn = score_windows(gpt, at::kCPU, windows, 2, EvaluationPositions(trial));
    for (std::size_t i = 0; i < windows.size(); ++i) {
        Placement where;
        where.positions_T = sampled_positions(sampler, 4, 5, -1 - static_cast<std::int64_t>(i));
        const at::Tensor log_probability_TV = at::log_softmax(gpt.logits(at::tensor(windows[i].tokens).narrow(0, 0, 4).view({1, 4}), where)[0], -1);
        double loss = 0;
        for (const std::int64_t at : windows[i].answers) {
            loss -= log_probability_TV[at - 1][windows[i].tokens[static_cast<std::size_t>(at)]].item<double>() / 2;
        }
        EXPECT_NEAR(drawn[i].loss, loss, 1e-5);
        EXPECT_GT(std::abs(drawn[i].loss - plain[i].loss), 1e-4);
    }
    trial.position.sampler->options["at_evaluation"] = std::string("plain");
    EXPECT_EQ(score_windows(gpt, at::kCPU, windows, 2, EvaluationPositions(trial))[1].loss, plain[1].loss);
}

TEST(TaskScores, CountAnExactAnswerWhenAllOfItIs) {
    const at::NoGradGuard no_grad;
    const Gpt gpt = tiny();
    const at::Tensor logits_TV = gpt.logits(at::tensor({5L, 6L, 7L}).view({1, 3})).squeeze(0);
    const long likeliest = logits_TV[2].argmax().item<long>();
    const std::vector<TaskWindow> windows{{{5, 6, 7, likeliest}, {3}}, {{5, 6, 7, (likeliest + 1) % 64}, {3}}};
    const std::vector<WindowScore> scores = score_windows(gpt, at::kCPU, windows, 8);
    EXPECT_EQ(scores[0].exact, 1);
    EXPECT_EQ(scores[1].exact, 0);
}

TEST(TaskRows, HaveMeanAndStandardError) {
    const TaskResult row = task_row({"copy", 64, no_depth, 32}, "loss", std::vector<double>{1, 2, 3, 6});
    EXPECT_EQ(row.value, 3);
    EXPECT_EQ(row.samples, 4);
    EXPECT_EQ(row.lag, 32);
    EXPECT_TRUE(std::isnan(row.depth));
    EXPECT_DOUBLE_EQ(row.standard_error, std::sqrt(14.0 / 3 / 4));
    EXPECT_TRUE(std::isnan(task_row({"copy", 64}, "loss", std::vector<double>{1}).standard_error));
}

}  // namespace
}  // namespace overtake
