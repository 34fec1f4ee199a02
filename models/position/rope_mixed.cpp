// RoPE-Mixed in one dimension: every frequency of every head and layer trained as it is (Heo et al. 2024, arXiv:2403.13298, section 3.2).
//
// The paper's two axes meet the plane in a random direction per head: its frequencies along one axis are m_i cos(a) for the first half of
// the pairs and m_i cos(a + pi/2) for the second, m_i = base^(-4i/d). In one dimension that is a start for learned-rope with share =
// "head", whose function it is; frequencies may be negative, and steps have the same size for slow pairs as for fast ones.
#include <cmath>
#include <numbers>

#include <ATen/ATen.h>

#include "models/initial_values.hpp"
#include "models/position/rotary.hpp"
#include "models/position/schemes.hpp"

namespace overtake {

namespace {

class RopeMixed final : public RotaryScheme {
  public:
    RopeMixed(const SchemeInfo& info, SchemeSetup given) : RotaryScheme(info, std::move(given)) {
        const ModelConfig& model = setup().model;
        const at::Tensor direction_LN1 = at::empty({model.layers, model.heads, 1}, at::kFloat);
        ParameterStream(setup().seed, "position.frequencies")
            .fill_uniform({direction_LN1.mutable_data_ptr<float>(), static_cast<std::size_t>(direction_LN1.numel())}, 0,
                          2 * std::numbers::pi);
        const std::int64_t pairs = grid().width / 2, first = (pairs + 1) / 2;
        const at::Tensor pair_J = at::arange(pairs, at::kDouble), in_second_J = pair_J.ge(first);
        const at::Tensor magnitude_J =
            pair_J.remainder(static_cast<double>(first)).mul(-2 * std::log(grid().base) / static_cast<double>(pairs)).exp();
        const at::Tensor turned_J = in_second_J.to(at::kDouble).mul(std::numbers::pi / 2);
        frequencies_LNJ_ = add_parameter("frequencies", direction_LN1.to(at::kDouble).add(turned_J).cos().mul(magnitude_J));
    }

  protected:
    at::Tensor theta() const override { return frequencies_LNJ_.to(at::kDouble); }
    bool trained() const override { return true; }

  private:
    at::Tensor frequencies_LNJ_;
};

}  // namespace

SchemePointer make_rope_mixed(const SchemeInfo& info, SchemeSetup setup) { return std::make_unique<RopeMixed>(info, std::move(setup)); }

}  // namespace overtake
