// Sinusoidal absolute positions, added to the input at the scale of the token embedding.
//
// The paper multiplies embeddings of deviation D^(-1/2) by sqrt(D) before it adds sines of amplitude 1. Every scheme shares
// one token embedding here, so the sines are scaled by its initial deviation instead: the same ratio, and RMSNorm drops the rest.
#include "models/position/sinusoidal.hpp"

#include <cmath>

#include <ATen/ATen.h>

#include "models/position/schemes.hpp"

namespace overtake {

std::vector<float> sinusoidal_table(std::int64_t length, std::int64_t width) {
    std::vector<float> table(static_cast<std::size_t>(length * width));
    for (std::int64_t position = 0; position < length; ++position) {
        for (std::int64_t channel = 0; channel < width; ++channel) {
            const double exponent = static_cast<double>(channel / 2 * 2) / static_cast<double>(width);
            const double angle = static_cast<double>(position) * std::pow(10000.0, -exponent);
            table[static_cast<std::size_t>(position * width + channel)] =
                static_cast<float>(channel % 2 == 0 ? std::sin(angle) : std::cos(angle));
        }
    }
    return table;
}

namespace {

class Sinusoidal final : public PositionScheme {
  public:
    using PositionScheme::PositionScheme;

    void prepare(std::int64_t context_length) override {
        if (table_TD_.defined() && table_TD_.size(0) >= context_length) {
            return;
        }
        std::vector<float> values = sinusoidal_table(context_length, setup().model.width);
        table_TD_ = at::from_blob(values.data(), {context_length, setup().model.width}, at::kFloat)
                        .mul(setup().embedding_deviation)
                        .to(setup().device);
    }

    at::Tensor add_to_input(const at::Tensor& x_BTD) const override {
        return x_BTD + table_TD_.narrow(0, 0, x_BTD.size(1));
    }

  private:
    at::Tensor table_TD_;
};

}  // namespace

SchemePointer make_sinusoidal(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<Sinusoidal>(info, std::move(setup));
}

}  // namespace overtake
