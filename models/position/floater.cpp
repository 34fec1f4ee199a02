// FLOATER: positions are the path of a neural differential equation, added in every block (Liu et al. 2020, arXiv:2003.09229).
//
// p_l(0) is trained per layer, dp/dt = h(t, p) = W_o tanh(W_i p + w_t t + b_i) + b_o serves all; the token at position n stands at time
// n dt and adds p_l(n dt) to the input of its block's projections: section 3. Integrated by the classical Runge-Kutta method
// with one step per `stride` tokens, all layers at once, and cubic Hermite polynomials between (both ends' slopes are known anyway);
// gradients go through the steps. A stride of 4 makes 128 steps of T = 512: once per pass, whatever the batch, about half the time
// of a step of 4 sequences at 4 x 128, and an eighth with 16.
//
// At first it is a sinusoid: W_i the identity, W_o turns pair j by 10000^(-2j/D) / stride radians per token, the fastest that the
// steps follow, and p_l(0) has the size of the token embedding, where tanh is nearly linear.
// Parameters: position.start [L, D], position.hidden.weight [D, D], .time [D], .bias [D], position.output.weight [D, D], .bias [D].
#include <cmath>
#include <vector>

#include <ATen/ATen.h>

#include "models/position/schemes.hpp"

namespace overtake {

namespace {

class Floater final : public PositionScheme {
  public:
    Floater(const SchemeInfo& info, SchemeSetup given)
        : PositionScheme(info, std::move(given)),
          dt_(number_option(setup().options, "dt")),
          stride_(integer_option(setup().options, "stride")) {
        const std::int64_t width = setup().model.width, layers = setup().model.layers;
        at::Tensor start_LD = at::zeros({layers, width}, at::kDouble), turn_DD = at::zeros({width, width}, at::kDouble);
        for (std::int64_t pair = 0; 2 * pair + 1 < width; ++pair) {
            const double turned = std::pow(10000.0, -2 * static_cast<double>(pair) / static_cast<double>(width)) /
                                  (static_cast<double>(stride_) * dt_);
            turn_DD[2 * pair][2 * pair + 1] = turned;
            turn_DD[2 * pair + 1][2 * pair] = -turned;
            start_LD.select(1, 2 * pair + 1).fill_(setup().embedding_deviation);
        }
        start_LD_ = add_parameter("start", start_LD);
        hidden_weight_DD_ = add_parameter("hidden.weight", at::eye(width, at::kDouble));
        time_D_ = add_parameter("hidden.time", at::zeros({width}));
        hidden_bias_D_ = add_parameter("hidden.bias", at::zeros({width}));
        output_weight_DD_ = add_parameter("output.weight", turn_DD);
        output_bias_D_ = add_parameter("output.bias", at::zeros({width}));
    }

    at::Tensor add_to_attention_input(const at::Tensor& x_RD, std::int64_t layer) const override {
        const at::Tensor path = path_SLD_.select(-2, layer);
        return x_RD.view({-1, length(), x_RD.size(1)}).add(path).to(x_RD.scalar_type()).view(x_RD.sizes());
    }

    Inspection inspect() const override { return {{"path", path_SLD_}}; }

  protected:
    void prepare() override {
        const at::Tensor place = positions().div(static_cast<double>(stride_)), segment = place.floor();
        const auto last = placement().sampled() ? placement().positions_T.const_data_ptr<double>()[length() - 1]
                                                : static_cast<double>(length() - 1);
        const Nodes nodes = integrate(static_cast<std::int64_t>(last) / stride_ + 1);
        const at::Tensor from = segment.to(at::kLong).flatten(), to = from.add(1);
        std::vector<std::int64_t> shape = place.sizes().vec();
        shape.insert(shape.end(), {1, 1});
        const at::Tensor u = place.sub(segment).to(real()).view(shape), rest = u.neg().add(1);
        shape.pop_back();
        shape.pop_back();
        shape.insert(shape.end(), {start_LD_.size(0), start_LD_.size(1)});
        const auto at_nodes = [&](const at::Tensor& values_SLD, const at::Tensor& node) {
            return values_SLD.index_select(0, node).view(shape);
        };
        const double step = static_cast<double>(stride_) * dt_;
        path_SLD_ = at_nodes(nodes.value_SLD, from) * (u.mul(2).add(1) * rest.square()) +
                    at_nodes(nodes.value_SLD, to) * (u.square() * (u.mul(-2).add(3))) +
                    (at_nodes(nodes.slope_SLD, from) * (u * rest.square()) - at_nodes(nodes.slope_SLD, to) * (u.square() * rest)) * step;
    }

  private:
    struct Nodes {
        at::Tensor value_SLD, slope_SLD;  // at every stride_-th token, steps + 1 of them
    };

    at::Tensor slope(double time, const at::Tensor& p_LD) const {
        const at::Tensor bias_D = at::add(hidden_bias_D_, time_D_, time);
        return at::addmm(output_bias_D_, at::addmm(bias_D, p_LD, hidden_weight_DD_.t()).tanh(), output_weight_DD_.t());
    }

    Nodes integrate(std::int64_t steps) const {
        const double step = static_cast<double>(stride_) * dt_;
        std::vector<at::Tensor> values{start_LD_}, slopes{slope(0, start_LD_)};
        for (std::int64_t s = 0; s < steps; ++s) {
            const double time = static_cast<double>(s) * step;
            const at::Tensor p = values.back(), k1 = slopes.back();
            const at::Tensor k2 = slope(time + step / 2, at::add(p, k1, step / 2));
            const at::Tensor k3 = slope(time + step / 2, at::add(p, k2, step / 2));
            const at::Tensor k4 = slope(time + step, at::add(p, k3, step));
            values.push_back(at::add(p, k1 + at::add(k4, k2 + k3, 2), step / 6));
            slopes.push_back(slope(time + step, values.back()));
        }
        return {at::stack(values), at::stack(slopes)};
    }

    double dt_;
    std::int64_t stride_;
    at::Tensor start_LD_, hidden_weight_DD_, time_D_, hidden_bias_D_, output_weight_DD_, output_bias_D_;
    at::Tensor path_SLD_;  // [T, L, D], or [B, T, L, D] where documents are packed
};

}  // namespace

SchemePointer make_floater(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<Floater>(info, std::move(setup));
}

}  // namespace overtake
