// FIRE: a small network of the lag over the query's position, both behind a logarithm (Li et al. 2023, arXiv:2310.04418).
//
// Query i and key k add f(psi(i - k) / (psi(max(i, |m| L)) + 1e-6)), psi(x) = ln(|c x| + 1), f = hidden ReLUs to N heads: section 3
// with the 0-based i, the trained threshold m L and the epsilon of the authors' code. i counts from the start of the document.
// Before the threshold the normaliser is one number and the bias a function of the lag, which is how a CPU forms it.
//
// Parameters, S sets (one per layer, or 1): position.rate [S] is c (0.1), position.threshold [S] is m (1), position.hidden.weight and
// .bias [S, W], position.output.weight [S, N, W], position.output.bias [S, N]; the network's initial values are nn.Linear's.
#include <cmath>
#include <vector>

#include <ATen/ATen.h>

#include "models/position/schemes.hpp"

namespace overtake {

namespace {

class Fire final : public PositionScheme {
  public:
    Fire(const SchemeInfo& info, SchemeSetup given)
        : PositionScheme(info, std::move(given)),
          sets_(string_option(setup().options, "share") == "layer" ? setup().model.layers : 1),
          first_threshold_(static_cast<double>(integer_option(setup().options, "threshold"))) {
        const std::int64_t hidden = integer_option(setup().options, "hidden"), heads = setup().model.heads;
        const double bound = 1 / std::sqrt(static_cast<double>(hidden));
        rate_S_ = add_parameter("rate", at::full({sets_}, number_option(setup().options, "rate"), at::kDouble));
        threshold_S_ = add_parameter("threshold", at::ones({sets_}, at::kDouble));
        hidden_weight_SW_ = add_parameter("hidden.weight", {sets_, hidden}, Distribution::uniform, -1, 1);
        hidden_bias_SW_ = add_parameter("hidden.bias", {sets_, hidden}, Distribution::uniform, -1, 1);
        output_weight_SNW_ = add_parameter("output.weight", {sets_, heads, hidden}, Distribution::uniform, -bound, bound);
        output_bias_SN_ = add_parameter("output.bias", {sets_, heads}, Distribution::uniform, -bound, bound);
    }

    StaticBias static_bias(std::int64_t layer) const override { return bias_[set_of(layer)]; }

    /// Documents of a window that reaches beyond the threshold: each query is normalised by its own place.
    at::Tensor content_bias(const at::Tensor&, const QueryKey&, std::int64_t layer) const override {
        return bias_[set_of(layer)].defined() ? at::Tensor() : bias_by_sequence_[set_of(layer)];
    }

  protected:
    void prepare() override {
        bias_.assign(static_cast<std::size_t>(sets_), {});
        bias_by_sequence_.assign(static_cast<std::size_t>(sets_), {});
        for (std::int64_t set = 0; set < sets_; ++set) {
            prepare(set, bias_[static_cast<std::size_t>(set)], bias_by_sequence_[static_cast<std::size_t>(set)]);
        }
    }

  private:
    std::size_t set_of(std::int64_t layer) const { return static_cast<std::size_t>(sets_ > 1 ? layer : 0); }

    void prepare(std::int64_t set, StaticBias& fixed, at::Tensor& by_sequence_BNTT) const {
        const at::Tensor place = positions();
        if (placement().packed()) {
            if (const double until = by_lag_until(set); until >= 0 && until >= place.max().item<double>()) {
                fixed.by_lag_NT = bias_of(set, positions_in_window_T(), at::zeros({1}, place.options()));
            } else {
                by_sequence_BNTT = bias_of(set, lags_TT().clamp_min(0).unsqueeze(0), place.unsqueeze(-1)).transpose(0, 1).contiguous();
            }
            return;
        }
        const double until = placement().sampled() ? -1 : by_lag_until(set);
        if (until < 0) {
            fixed.by_pair_NTT = bias_of(set, lags_TT().clamp_min(0), place.unsqueeze(-1)).contiguous();
            return;
        }
        const at::Tensor by_lag_NT = bias_of(set, place, at::zeros({1}, place.options()));
        const std::int64_t rows = static_cast<std::int64_t>(std::min(until, static_cast<double>(length() - 1))) + 1;
        if (rows == length()) {
            fixed.by_lag_NT = by_lag_NT;
            return;
        }
        const at::Tensor lag_TT = lags_TT().clamp_min_(0), later = lag_TT.narrow(0, rows, length() - rows);
        const at::Tensor early = by_lag_NT.index_select(1, lag_TT.narrow(0, 0, rows).to(at::kLong).flatten());
        fixed.by_pair_NTT = at::cat({early.view({-1, rows, length()}),
                                     bias_of(set, later, place.narrow(0, rows, length() - rows).unsqueeze(-1))}, 1);
    }

    /// Last place up to which the normaliser is that of the threshold; -1 on a GPU, which isn't asked for its numbers.
    double by_lag_until(std::int64_t set) const {
        return setup().device.is_cpu() ? std::abs(threshold_S_[set].item<double>()) * first_threshold_ : -1;
    }

    /// [N, S] in type `real`, for lags and places of queries (fp64, in documents) that broadcast to S.
    at::Tensor bias_of(std::int64_t set, const at::Tensor& lag, const at::Tensor& place) const {
        const at::Tensor rate = rate_S_[set].to(at::kDouble);
        const at::Tensor normaliser = at::maximum(place, threshold_S_[set].to(at::kDouble).mul(first_threshold_).abs());
        const auto psi = [&](const at::Tensor& x) { return x.mul(rate).abs().log1p(); };
        const at::Tensor share_S = psi(lag).div(psi(normaliser).add(1e-6)).to(real());
        const at::Tensor hidden_SW =
            at::addcmul(hidden_bias_SW_[set], share_S.reshape({-1, 1}), hidden_weight_SW_[set]).relu();
        const at::Tensor out_NS = at::addmm(output_bias_SN_[set].unsqueeze(1), output_weight_SNW_[set], hidden_SW.t());
        std::vector<std::int64_t> shape = share_S.sizes().vec();
        shape.insert(shape.begin(), setup().model.heads);
        return out_NS.view(shape);
    }

    std::int64_t sets_;
    double first_threshold_;
    at::Tensor rate_S_, threshold_S_, hidden_weight_SW_, hidden_bias_SW_, output_weight_SNW_, output_bias_SN_;
    std::vector<StaticBias> bias_;
    std::vector<at::Tensor> bias_by_sequence_;
};

}  // namespace

SchemePointer make_fire(const SchemeInfo& info, SchemeSetup setup) { return std::make_unique<Fire>(info, std::move(setup)); }

}  // namespace overtake
