// KERPLE's power kernel: -a r^p, a and p per head, shared by all layers (Chi et al. 2022, arXiv:2205.09921, section 4).
//
// a ~ U(0, 1) held at 0.01 or more, p ~ U(0, 2) held from 0.01 to 2, as in the authors' code. With p = 1 it is ALiBi with trained
// slopes. Parameters: position.scale [N, 1] is a, position.power [N, 1] is p.
#include <limits>

#include <ATen/ATen.h>

#include "models/position/hold_within.hpp"
#include "models/position/schemes.hpp"

namespace overtake {

namespace {

class KerplePower final : public LagBiasScheme {
  public:
    KerplePower(const SchemeInfo& info, SchemeSetup given) : LagBiasScheme(info, std::move(given)) {
        scale_N1_ = add_parameter("scale", {setup().model.heads, 1}, Distribution::uniform, 0, 1);
        power_N1_ = add_parameter("power", {setup().model.heads, 1}, Distribution::uniform, 0, 2);
    }

  protected:
    at::Tensor bias_of(const at::Tensor& lag) const override {
        const at::Tensor scale = hold_within(scale_N1_.to(at::kDouble), 0.01, std::numeric_limits<double>::infinity());
        const at::Tensor power = hold_within(power_N1_.to(at::kDouble), 0.01, 2);
        return at::pow(lag, per_head(power, lag)).mul(per_head(scale, lag)).neg().to(real());
    }

  private:
    at::Tensor scale_N1_, power_N1_;
};

}  // namespace

SchemePointer make_kerple_power(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<KerplePower>(info, std::move(setup));
}

}  // namespace overtake
