// RoPE with trained frequencies: ln theta_j is a parameter that starts at RoPE's value.
//
// Stored as 16 ln theta, as in GRAPE (2025): Adam's steps have the size of the learning rate whatever the gradient's, and
// one that suits matrices is some 16 times too much for a logarithm of a frequency.
#include <cmath>

#include <ATen/ATen.h>

#include "models/operations.hpp"
#include "models/position/rotary.hpp"
#include "models/position/schemes.hpp"

namespace overtake {

namespace {

constexpr double stored_per_logarithm = 16;

class LearnedRope final : public PositionScheme {
  public:
    LearnedRope(const SchemeInfo& info, SchemeSetup given)
        : PositionScheme(info, std::move(given)), base_(number_option(setup().options, "base")) {
        const ModelConfig& model = setup().model;
        const std::string share = string_option(setup().options, "share");
        per_head_ = share == "head";
        per_layer_ = share != "all";
        const at::Tensor theta_J = at::tensor(rope_frequencies(model.head_width(), base_), at::kDouble);
        const at::Tensor one = theta_J.log().mul(stored_per_logarithm);
        const std::int64_t pairs = one.size(0);
        const std::vector<std::int64_t> shape = per_head_    ? std::vector{model.layers, model.heads, pairs}
                                                : per_layer_ ? std::vector{model.layers, pairs}
                                                             : std::vector{pairs};
        stored_ = add_parameter("log_frequencies", one.expand(shape).contiguous());
    }

    QueryKey transform(QueryKey qk, const at::Tensor&, std::int64_t layer) const override {
        const at::Tensor cosine = per_layer_ ? tables_.cosine.select(0, layer) : tables_.cosine;
        const at::Tensor sine = per_layer_ ? tables_.sine.select(0, layer) : tables_.sine;
        return {rotate_pairs(qk.q_BNTH, cosine, sine), rotate_pairs(qk.k_BNTH, cosine, sine)};
    }

    void extend(const ExtensionConfig& extension) override {
        extension_ = make_frequency_extension(extension, setup().model.head_width(), base_, setup().train_length);
    }

    Inspection inspect() const override {
        return {{"frequencies", extension_.apply(theta())}, {"temperature", at::scalar_tensor(extension_.table_factor, at::kDouble)}};
    }

  protected:
    void prepare() override {
        tables_ = angle_tables(extension_.apply(theta()), positions_in_window_T(), extension_.table_factor, setup().real);
    }

  private:
    at::Tensor theta() const { return stored_.to(at::kDouble).mul(1 / stored_per_logarithm).exp(); }

    double base_;
    bool per_layer_ = false, per_head_ = false;
    FrequencyExtension extension_;
    at::Tensor stored_;
    AngleTables tables_;
};

}  // namespace

SchemePointer make_learned_rope(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<LearnedRope>(info, std::move(setup));
}

}  // namespace overtake
