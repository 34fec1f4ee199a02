// RoPE: queries and keys rotate by position times frequency, in pairs (j, j + H/2) (Su et al. 2021, arXiv:2104.09864).
#include <ATen/ATen.h>

#include "models/operations.hpp"
#include "models/position/rotary.hpp"
#include "models/position/schemes.hpp"

namespace overtake {

namespace {

class Rope final : public PositionScheme {
  public:
    Rope(const SchemeInfo& info, SchemeSetup given)
        : PositionScheme(info, std::move(given)), base_(number_option(setup().options, "base")) {}

    QueryKey transform(QueryKey qk, const at::Tensor&, std::int64_t) const override {
        return {rotate_pairs(qk.q_BNTH, now_.cosine, now_.sine), rotate_pairs(qk.k_BNTH, now_.cosine, now_.sine)};
    }

    void extend(const ExtensionConfig& extension) override {
        extension_ = make_frequency_extension(extension, setup().model.head_width(), base_, setup().train_length);
        longest_ = {};
    }

    Inspection inspect() const override {
        return {{"frequencies", extension_.apply(theta())}, {"temperature", at::scalar_tensor(extension_.table_factor, at::kDouble)}};
    }

  protected:
    void prepare() override {
        if (placement().sampled()) {
            now_ = tables();
            return;
        }
        if (!longest_.cosine.defined() || longest_.cosine.size(0) < length()) {
            longest_ = tables();
        }
        now_ = {longest_.cosine.narrow(0, 0, length()), longest_.sine.narrow(0, 0, length())};
    }

  private:
    at::Tensor theta() const {
        return at::tensor(rope_frequencies(setup().model.head_width(), base_), at::kDouble).to(setup().device);
    }

    AngleTables tables() const {
        return angle_tables(extension_.apply(theta()), positions_in_window_T(), extension_.table_factor, setup().real);
    }

    double base_;
    FrequencyExtension extension_;
    AngleTables longest_, now_;
};

}  // namespace

SchemePointer make_rope(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<Rope>(info, std::move(setup));
}

}  // namespace overtake
