#include "models/lag_terms.hpp"

#include <ATen/ATen.h>

namespace overtake {

namespace {

/// Whole lags of a sampled window, [T, T], 0 above the diagonal and at most the last row.
at::Tensor row_of_pair(const Placement& placement, std::int64_t rows, at::Device device) {
    const at::Tensor position_T = placement.positions_T.to(device, at::kDouble, /*non_blocking=*/true);
    return position_T.unsqueeze(1).sub(position_T).clamp(0, static_cast<double>(rows - 1)).to(at::kLong);
}

/// Rows of the lags T - 1 .. 0, [N, T, H].
at::Tensor from_the_longest(const at::Tensor& table_NRH, std::int64_t length) {
    const at::Tensor lag = at::arange(length - 1, -1, -1, table_NRH.options().dtype(at::kLong).requires_grad(false));
    return table_NRH.index_select(1, lag.clamp_max(table_NRH.size(1) - 1));
}

/// Row i holds lags T - 1 .. 0; key k of query i is lag i - k: one zero before each row moves row i by T - 1 - i.
at::Tensor skew(const at::Tensor& by_lag_BNTT) {
    const std::int64_t length = by_lag_BNTT.size(-1);
    return at::constant_pad_nd(by_lag_BNTT, {1, 0})
        .view({by_lag_BNTT.size(0), by_lag_BNTT.size(1), length + 1, length})
        .narrow(2, 1, length);
}

/// The inverse, for cells that are 0 where k > i.
at::Tensor unskew(const at::Tensor& by_pair_BNTT) {
    const std::int64_t length = by_pair_BNTT.size(-1);
    return at::constant_pad_nd(by_pair_BNTT, {0, 0, 1, 0})
        .view({by_pair_BNTT.size(0), by_pair_BNTT.size(1), length, length + 1})
        .narrow(3, 1, length);
}

/// Row k holds lags 0 .. T - 1; query i of key k is lag i - k: one number after each row moves row k by k. [B, N, i, k].
at::Tensor skew_keys(const at::Tensor& by_lag_BNTT) {
    const std::int64_t length = by_lag_BNTT.size(-1);
    return at::constant_pad_nd(by_lag_BNTT, {0, 1})
        .flatten(2)
        .narrow(2, 0, length * length)
        .unflatten(2, {length, length})
        .transpose(2, 3);
}

at::Tensor for_every_pair(const at::Tensor& row_TT, const at::Tensor& like_BNTR) {
    return row_TT.expand({like_BNTR.size(0), like_BNTR.size(1), row_TT.size(0), row_TT.size(1)});
}

}  // namespace

at::Tensor lag_products(const LagTerms& terms, const at::Tensor& k_BNTH, const Placement& placement) {
    at::Tensor sum;
    const auto add = [&](const at::Tensor& products) { sum = sum.defined() ? sum + products : products; };
    if (const at::Tensor& table = terms.keys_NRH; table.defined()) {
        const at::Tensor q = terms.q_BNTH.to(table.scalar_type());
        if (placement.sampled()) {
            const at::Tensor by_row = at::matmul(q, table.transpose(1, 2));
            add(at::gather(by_row, 3, for_every_pair(row_of_pair(placement, table.size(1), q.device()), by_row)));
        } else {
            add(skew(at::matmul(q, from_the_longest(table, q.size(2)).transpose(1, 2))));
        }
    }
    if (const at::Tensor& table = terms.queries_NRH; table.defined()) {
        const at::Tensor k = k_BNTH.to(table.scalar_type());
        if (placement.sampled()) {
            const at::Tensor by_row = at::matmul(k, table.transpose(1, 2)), pair = row_of_pair(placement, table.size(1), k.device());
            add(at::gather(by_row, 3, for_every_pair(pair.t(), by_row)).transpose(2, 3));
        } else {
            add(skew_keys(at::matmul(k, from_the_longest(table, k.size(2)).flip(1).transpose(1, 2))));
        }
    }
    return sum;
}

at::Tensor read_lags(const at::Tensor& weights_BNTT, const at::Tensor& values_NRH, const Placement& placement) {
    const at::Tensor weights = weights_BNTT.to(values_NRH.scalar_type());
    if (!placement.sampled()) {
        return at::matmul(unskew(weights), from_the_longest(values_NRH, weights.size(2))).to(weights_BNTT.scalar_type());
    }
    const at::Tensor row = row_of_pair(placement, values_NRH.size(1), weights.device());
    const at::Tensor by_row = at::zeros({weights.size(0), weights.size(1), weights.size(2), values_NRH.size(1)}, weights.options())
                                  .scatter_add(3, for_every_pair(row, weights), weights);
    return at::matmul(by_row, values_NRH).to(weights_BNTT.scalar_type());
}

}  // namespace overtake
