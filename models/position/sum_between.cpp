#include "models/position/sum_between.hpp"

#include "models/tensor_data.hpp"

namespace overtake {

namespace {

/// One head of one sequence at a time, so that temporaries stay in the cache.
struct SumBetween : torch::autograd::Function<SumBetween> {
    /// Calls action(matrix, slope) for each head of each sequence.
    template <class Action>
    static void for_heads(const at::Tensor& s_BNTT, const at::Tensor& slopes_N, const Action& action) {
        const std::int64_t heads = s_BNTT.size(1);
        at::parallel_for(0, s_BNTT.size(0) * heads, 1, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t matrix = begin; matrix < end; ++matrix) {
                action(matrix, data_of<double>(slopes_N)[matrix % heads]);
            }
        });
    }

    static at::Tensor forward(AutogradContext* context, const at::Tensor& s_BNTT, const at::Tensor& slopes_N) {
        const std::int64_t length = s_BNTT.size(3);
        const at::Tensor open_BNTT = at::empty(s_BNTT.sizes(), s_BNTT.options()), open = open_BNTT.view({-1, length, length});
        at::Tensor sums_BNTT = at::zeros(s_BNTT.sizes(), s_BNTT.options());
        AT_DISPATCH_FLOATING_TYPES(s_BNTT.scalar_type(), "sum_between", [&] {
            const at::Tensor s = s_BNTT.contiguous().view({-1, length, length});
            auto* all_sums = data_of<scalar_t>(sums_BNTT);
            for_heads(s_BNTT, slopes_N, [&](std::int64_t matrix, double slope) {
                at::Tensor own = open[matrix];
                at::sigmoid_out(own, s[matrix]);
                const at::Tensor logarithms = own.log().clamp_min_(-745);  // where a sigmoid is nothing, its logarithm stays finite
                const auto* logarithm = data_of<scalar_t>(logarithms);
                auto* sums = all_sums + matrix * length * length;
                for (std::int64_t query = 0; query < length; ++query) {
                    double sum = 0;
                    for (std::int64_t key = query; key > 0; --key) {
                        sum += slope * static_cast<double>(logarithm[query * length + key]);
                        sums[query * length + key - 1] = static_cast<scalar_t>(sum);
                    }
                }
            });
        });
        context->save_for_backward({open_BNTT, slopes_N});
        return sums_BNTT;
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor &open_BNTT = saved[0], d_sums_BNTT = gradients[0].contiguous();
        const std::int64_t length = open_BNTT.size(3);
        at::Tensor d_s_BNTT = at::zeros_like(open_BNTT);
        AT_DISPATCH_FLOATING_TYPES(open_BNTT.scalar_type(), "sum_between", [&] {
            const auto *open = data_of<scalar_t>(open_BNTT), *d_sums = data_of<scalar_t>(d_sums_BNTT);
            auto* d_s = data_of<scalar_t>(d_s_BNTT);
            for_heads(open_BNTT, saved[1], [&](std::int64_t matrix, double slope) {
                for (std::int64_t query = 0; query < length; ++query) {
                    const std::int64_t row = (matrix * length + query) * length;
                    double sum = 0;
                    for (std::int64_t key = 1; key <= query; ++key) {
                        sum += slope * static_cast<double>(d_sums[row + key - 1]);
                        d_s[row + key] = static_cast<scalar_t>(sum) * (1 - open[row + key]);
                    }
                }
            });
        });
        return {d_s_BNTT, at::Tensor()};
    }
};

}  // namespace

at::Tensor sum_between(const at::Tensor& s_BNTT, const at::Tensor& slopes_N) { return SumBetween::apply(s_BNTT, slopes_N); }

at::Tensor sum_between_with_aten(const at::Tensor& s_BNTT, const at::Tensor& slopes_N) {
    const at::Tensor visible = at::log_sigmoid(s_BNTT).tril().mul(slopes_N.to(s_BNTT.scalar_type()).view({-1, 1, 1}));
    return (visible.sum(-1, true) - visible.cumsum(-1)).tril();
}

}  // namespace overtake
