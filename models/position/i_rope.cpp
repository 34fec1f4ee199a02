// iRoPE: RoPE in most layers, nothing in every n-th, which sees the whole context and is sharpened with the position (Llama 4).
//
// Layer l is without RoPE if (l + 1) % every == 0. Layers with RoPE see their own chunk of the window alone if `chunk` is set. The
// others multiply queries by 1 + scale ln(1 + floor((i + 1) / floor)), i counted from the start of the document. Yang et al. 2025,
// arXiv:2501.18795 (RNoPE) is every = 4 without the factor.
#include <ATen/ATen.h>

#include "models/position/rotary.hpp"
#include "models/position/schemes.hpp"

namespace overtake {

namespace {

class IRope final : public RotaryScheme {
  public:
    IRope(const SchemeInfo& info, SchemeSetup given)
        : RotaryScheme(info, std::move(given)),
          every_(integer_option(setup().options, "every")),
          chunk_(integer_option(setup().options, "chunk")) {}

    QueryKey transform(QueryKey qk, const at::Tensor& x_BTD, std::int64_t layer) const override {
        return rotates(layer) ? RotaryScheme::transform(std::move(qk), x_BTD, layer) : qk;
    }

    std::int64_t first_key(std::int64_t query, std::int64_t layer) const override {
        return rotates(layer) && chunk_ > 0 ? query / chunk_ * chunk_ : 0;
    }

    at::Tensor temperature(std::int64_t layer) const override { return rotates(layer) ? at::Tensor() : temperature_B1T1_; }

  protected:
    void prepare() override {
        RotaryScheme::prepare();
        const double floor = static_cast<double>(integer_option(setup().options, "temperature_floor"));
        const double scale = number_option(setup().options, "temperature_scale");
        temperature_B1T1_ = positions().add(1).div(floor).floor().log1p().mul(scale).add(1).view({-1, 1, length(), 1}).to(real());
    }

  private:
    bool rotates(std::int64_t layer) const { return (layer + 1) % every_ != 0; }

    std::int64_t every_, chunk_;
    at::Tensor temperature_B1T1_;
};

}  // namespace

SchemePointer make_i_rope(const SchemeInfo& info, SchemeSetup setup) { return std::make_unique<IRope>(info, std::move(setup)); }

}  // namespace overtake
