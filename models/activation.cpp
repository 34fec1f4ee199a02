// The MLP's non-linearities.
#include "models/operations.hpp"
#include "models/row_kernels.hpp"
#include "models/tensor_data.hpp"

namespace overtake {

namespace {

struct Gelu : torch::autograd::Function<Gelu> {
    static at::Tensor forward(AutogradContext* context, const at::Tensor& x) {
        context->save_for_backward({x});
        at::Tensor y = at::empty_like(x);
        with_type_of(x, [&](auto type) {
            using T = decltype(type);
            at::parallel_for(0, x.numel(), at::internal::GRAIN_SIZE, [&](std::int64_t begin, std::int64_t end) {
                gelu_forward(data_of<T>(x) + begin, end - begin, data_of<T>(y) + begin);
            });
        });
        return y;
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const at::Tensor x = context->get_saved_variables()[0];
        const at::Tensor d_y = gradients[0].contiguous();
        at::Tensor d_x = at::empty_like(x);
        with_type_of(x, [&](auto type) {
            using T = decltype(type);
            at::parallel_for(0, x.numel(), at::internal::GRAIN_SIZE, [&](std::int64_t begin, std::int64_t end) {
                gelu_backward(data_of<T>(x) + begin, data_of<T>(d_y) + begin, end - begin, data_of<T>(d_x) + begin);
            });
        });
        return {d_x};
    }
};

struct Swiglu : torch::autograd::Function<Swiglu> {
    static at::Tensor forward(AutogradContext* context, const at::Tensor& x_R2F) {
        context->save_for_backward({x_R2F});
        const std::int64_t rows = x_R2F.size(0), width = x_R2F.size(1) / 2;
        at::Tensor y_RF = at::empty({rows, width}, x_R2F.options());
        with_type_of(x_R2F, [&](auto type) {
            using T = decltype(type);
            at::parallel_for(0, rows, grain_rows, [&](std::int64_t begin, std::int64_t end) {
                for (std::int64_t r = begin; r < end; ++r) {
                    swiglu_forward(data_of<T>(x_R2F) + r * 2 * width, width, data_of<T>(y_RF) + r * width);
                }
            });
        });
        return y_RF;
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const at::Tensor x_R2F = context->get_saved_variables()[0];
        const at::Tensor d_y_RF = gradients[0].contiguous();
        const std::int64_t rows = d_y_RF.size(0), width = d_y_RF.size(1);
        at::Tensor d_x_R2F = at::empty_like(x_R2F);
        with_type_of(x_R2F, [&](auto type) {
            using T = decltype(type);
            at::parallel_for(0, rows, grain_rows, [&](std::int64_t begin, std::int64_t end) {
                for (std::int64_t r = begin; r < end; ++r) {
                    swiglu_backward(data_of<T>(x_R2F) + r * 2 * width, data_of<T>(d_y_RF) + r * width, width,
                                    data_of<T>(d_x_R2F) + r * 2 * width);
                }
            });
        });
        return {d_x_R2F};
    }
};

}  // namespace

at::Tensor apply_gelu(const at::Tensor& x_RF) { return x_RF.is_cpu() ? Gelu::apply(x_RF) : at::gelu(x_RF, "tanh"); }

at::Tensor apply_swiglu(const at::Tensor& x_R2F) {
    if (x_R2F.is_cpu()) {
        return Swiglu::apply(x_R2F);
    }
    const std::vector<at::Tensor> parts = x_R2F.chunk(2, -1);
    return at::silu(parts[0]).mul(parts[1]);
}

}  // namespace overtake
