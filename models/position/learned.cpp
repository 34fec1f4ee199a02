// Learned absolute positions: x_p += P_p from a table of T rows (Gehring et al. 2017, arXiv:1705.03122, section 3.1).
//
// Half the deviation of the token embedding, as in GPT-2 (0.01 beside 0.02). The table ends at the train length.
#include <ATen/ATen.h>

#include "models/position/schemes.hpp"

namespace overtake {

namespace {

class Learned final : public PositionScheme {
  public:
    Learned(const SchemeInfo& info, SchemeSetup given) : PositionScheme(info, std::move(given)) {
        table_TD_ = add_parameter("table", {setup().train_length, setup().model.width}, Distribution::normal, 0,
                                  setup().embedding_deviation / 2);
    }

    at::Tensor add_to_input(const at::Tensor& x_BTD) const override {
        if (placement().sampled() || placement().packed()) {
            return x_BTD + at::embedding(table_TD_, positions().to(at::kLong));
        }
        return x_BTD + table_TD_.narrow(0, 0, x_BTD.size(1));
    }

    Inspection inspect() const override { return {{"table", table_TD_}}; }

  private:
    at::Tensor table_TD_;
};

}  // namespace

SchemePointer make_learned(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<Learned>(info, std::move(setup));
}

}  // namespace overtake
