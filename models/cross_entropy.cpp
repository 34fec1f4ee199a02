// Cross-entropy of each row in fp32, without a copy of the probabilities.
#include <algorithm>

#include "models/operations.hpp"
#include "models/row_kernels.hpp"
#include "models/tensor_data.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

struct CrossEntropy : torch::autograd::Function<CrossEntropy> {
    static at::Tensor forward(AutogradContext* context, const at::Tensor& logits_RV, const at::Tensor& targets_R) {
        const std::int64_t rows = logits_RV.size(0), vocabulary = logits_RV.size(1);
        const std::int64_t* targets = data_of<std::int64_t>(targets_R);
        expects(std::all_of(targets, targets + rows, [=](std::int64_t t) { return t >= 0 && t < vocabulary; }),
                "targets are in the vocabulary");
        at::Tensor loss_R = at::empty({rows}, logits_RV.options().dtype(at::kFloat));
        at::Tensor log_sum_R = at::empty_like(loss_R);
        with_type_of(logits_RV, [&](auto type) {
            using T = decltype(type);
            at::parallel_for(0, rows, grain_rows, [&](std::int64_t begin, std::int64_t end) {
                for (std::int64_t r = begin; r < end; ++r) {
                    const T* row = data_of<T>(logits_RV) + r * vocabulary;
                    const float log_sum = log_sum_exp(row, vocabulary);
                    data_of<float>(log_sum_R)[r] = log_sum;
                    data_of<float>(loss_R)[r] = log_sum - to_float(row[targets[r]]);
                }
            });
        });
        context->save_for_backward({logits_RV, targets_R, log_sum_R});
        return loss_R;
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor &logits_RV = saved[0], &log_sum_R = saved[2];
        const std::int64_t* targets = data_of<std::int64_t>(saved[1]);
        const at::Tensor d_loss_R = gradients[0].contiguous();
        const std::int64_t rows = logits_RV.size(0), vocabulary = logits_RV.size(1);
        at::Tensor d_logits_RV = at::empty_like(logits_RV);
        with_type_of(logits_RV, [&](auto type) {
            using T = decltype(type);
            at::parallel_for(0, rows, grain_rows, [&](std::int64_t begin, std::int64_t end) {
                for (std::int64_t r = begin; r < end; ++r) {
                    const float factor = data_of<float>(d_loss_R)[r], log_sum = data_of<float>(log_sum_R)[r];
                    const T* row = data_of<T>(logits_RV) + r * vocabulary;
                    T* d_row = data_of<T>(d_logits_RV) + r * vocabulary;
                    softmax_times(row, log_sum, factor, vocabulary, d_row);
                    put(d_row[targets[r]], factor * (exp_of(to_float(row[targets[r]]) - log_sum) - 1));
                }
            });
        });
        return {d_logits_RV, at::Tensor()};
    }
};

}  // namespace

at::Tensor cross_entropy(const at::Tensor& logits_RV, const at::Tensor& targets_R) {
    if (logits_RV.is_cpu()) {
        return CrossEntropy::apply(logits_RV, targets_R);
    }
    return at::cross_entropy_loss(logits_RV.to(at::kFloat), targets_R, {}, at::Reduction::None);
}

}  // namespace overtake
