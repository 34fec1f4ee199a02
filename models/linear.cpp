// Matrix products with weights, and the embedding look-up.
#include "models/matrix_kernel.hpp"
#include "models/operations.hpp"
#include "models/tensor_data.hpp"

namespace overtake {

namespace {

/// Whether LibTorch's bf16 products run on the processor's own instructions; without them they take forty times as long as fp32.
bool has_bf16_products() {
#if defined(__x86_64__) && defined(__GNUC__)
    static const bool answer = __builtin_cpu_supports("avx512bf16");
    return answer;
#else
    return false;
#endif
}

bool is_ours(const at::Tensor& x) {
    return x.is_cpu() && (x.scalar_type() == at::kFloat || !has_bf16_products());
}

struct Product : torch::autograd::Function<Product> {
    static at::Tensor forward(AutogradContext* context, const at::Tensor& x_RI, const at::Tensor& weight_OI) {
        context->save_for_backward({x_RI, weight_OI});
        if (!is_ours(x_RI)) {
            return at::mm(x_RI, weight_OI.to(x_RI.scalar_type()).t());
        }
        const std::int64_t rows = x_RI.size(0), in = x_RI.size(1), out = weight_OI.size(0);
        at::Tensor y_RO = at::empty({rows, out}, x_RI.options());
        Panels panels;
        panels.pack(data_of<float>(weight_OI), 1, in, in, out, x_RI.scalar_type() == at::kBFloat16);
        with_type_of(x_RI, [&](auto type) {
            using T = decltype(type);
            at::parallel_for(0, rows, grain_rows, [&](std::int64_t begin, std::int64_t end) {
                multiply_rows(data_of<T>(x_RI), in, panels, data_of<T>(y_RO), begin, end);
            });
        });
        return y_RO;
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor &x_RI = saved[0], &weight_OI = saved[1];
        const at::Tensor d_y_RO = gradients[0].contiguous();
        if (!is_ours(x_RI)) {
            return {at::mm(d_y_RO, weight_OI.to(x_RI.scalar_type())), at::mm(d_y_RO.t(), x_RI).to(at::kFloat)};
        }
        const std::int64_t rows = x_RI.size(0), in = x_RI.size(1), out = weight_OI.size(0);
        at::Tensor d_x_RI = at::empty_like(x_RI);
        at::Tensor d_weight_OI = at::empty_like(weight_OI);
        Panels panels;
        panels.pack(data_of<float>(weight_OI), in, 1, out, in, x_RI.scalar_type() == at::kBFloat16);
        with_type_of(x_RI, [&](auto type) {
            using T = decltype(type);
            at::parallel_for(0, rows, grain_rows, [&](std::int64_t begin, std::int64_t end) {
                multiply_rows(data_of<T>(d_y_RO), out, panels, data_of<T>(d_x_RI), begin, end);
            });
            at::parallel_for(0, out, grain_rows, [&](std::int64_t begin, std::int64_t end) {
                multiply_transposed(data_of<T>(d_y_RO), data_of<T>(x_RI), rows, out, in, data_of<float>(d_weight_OI), begin, end);
            });
        });
        return {d_x_RI, d_weight_OI};
    }
};

}  // namespace

at::Tensor apply_weight(const at::Tensor& x_RI, const at::Tensor& weight_OI) { return Product::apply(x_RI, weight_OI); }

at::Tensor embed(const at::Tensor& tokens_BT, const at::Tensor& table_VD) { return at::embedding(table_VD, tokens_BT); }

}  // namespace overtake
