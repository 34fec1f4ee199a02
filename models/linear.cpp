// Matrix products with weights, and the embedding look-up.
#include <ATen/ATen.h>

#include "models/operations.hpp"

namespace overtake {

at::Tensor apply_weight(const at::Tensor& x_RI, const at::Tensor& weight_OI) {
    return at::linear(x_RI, weight_OI.to(x_RI.scalar_type()));
}

at::Tensor embed(const at::Tensor& tokens_BT, const at::Tensor& table_VD) { return at::embedding(table_VD, tokens_BT); }

}  // namespace overtake
