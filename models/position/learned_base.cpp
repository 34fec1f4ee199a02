// RoPE with a trained base: theta_j = b^(-2j/d), one ln b for the model, for each layer, or for each head of each layer.
//
// Stored as 16 ln b, for the reason given in learned_rope.cpp.
#include <cmath>

#include <ATen/ATen.h>

#include "models/position/rotary.hpp"
#include "models/position/schemes.hpp"

namespace overtake {

namespace {

constexpr double stored_per_logarithm = 16;

class LearnedBase final : public RotaryScheme {
  public:
    LearnedBase(const SchemeInfo& info, SchemeSetup given) : RotaryScheme(info, std::move(given)) {
        const ModelConfig& model = setup().model;
        const std::string share = string_option(setup().options, "share");
        layers_ = share == "all" ? 1 : model.layers;
        heads_ = share == "head" ? model.heads : 1;
        stored_ = add_parameter("log_base", at::full({layers_, heads_}, stored_per_logarithm * std::log(grid().base), at::kDouble));
    }

  protected:
    at::Tensor theta() const override {
        const std::int64_t pairs = grid().width / 2;
        const at::Tensor exponent_J =
            at::arange(pairs, at::TensorOptions(at::kDouble).device(setup().device)).div(-stored_per_logarithm * static_cast<double>(pairs));
        return stored_.to(at::kDouble).view({layers_, heads_, 1}).mul(exponent_J).exp();
    }
    bool trained() const override { return true; }

  private:
    std::int64_t layers_ = 1, heads_ = 1;
    at::Tensor stored_;
};

}  // namespace

SchemePointer make_learned_base(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<LearnedBase>(info, std::move(setup));
}

}  // namespace overtake
