// RoPE on a share of the pairs: p-rope stops the slow ones of the whole grid, partial-rope rotates the first channels on a grid of their own.
//
// p-rope (Barbero et al. 2024, arXiv:2410.06205, section 6): the first floor(share d / 2) frequencies of base^(-2j/d), the others 0.
// partial-rope (GPT-J, GPT-NeoX): the first w = 2 floor(share d / 2) channels with base^(-2j/w), the others as they are.
#include <cmath>

#include <ATen/ATen.h>

#include "models/position/rotary.hpp"
#include "models/position/schemes.hpp"

namespace overtake {

namespace {

class PRope final : public RotaryScheme {
  public:
    using RotaryScheme::RotaryScheme;

  protected:
    at::Tensor theta() const override {
        const double share = number_option(setup().options, "rotated_share");
        const auto rotated = std::floor(share * static_cast<double>(setup().model.head_width()) / 2);
        const at::Tensor whole = RotaryScheme::theta();
        return whole.mul(at::arange(whole.size(-1), whole.options()).lt(rotated));
    }
};

class PartialRope final : public RotaryScheme {
  public:
    PartialRope(const SchemeInfo& info, SchemeSetup given)
        : RotaryScheme(info, std::move(given)),
          rotated_(2 * rotated_pairs(setup().model, {std::string(info.name), setup().options})) {}

    QueryKey transform(QueryKey qk, const at::Tensor& x_BTD, std::int64_t layer) const override {
        const std::int64_t still = qk.q_BNTH.size(3) - rotated_;
        const QueryKey first =
            RotaryScheme::transform({qk.q_BNTH.narrow(3, 0, rotated_), qk.k_BNTH.narrow(3, 0, rotated_)}, x_BTD, layer);
        return {at::cat({first.q_BNTH, qk.q_BNTH.narrow(3, rotated_, still)}, 3),
                at::cat({first.k_BNTH, qk.k_BNTH.narrow(3, rotated_, still)}, 3)};
    }

  protected:
    RotaryGrid grid() const override {
        RotaryGrid grid = RotaryScheme::grid();
        grid.width = rotated_;
        return grid;
    }

  private:
    std::int64_t rotated_;
};

}  // namespace

SchemePointer make_p_rope(const SchemeInfo& info, SchemeSetup setup) { return std::make_unique<PRope>(info, std::move(setup)); }

SchemePointer make_partial_rope(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<PartialRope>(info, std::move(setup));
}

}  // namespace overtake
