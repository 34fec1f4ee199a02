#include "models/position/counted_positions.hpp"

#include <algorithm>

#include "models/tensor_data.hpp"

namespace overtake {

namespace {

/// One walk along each query's keys, from the query back.
struct ReadPositions : torch::autograd::Function<ReadPositions> {
    template <class T>
    struct Place {
        std::int64_t lower, upper;
        T share;
        bool inside;  // of the table: a position beyond it has no gradient
        Place(double position, double last) : inside(position <= last) {
            const double held = std::min(position, last);
            lower = static_cast<std::int64_t>(held);
            share = static_cast<T>(held - static_cast<double>(lower));
            upper = share > 0 ? lower + 1 : lower;
        }
    };

    template <class Action>
    static void for_queries(const at::Tensor& gates_BNTT, const Action& action) {
        const std::int64_t length = gates_BNTT.size(2);
        at::parallel_for(0, gates_BNTT.numel() / length, length, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t row = begin; row < end; ++row) {
                action(row, row % length);
            }
        });
    }

    static at::Tensor forward(AutogradContext* context, const at::Tensor& given_gates, const at::Tensor& given_entries) {
        const at::Tensor gates = given_gates.contiguous(), entries = given_entries.contiguous();
        const std::int64_t length = gates.size(3), table = entries.size(3);
        at::Tensor read = at::zeros_like(gates);
        AT_DISPATCH_FLOATING_TYPES(gates.scalar_type(), "cope", [&] {
            for_queries(gates, [&](std::int64_t row, std::int64_t query) {
                const auto* gate = data_of<scalar_t>(gates) + row * length;
                const auto* entry = data_of<scalar_t>(entries) + row * table;
                auto* to = data_of<scalar_t>(read) + row * length;
                double position = 0;
                for (std::int64_t key = query; key >= 0; --key) {
                    position += static_cast<double>(gate[key]);
                    const Place<scalar_t> at(position, static_cast<double>(table - 1));
                    to[key] = entry[at.upper] * at.share + entry[at.lower] * (1 - at.share);
                }
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
            for_queries(gates, [&](std::int64_t row, std::int64_t query) {
                const auto* gate = data_of<scalar_t>(gates) + row * length;
                const auto* entry = data_of<scalar_t>(entries) + row * table;
                const auto* from = data_of<scalar_t>(d_read) + row * length;
                auto* d_gate = data_of<scalar_t>(d_gates) + row * length;
                auto* d_entry = data_of<scalar_t>(d_entries) + row * table;
                double position = 0;
                for (std::int64_t key = query; key >= 0; --key) {
                    position += static_cast<double>(gate[key]);
                    const Place<scalar_t> at(position, static_cast<double>(table - 1));
                    d_entry[at.upper] += from[key] * at.share;
                    d_entry[at.lower] += from[key] * (1 - at.share);
                    d_gate[key] = at.inside ? from[key] * (entry[at.upper] - entry[at.lower]) : 0;
                }
                // Each gate moves the positions of all keys before it.
                double before = 0;
                for (std::int64_t key = 0; key <= query; ++key) {
                    before += static_cast<double>(d_gate[key]);
                    d_gate[key] = static_cast<scalar_t>(before);
                }
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
