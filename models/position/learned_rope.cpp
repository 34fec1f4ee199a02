// RoPE with trained frequencies: ln theta_j is a parameter that starts at RoPE's value.
//
// Stored as 16 ln theta, as in GRAPE (2025): Adam's steps have the size of the learning rate whatever the gradient's, and
// one that suits matrices is some 16 times too much for a logarithm of a frequency.
#include <ATen/ATen.h>

#include "models/position/rotary.hpp"
#include "models/position/schemes.hpp"

namespace overtake {

namespace {

constexpr double stored_per_logarithm = 16;

class LearnedRope final : public RotaryScheme {
  public:
    LearnedRope(const SchemeInfo& info, SchemeSetup given) : RotaryScheme(info, std::move(given)) {
        const ModelConfig& model = setup().model;
        const std::string share = string_option(setup().options, "share");
        layers_ = share == "all" ? 1 : model.layers;
        heads_ = share == "head" ? model.heads : 1;
        const at::Tensor one_J = at::tensor(rope_frequencies(grid().width, grid().base), at::kDouble).log().mul(stored_per_logarithm);
        const std::int64_t pairs = one_J.size(0);
        const std::vector<std::int64_t> shape = share == "head"    ? std::vector{layers_, heads_, pairs}
                                                : share == "layer" ? std::vector{layers_, pairs}
                                                                   : std::vector{pairs};
        stored_ = add_parameter("log_frequencies", one_J.expand(shape).contiguous());
    }

  protected:
    at::Tensor theta() const override {
        return stored_.to(at::kDouble).mul(1 / stored_per_logarithm).exp().view({layers_, heads_, -1});
    }

    bool trained() const override { return true; }

  private:
    std::int64_t layers_ = 1, heads_ = 1;
    at::Tensor stored_;
};

}  // namespace

SchemePointer make_learned_rope(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<LearnedRope>(info, std::move(setup));
}

}  // namespace overtake
