// xPos: RoPE whose scores decay with the lag, pair by pair (Sun et al. 2022, arXiv:2212.10554, equation 14).
//
// zeta_j = (2j/d + 0.4) / 1.4; queries are multiplied by zeta_j^((i - c) / scale_base), keys by its inverse, so that scores gain
// zeta_j^(r / scale_base). c is the middle of the context: scores don't depend on it, but both factors stay in range of fp32 up to
// about 70,000 tokens with scale_base 512.
#include <cmath>

#include <ATen/ATen.h>

#include "models/operations.hpp"
#include "models/position/rotary.hpp"
#include "models/position/schemes.hpp"

namespace overtake {

namespace {

class XPos final : public RotaryScheme {
  public:
    XPos(const SchemeInfo& info, SchemeSetup given)
        : RotaryScheme(info, std::move(given)), interleaved_(string_option(setup().options, "layout") == "interleaved") {}

    QueryKey transform(QueryKey qk, const at::Tensor&, std::int64_t) const override {
        if (interleaved_) {
            qk = {halves_from_pairs(qk.q_BNTH), halves_from_pairs(qk.k_BNTH)};
        }
        return {rotate_pairs(qk.q_BNTH, of_queries_.cosine, of_queries_.sine),
                rotate_pairs(qk.k_BNTH, of_keys_.cosine, of_keys_.sine)};
    }

  protected:
    void prepare() override {
        RotaryScheme::prepare();
        const at::Tensor position_T1 = positions_in_window_T().unsqueeze(1);
        const at::Tensor pair_J = at::arange(grid().width / 2, position_T1.options());
        const at::Tensor log_zeta_J = pair_J.mul(2 / static_cast<double>(grid().width)).add(0.4).div(1.4).log();
        const double middle = std::ceil(static_cast<double>(context_length()) / 2);
        const at::Tensor power_TJ = position_T1.sub(middle).div(number_option(setup().options, "scale_base")).mul(log_zeta_J);
        const AngleTables plain = tables_of(0);
        const at::Tensor growth_TJ = power_TJ.exp().to(setup().real), decay_TJ = power_TJ.neg().exp().to(setup().real);
        of_queries_ = {plain.cosine.mul(growth_TJ), plain.sine.mul(growth_TJ)};
        of_keys_ = {plain.cosine.mul(decay_TJ), plain.sine.mul(decay_TJ)};
    }

  private:
    bool interleaved_;
    AngleTables of_queries_, of_keys_;
};

}  // namespace

SchemePointer make_xpos(const SchemeInfo& info, SchemeSetup setup) { return std::make_unique<XPos>(info, std::move(setup)); }

}  // namespace overtake
