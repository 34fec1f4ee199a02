#include "models/position/counted_positions.hpp"

#include <vector>

#include "models/position/cope_kernel.hpp"
#include "models/tensor_data.hpp"

namespace overtake {

namespace {

/// One walk along each query's keys, from the query back.
struct ReadPositions : torch::autograd::Function<ReadPositions> {
    /// Calls action(row, query, room for a position of each key).
    template <class Action>
    static void for_queries(const at::Tensor& gates_BNTT, const Action& action) {
        const std::int64_t length = gates_BNTT.size(2);
        at::parallel_for(0, gates_BNTT.numel() / length, length, [&](std::int64_t begin, std::int64_t end) {
            std::vector<double> position(static_cast<std::size_t>(length));
            for (std::int64_t row = begin; row < end; ++row) {
                action(row, row % length, position.data());
            }
        });
    }

    static at::Tensor forward(AutogradContext* context, const at::Tensor& given_gates, const at::Tensor& given_entries) {
        const at::Tensor gates = given_gates.contiguous(), entries = given_entries.contiguous();
        const std::int64_t length = gates.size(3), table = entries.size(3);
        at::Tensor read = at::zeros_like(gates);
        AT_DISPATCH_FLOATING_TYPES(gates.scalar_type(), "cope", [&] {
            for_queries(gates, [&](std::int64_t row, std::int64_t query, double* position) {
                count_back(data_of<scalar_t>(gates) + row * length, query, position);
                read_entries(position, query + 1, data_of<scalar_t>(entries) + row * table, table - 1,
                             data_of<scalar_t>(read) + row * length);
            });
        });
        context->save_for_backward({gates, entries});
        return read;
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor &gates = saved[0], &entries = saved[1];
        const at::Tensor d_read = gradients[0].contiguous();
        at::Tensor d_gates = at::zeros_like(gates), d_entries = at::zeros_like(entries);
        const std::int64_t length = gates.size(3), table = entries.size(3);
        AT_DISPATCH_FLOATING_TYPES(gates.scalar_type(), "cope", [&] {
            for_queries(gates, [&](std::int64_t row, std::int64_t query, double* position) {
                count_back(data_of<scalar_t>(gates) + row * length, query, position);
                read_entries_backward(position, query + 1, data_of<scalar_t>(entries) + row * table, table - 1,
                                      data_of<scalar_t>(d_read) + row * length, data_of<scalar_t>(d_entries) + row * table,
                                      data_of<scalar_t>(d_gates) + row * length);
            });
        });
        return {d_gates, d_entries};
    }
};

}  // namespace

at::Tensor read_positions(const at::Tensor& gates_BNTT, const at::Tensor& entries_BNTP) {
    return ReadPositions::apply(gates_BNTT, entries_BNTP);
}

at::Tensor read_positions_with_aten(const at::Tensor& gates_BNTT, const at::Tensor& entries_BNTP) {
    const auto last = static_cast<double>(entries_BNTP.size(3) - 1);
    const at::Tensor position = gates_BNTT.tril().flip(-1).cumsum(-1).flip(-1).clamp_max(last);
    const at::Tensor below = position.detach().floor(), share = position - below;
    const at::Tensor lower = entries_BNTP.gather(3, below.to(at::kLong));
    const at::Tensor upper = entries_BNTP.gather(3, position.detach().ceil().to(at::kLong));
    return (upper * share + lower * (1 - share)).tril();
}

}  // namespace overtake
