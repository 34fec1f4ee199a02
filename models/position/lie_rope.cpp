// LieRE and ComRoPE in one dimension: queries and keys are multiplied by exp(p A), A = P - P^T trained per head and layer (Ostmeier et
// al. 2024, arXiv:2406.10322, section 4; Yu et al. 2025, arXiv:2506.03737, equation 10).
//
// i A is Hermitian with eigenvalues in pairs of +omega and -omega; in the basis of the real and imaginary parts of the eigenvectors of +omega
// exp(p A) is RoPE with frequencies omega. So one change of basis per layer and the usual rotation do for matrices of every
// position, and extensions rescale omega. P starts at RoPE's generator. The decomposition is formed in fp64, once per pass. Frequencies
// must differ from 0 and from each other, as all but special generators' do.
#include <cmath>
#include <numbers>

#include <ATen/ATen.h>

#include "models/position/rotary.hpp"
#include "models/position/schemes.hpp"

namespace overtake {

namespace {

class LieRope final : public RotaryScheme {
  public:
    LieRope(const SchemeInfo& info, SchemeSetup given) : RotaryScheme(info, std::move(given)) {
        const ModelConfig& model = setup().model;
        const std::int64_t width = model.head_width(), pairs = width / 2;
        const at::Tensor start_HH = at::zeros({width, width}, at::kDouble);
        start_HH.narrow(0, pairs, pairs).narrow(1, 0, pairs).diagonal().copy_(at::tensor(rope_frequencies(grid().width, grid().base), at::kDouble));
        generators_LNHH_ = add_parameter("generators", start_HH.expand({model.layers, model.heads, width, width}).contiguous());
    }

    QueryKey transform(QueryKey qk, const at::Tensor& x_BTD, std::int64_t layer) const override {
        const at::Tensor basis_NHH = basis_LNHH_.select(0, layer).to(qk.q_BNTH.scalar_type());
        return RotaryScheme::transform({at::matmul(qk.q_BNTH, basis_NHH), at::matmul(qk.k_BNTH, basis_NHH)}, x_BTD, layer);
    }

  protected:
    at::Tensor theta() const override { return omega_LNJ_; }
    bool trained() const override { return true; }

    void prepare() override {
        const at::Tensor one_way = generators_LNHH_.to(at::kDouble), skew = one_way.sub(one_way.transpose(-1, -2));
        const auto [eigenvalue, eigenvector] = at::linalg_eigh(at::complex(at::zeros_like(skew), skew));
        const std::int64_t pairs = skew.size(-1) / 2;  // ascending: the later half is positive
        omega_LNJ_ = eigenvalue.narrow(-1, pairs, pairs);
        const at::Tensor half = eigenvector.narrow(-1, pairs, pairs).mul(std::numbers::sqrt2);
        basis_LNHH_ = at::cat({at::real(half), at::imag(half)}, -1);
        RotaryScheme::prepare();
    }

  private:
    at::Tensor generators_LNHH_, omega_LNJ_, basis_LNHH_;
};

}  // namespace

SchemePointer make_lie_rope(const SchemeInfo& info, SchemeSetup setup) { return std::make_unique<LieRope>(info, std::move(setup)); }

}  // namespace overtake
