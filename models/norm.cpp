// RMSNorm, fused with the addition to the residual stream.
#include "models/operations.hpp"
#include "models/row_kernels.hpp"
#include "models/tensor_data.hpp"

namespace overtake {

namespace {

constexpr double epsilon = 1e-5;
constexpr std::int64_t gain_chunks = 16;  // partial sums of a gain's gradient: fixed, so the bits don't depend on threads

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& gain) {
    return x.mul(x.square().mean(-1, /*keepdim=*/true).add(epsilon).rsqrt()).mul(gain);
}

struct AddAndNorm : torch::autograd::Function<AddAndNorm> {
    /// Returns {stream, normed}, or {normed} without a branch.
    static variable_list forward(AutogradContext* context, const at::Tensor& stream_RD,
                                 const std::optional<at::Tensor>& branch, const at::Tensor& gain_D, at::ScalarType compute) {
        const std::int64_t rows = stream_RD.size(0), width = stream_RD.size(1);
        const bool adds = branch.has_value();
        const at::Tensor branch_RD = branch.value_or(at::Tensor());
        at::Tensor sum_RD = adds ? at::empty_like(stream_RD) : stream_RD;
        at::Tensor normed_RD = at::empty(stream_RD.sizes(), stream_RD.options().dtype(compute));
        at::Tensor inverse_R = at::empty({rows}, stream_RD.options());
        with_type_of(normed_RD, [&](auto type) {
            using T = decltype(type);
            at::parallel_for(0, rows, grain_rows, [&](std::int64_t begin, std::int64_t end) {
                const std::int64_t at = begin * width;
                norm_forward(data_of<float>(std::as_const(stream_RD)) + at, adds ? data_of<T>(branch_RD) + at : static_cast<const T*>(nullptr),
                             data_of<float>(gain_D), end - begin, width, static_cast<float>(epsilon),
                             adds ? data_of<float>(sum_RD) + at : nullptr, data_of<T>(normed_RD) + at,
                             data_of<float>(inverse_R) + begin);
            });
        });
        context->saved_data["adds"] = adds;
        context->set_materialize_grads(false);
        context->save_for_backward({sum_RD, inverse_R, gain_D});
        return adds ? variable_list{sum_RD, normed_RD} : variable_list{normed_RD};
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor &sum_RD = saved[0], &inverse_R = saved[1], &gain_D = saved[2];
        const bool adds = context->saved_data["adds"].toBool();
        const at::Tensor d_normed_RD = gradients.back().contiguous();
        const at::Tensor d_sum_RD = adds && gradients[0].defined() ? gradients[0].contiguous() : at::Tensor();
        const std::int64_t rows = sum_RD.size(0), width = sum_RD.size(1);
        at::Tensor d_stream_RD = at::empty_like(sum_RD);
        const bool narrows = adds && d_normed_RD.scalar_type() != at::kFloat;
        at::Tensor d_branch_RD = narrows ? at::empty_like(d_normed_RD) : at::Tensor();
        at::Tensor d_gain_CD = at::zeros({gain_chunks, width}, sum_RD.options());
        const std::int64_t per_chunk = (rows + gain_chunks - 1) / gain_chunks;
        with_type_of(d_normed_RD, [&](auto type) {
            using T = decltype(type);
            at::parallel_for(0, gain_chunks, 1, [&](std::int64_t first, std::int64_t last) {
                for (std::int64_t chunk = first; chunk < last; ++chunk) {
                    const std::int64_t begin = std::min(chunk * per_chunk, rows), end = std::min(begin + per_chunk, rows);
                    const std::int64_t at = begin * width;
                    norm_backward(data_of<float>(sum_RD) + at, data_of<float>(inverse_R) + begin, data_of<float>(gain_D),
                                  data_of<T>(d_normed_RD) + at, d_sum_RD.defined() ? data_of<float>(d_sum_RD) + at : nullptr,
                                  end - begin, width, data_of<float>(d_stream_RD) + at,
                                  narrows ? data_of<T>(d_branch_RD) + at : static_cast<T*>(nullptr),
                                  data_of<float>(d_gain_CD) + chunk * width);
                }
            });
        });
        return {d_stream_RD, !adds ? at::Tensor() : narrows ? d_branch_RD : d_stream_RD, d_gain_CD.sum(0), at::Tensor()};
    }
};

}  // namespace

Normed add_and_norm(const at::Tensor& stream_RD, const at::Tensor& branch_RD, const at::Tensor& gain_D,
                    at::ScalarType compute) {
    if (stream_RD.is_cpu()) {
        const variable_list outputs = AddAndNorm::apply(stream_RD, if_defined(branch_RD), gain_D, compute);
        return {branch_RD.defined() ? outputs[0] : stream_RD, outputs.back()};
    }
    const at::Tensor sum = branch_RD.defined() ? stream_RD.add(branch_RD) : stream_RD;
    return {sum, rms_norm(sum, gain_D).to(compute)};
}

at::Tensor head_norm(const at::Tensor& x_BNTH, const at::Tensor& gain_H) {
    return rms_norm(x_BNTH.to(at::kFloat), gain_H).to(x_BNTH.scalar_type());
}

}  // namespace overtake
