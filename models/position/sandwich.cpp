// Sandwich: the products of sinusoidal embeddings, a function of the lag, as a bias (Chi et al. 2022, arXiv:2212.10356).
//
// Head n = 1 .. N adds sum_j cos(r theta_j) / (8 n / N), theta_j = base^(-2j/width), j < width/2, after the logits are scaled: the
// authors' code in the paper's appendix. "centred" takes the sum at lag 0 away, which changes no weight.
#include <cmath>

#include <ATen/ATen.h>

#include "models/position/schemes.hpp"

namespace overtake {

namespace {

class Sandwich final : public LagBiasScheme {
  public:
    Sandwich(const SchemeInfo& info, SchemeSetup given)
        : LagBiasScheme(info, std::move(given)),
          centred_(string_option(setup().options, "normalisation") == "centred"),
          pairs_(integer_option(setup().options, "width") / 2),
          base_(number_option(setup().options, "base")),
          slopes_N_(at::arange(1, setup().model.heads + 1, at::TensorOptions(at::kDouble).device(setup().device))
                        .mul(8.0 / static_cast<double>(setup().model.heads))
                        .reciprocal()) {}

    Inspection inspect() const override { return {{"slopes", slopes_N_}}; }

  protected:
    at::Tensor bias_of(const at::Tensor& lag) const override {
        at::Tensor sum = at::zeros_like(lag);
        for (std::int64_t j = 0; j < pairs_; ++j) {
            sum.add_(lag.mul(std::pow(base_, -static_cast<double>(j) / static_cast<double>(pairs_))).cos_());
        }
        return per_head(slopes_N_, lag).mul(centred_ ? sum.sub(static_cast<double>(pairs_)) : sum).to(real());
    }

  private:
    bool centred_;
    std::int64_t pairs_;
    double base_;
    at::Tensor slopes_N_;  // N / (8 n), what multiplies the sum
};

}  // namespace

SchemePointer make_sandwich(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<Sandwich>(info, std::move(setup));
}

}  // namespace overtake
