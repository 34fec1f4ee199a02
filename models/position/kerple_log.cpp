// KERPLE's logarithmic kernel: -p ln(1 + a r), p and a per head, shared by all layers (Chi et al. 2022, arXiv:2205.09921, equation 7).
//
// p ~ U(0, 2), a ~ U(0, 1), both held at 0.01 or more as in the authors' code: below the bound the bound is used, and a gradient
// that would lower the parameter further is dropped, so that it can come back.
#include <limits>

#include <ATen/ATen.h>

#include "models/position/hold_within.hpp"
#include "models/position/schemes.hpp"

namespace overtake {

namespace {

constexpr double least = 0.01, unbounded = std::numeric_limits<double>::infinity();

class KerpleLog final : public LagBiasScheme {
  public:
    KerpleLog(const SchemeInfo& info, SchemeSetup given) : LagBiasScheme(info, std::move(given)) {
        scale_N1_ = add_parameter("scale", {setup().model.heads, 1}, Distribution::uniform, 0, 2);
        rate_N1_ = add_parameter("rate", {setup().model.heads, 1}, Distribution::uniform, 0, 1);
    }

  protected:
    at::Tensor bias_of(const at::Tensor& lag) const override {
        const at::Tensor rate = per_head(hold_within(rate_N1_.to(at::kDouble), least, unbounded), lag);
        const at::Tensor scale = per_head(hold_within(scale_N1_.to(at::kDouble), least, unbounded), lag);
        return rate.mul(lag).log1p().mul(scale.neg()).to(real());
    }

  private:
    at::Tensor scale_N1_, rate_N1_;
};

}  // namespace

SchemePointer make_kerple_log(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<KerpleLog>(info, std::move(setup));
}

}  // namespace overtake
