// From the fused projection to heads, and the rotation of their pairs.
#include <ATen/ATen.h>

#include "models/operations.hpp"

namespace overtake {

Heads split_heads(const at::Tensor& projected_R3D, std::int64_t batch, std::int64_t heads) {
    const std::int64_t length = projected_R3D.size(0) / batch;
    const std::int64_t width = projected_R3D.size(1) / 3 / heads;
    const at::Tensor all_3BNTH = projected_R3D.view({batch, length, 3, heads, width}).permute({2, 0, 3, 1, 4});
    return {{all_3BNTH.select(0, 0), all_3BNTH.select(0, 1)}, all_3BNTH.select(0, 2)};
}

at::Tensor rotate_pairs(const at::Tensor& x_BNTH, const at::Tensor& cosine, const at::Tensor& sine) {
    const std::vector<at::Tensor> half = x_BNTH.to(at::kFloat).chunk(2, -1);
    const at::Tensor first = half[0].mul(cosine).sub(half[1].mul(sine));
    const at::Tensor second = half[1].mul(cosine).add(half[0].mul(sine));
    return at::cat({first, second}, -1).to(x_BNTH.scalar_type());
}

}  // namespace overtake
