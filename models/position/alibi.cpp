// ALiBi: each head takes its slope times the lag from the logits (Press et al. 2021, arXiv:2108.12409).
#include "models/position/alibi.hpp"

#include <bit>
#include <cmath>

#include <ATen/ATen.h>

#include "models/position/schemes.hpp"

namespace overtake {

std::vector<double> alibi_slopes(std::int64_t heads) {
    const auto whole = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(heads)));
    std::vector<double> slopes;
    for (std::int64_t head = 1; head <= whole; ++head) {
        slopes.push_back(std::exp2(-8.0 * static_cast<double>(head) / static_cast<double>(whole)));
    }
    for (std::int64_t head = 1; std::ssize(slopes) < heads; head += 2) {
        slopes.push_back(std::exp2(-4.0 * static_cast<double>(head) / static_cast<double>(whole)));
    }
    return slopes;
}

namespace {

class Alibi final : public LagBiasScheme {
  public:
    Alibi(const SchemeInfo& info, SchemeSetup given)
        : LagBiasScheme(info, std::move(given)),
          slopes_N_(at::tensor(alibi_slopes(setup().model.heads), at::kDouble).to(setup().device)) {}

    /// m_n times the position of the key: the form for kernels that take no bias matrix.
    at::Tensor key_bias(const at::Tensor&, std::int64_t) const override { return key_bias_1NT_; }

    Inspection inspect() const override { return {{"slopes", slopes_N_}}; }

  protected:
    at::Tensor bias_of(const at::Tensor& lag) const override {
        return per_head(slopes_N_, lag).mul(lag).neg().to(real());
    }

    void prepare() override {
        LagBiasScheme::prepare();
        const at::Tensor position = positions();
        const at::Tensor position_B1T = position.dim() == 2 ? position.unsqueeze(1) : position.view({1, 1, -1});
        key_bias_1NT_ = position_B1T.mul(slopes_N_.unsqueeze(1)).to(real());
    }

  private:
    at::Tensor slopes_N_, key_bias_1NT_;
};

}  // namespace

SchemePointer make_alibi(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<Alibi>(info, std::move(setup));
}

}  // namespace overtake
