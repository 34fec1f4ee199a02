#include "models/position/path_products.hpp"

#include <algorithm>
#include <vector>

#include <ATen/ATen.h>

namespace overtake {

namespace {

/// What one chunk of C tokens is to the others, [B, N, ...].
struct Chunk {
    at::Tensor within_CC;  // the products of its own queries and keys
    at::Tensor q_CH;       // queries carried back to the chunk's first token
    at::Tensor k_CH;       // keys carried on to its last
    at::Tensor step_HH;    // I - step takes a query across the whole chunk
};

/// The matrices of tokens a+1..b multiply to I - W^T (I + L)^-1 diag(beta) W, with L the part of diag(beta) W W^T below the diagonal
/// and W the rows w of those tokens; the inverse is triangular, so one serves all sub-ranges that begin at the chunk's first token.
Chunk form_chunk(const at::Tensor& q, const at::Tensor& k, const at::Tensor& w, const at::Tensor& beta) {
    const at::Tensor scaled_w = w * beta.unsqueeze(-1), w_transposed = w.transpose(-2, -1), k_transposed = k.transpose(-2, -1);
    const at::Tensor below = at::matmul(scaled_w, w_transposed).tril(-1);
    const at::Tensor sides = at::cat({at::matmul(scaled_w, k_transposed).tril(-1), scaled_w}, -1);
    // "Unitriangular" reads the diagonal as ones.
    const at::Tensor solved = at::linalg_solve_triangular(below, sides, false, true, true);
    const at::Tensor keys = solved.narrow(-1, 0, w.size(-2)), step = solved.narrow(-1, w.size(-2), w.size(-1));
    const at::Tensor q_w = at::matmul(q, w_transposed).tril();
    return {at::matmul(q, k_transposed).tril() - at::matmul(q_w, keys), q - at::matmul(q_w, step),
            k - at::matmul(keys.transpose(-2, -1), w), at::matmul(w_transposed, step)};
}

}  // namespace

at::Tensor path_products(const at::Tensor& q, const at::Tensor& k, const at::Tensor& w, const at::Tensor& beta_BNT,
                         std::int64_t chunk) {
    const std::int64_t length = q.size(2);
    std::vector<Chunk> chunks;
    for (std::int64_t begin = 0; begin < length; begin += chunk) {
        const std::int64_t size = std::min(chunk, length - begin);
        const auto part = [&](const at::Tensor& x) { return x.narrow(2, begin, size); };
        chunks.push_back(form_chunk(part(q), part(k), part(w), part(beta_BNT)));
    }
    // Backwards over the chunks of keys: all later queries, carried back to the end of this chunk, meet its keys at once.
    std::vector<at::Tensor> columns(chunks.size());
    at::Tensor later_q;
    for (std::size_t index = chunks.size(); index-- > 0;) {
        const Chunk& here = chunks[index];
        const std::int64_t begin = static_cast<std::int64_t>(index) * chunk, size = here.k_CH.size(2);
        std::vector<at::Tensor> rows;
        if (begin > 0) {
            rows.push_back(at::zeros({q.size(0), q.size(1), begin, size}, q.options()));
        }
        rows.push_back(here.within_CC);
        if (later_q.defined()) {
            rows.push_back(at::matmul(later_q, here.k_CH.transpose(-2, -1)));
            later_q = at::cat({here.q_CH, later_q - at::matmul(later_q, here.step_HH)}, 2);
        } else {
            later_q = here.q_CH;
        }
        columns[index] = at::cat(rows, 2);
    }
    return at::cat(columns, 3);
}

}  // namespace overtake
