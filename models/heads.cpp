// From the fused projection to heads, and the rotation of their pairs.
//
// Heads stay where the projection put them: q, k and v are views [B, N, T, H] of it, and gradients come back in the same
// layout, so no step of attention re-orders memory but the one that joins the three gradients.
#include "models/operations.hpp"
#include "models/row_kernels.hpp"
#include "models/tensor_data.hpp"

namespace overtake {

namespace {

at::Tensor part_of(const at::Tensor& all_BT3NH, std::int64_t part) { return all_BT3NH.select(2, part).transpose(1, 2); }

struct SplitHeads : torch::autograd::Function<SplitHeads> {
    static variable_list forward(AutogradContext* context, const at::Tensor& projected_R3D, std::int64_t batch,
                                 std::int64_t heads) {
        const std::int64_t length = projected_R3D.size(0) / batch, width = projected_R3D.size(1) / 3 / heads;
        context->saved_data["sizes"] = std::vector<std::int64_t>{batch, length, 3, heads, width};
        const at::Tensor all_BT3NH = projected_R3D.detach().view({batch, length, 3, heads, width});
        return {part_of(all_BT3NH, 0), part_of(all_BT3NH, 1), part_of(all_BT3NH, 2)};
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const std::vector<std::int64_t> sizes = context->saved_data["sizes"].toIntVector();
        const at::Tensor d_all_BT3NH = at::empty(sizes, gradients[0].options());
        for (std::int64_t part = 0; part < 3; ++part) {
            part_of(d_all_BT3NH, part).copy_(gradients[static_cast<std::size_t>(part)]);
        }
        return {d_all_BT3NH.view({sizes[0] * sizes[1], -1}), at::Tensor(), at::Tensor()};
    }
};

struct RotatePairs : torch::autograd::Function<RotatePairs> {
    /// Numbers between the angles of one sequence, or head, and the next; 0 if they share them. The table is contiguous.
    struct Steps {
        std::int64_t sequence = 0, head = 0;
        explicit Steps(const at::Tensor& table) {
            const std::int64_t one = table.size(-2) * table.size(-1), heads = table.dim() > 2 ? table.size(-3) : 1;
            head = heads > 1 ? one : 0;
            sequence = table.dim() > 3 && table.size(-4) > 1 ? one * heads : 0;
        }
    };

    /// Calls action(row of x, row of y, offset of the row's angles in the tables) for all rows; y has x's strides or its own.
    template <class T, class Action>
    static void for_rows(const at::Tensor& x, const at::Tensor& y, const at::Tensor& table, const Action& action) {
        const std::int64_t heads = x.size(1), length = x.size(2), pairs = x.size(3) / 2;
        const Steps steps(table);
        const T* from = data_of<T>(x);
        const T* beside = data_of<T>(y);
        at::parallel_for(0, x.size(0) * length, grain_rows, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t row = begin; row < end; ++row) {
                const std::int64_t b = row / length, t = row % length;
                for (std::int64_t n = 0; n < heads; ++n) {
                    action(from + b * x.stride(0) + n * x.stride(1) + t * x.stride(2),
                           beside + b * y.stride(0) + n * y.stride(1) + t * y.stride(2), b * steps.sequence + n * steps.head + t * pairs);
                }
            }
        });
    }

    static at::Tensor rotated(const at::Tensor& x_BNTH, const at::Tensor& cosine, const at::Tensor& sine, float sign) {
        const at::Tensor x = x_BNTH.stride(3) == 1 ? x_BNTH : x_BNTH.contiguous();
        const at::Tensor y = at::empty({x.size(0), x.size(2), x.size(1), x.size(3)}, x.options()).transpose(1, 2);
        const float* c = data_of<float>(cosine);
        const float* s = data_of<float>(sine);
        with_type_of(x, [&](auto type) {
            using T = decltype(type);
            for_rows<T>(x, y, cosine, [&](const T* from, const T* to, std::int64_t at) {
                rotate_row(from, c + at, s + at, sign, x.size(3) / 2, const_cast<T*>(to));
            });
        });
        return y;
    }

    static at::Tensor forward(AutogradContext* context, const at::Tensor& x_BNTH, const at::Tensor& cosine, const at::Tensor& sine) {
        const bool trained = cosine.requires_grad() || sine.requires_grad();
        context->save_for_backward({trained ? x_BNTH : at::Tensor(), cosine, sine});
        return rotated(x_BNTH, cosine.contiguous(), sine.contiguous(), 1);
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor cosine = saved[1].contiguous(), sine = saved[2].contiguous();
        const at::Tensor d_y = gradients[0].stride(3) == 1 ? gradients[0] : gradients[0].contiguous();
        const at::Tensor d_x = rotated(d_y, cosine, sine, -1);
        if (!saved[0].defined()) {
            return {d_x, at::Tensor(), at::Tensor()};
        }
        const at::Tensor x = saved[0].stride(3) == 1 ? saved[0] : saved[0].contiguous();
        at::Tensor d_cosine = at::zeros_like(cosine), d_sine = at::zeros_like(sine);
        const std::int64_t pairs = x.size(3) / 2, length = x.size(2), heads = x.size(1);
        const Steps steps(cosine);
        with_type_of(x, [&](auto type) {
            using T = decltype(type);
            // A thread owns positions, so each entry adds its sequences and heads in one order whatever the threads.
            at::parallel_for(0, length, grain_rows, [&](std::int64_t begin, std::int64_t end) {
                for (std::int64_t t = begin; t < end; ++t) {
                    for (std::int64_t b = 0; b < x.size(0); ++b) {
                        for (std::int64_t n = 0; n < heads; ++n) {
                            const std::int64_t at = b * steps.sequence + n * steps.head + t * pairs;
                            rotate_row_tables(data_of<T>(x) + b * x.stride(0) + n * x.stride(1) + t * x.stride(2),
                                              data_of<T>(d_y) + b * d_y.stride(0) + n * d_y.stride(1) + t * d_y.stride(2), pairs,
                                              data_of<float>(d_cosine) + at, data_of<float>(d_sine) + at);
                        }
                    }
                }
            });
        });
        return {d_x, d_cosine, d_sine};
    }
};

}  // namespace

Heads split_heads(const at::Tensor& projected_R3D, std::int64_t batch, std::int64_t heads) {
    const variable_list parts = SplitHeads::apply(projected_R3D, batch, heads);
    return {{parts[0], parts[1]}, parts[2]};
}

at::Tensor rotate_pairs(const at::Tensor& x_BNTH, const at::Tensor& cosine, const at::Tensor& sine) {
    if (x_BNTH.is_cpu() && cosine.scalar_type() == at::kFloat) {
        return RotatePairs::apply(x_BNTH, cosine, sine);
    }
    const std::vector<at::Tensor> half = x_BNTH.to(cosine.scalar_type()).chunk(2, -1);
    const at::Tensor first = half[0].mul(cosine).sub(half[1].mul(sine));
    const at::Tensor second = half[1].mul(cosine).add(half[0].mul(sine));
    return at::cat({first, second}, -1).to(x_BNTH.scalar_type());
}

}  // namespace overtake
