// Resonance RoPE: wavelengths rounded to whole tokens, so that no later turn brings an unseen angle (Wang et al. 2024,
// arXiv:2403.00071, section 4). Halves go to the even number; under an extension the scaled wavelengths are rounded.
#include <numbers>

#include <ATen/ATen.h>

#include "models/position/rotary.hpp"
#include "models/position/schemes.hpp"

namespace overtake {

namespace {

class Resonance final : public RotaryScheme {
  public:
    using RotaryScheme::RotaryScheme;

  protected:
    at::Tensor finished(const at::Tensor& frequencies) const override {
        return frequencies.reciprocal().mul(2 * std::numbers::pi).round().reciprocal().mul(2 * std::numbers::pi);
    }
};

}  // namespace

SchemePointer make_resonance(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<Resonance>(info, std::move(setup));
}

}  // namespace overtake
