// Logits that grow with the logarithm of the number of visible keys n = i + 1, on top of RoPE or of nothing: ssmax and log-n.
//
// ssmax (Nakanishi 2025, arXiv:2501.19399, equation 3): s ln n, s trained per head and layer or fixed, from the start of training.
// log-n (Chiang and Cholak 2022, arXiv:2202.12172, section 5.3, with a floor): ln n / ln T beyond the train length T, 1 within it.
// n is counted in the document, so that it means the same in training and with cached keys; one visible key needs no temperature.
#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "models/position/rotary.hpp"
#include "models/position/schemes.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

class LogTemperature : public RotaryScheme {
  public:
    LogTemperature(const SchemeInfo& info, SchemeSetup given)
        : RotaryScheme(info, std::move(given)), rotates_(string_option(setup().options, "on") == "rope") {}

    QueryKey transform(QueryKey qk, const at::Tensor& x_BTD, std::int64_t layer) const override {
        return rotates_ ? RotaryScheme::transform(std::move(qk), x_BTD, layer) : qk;
    }

    void extend(const ExtensionConfig& extension) override {
        if (!rotates_) {
            const Problem problem{"extension.method", "\"" + extension.method + "\" can't extend \"" + std::string(info().name) +
                                                          "\" on none (it rescales RoPE's frequencies); set on = \"rope\""};
            throw ConfigError({problem});
        }
        RotaryScheme::extend(extension);
    }

  protected:
    /// ln n, fp64 [B or 1, 1, T, 1].
    at::Tensor log_visible_keys() const { return positions().add(1).log().view({-1, 1, length(), 1}); }

  private:
    bool rotates_;
};

class Ssmax final : public LogTemperature {
  public:
    Ssmax(const SchemeInfo& info, SchemeSetup given) : LogTemperature(info, std::move(given)) {
        const ModelConfig& model = setup().model;
        const at::Tensor initial_LN = at::full({model.layers, model.heads}, number_option(setup().options, "s"), at::kDouble);
        scale_LN_ = flag_option(setup().options, "learned") ? add_parameter("scale", initial_LN) : initial_LN.to(real());
    }

    at::Tensor temperature(std::int64_t layer) const override {
        return scale_LN_.select(0, layer).view({1, -1, 1, 1}).mul(log_n_B1T1_);
    }

  protected:
    void prepare() override {
        LogTemperature::prepare();
        log_n_B1T1_ = log_visible_keys().to(real());
    }

  private:
    at::Tensor scale_LN_, log_n_B1T1_;
};

class LogN final : public LogTemperature {
  public:
    using LogTemperature::LogTemperature;
    at::Tensor temperature(std::int64_t) const override { return temperature_B1T1_; }

  protected:
    void prepare() override {
        LogTemperature::prepare();
        const double at_train_length = std::log(std::max(2.0, static_cast<double>(setup().train_length)));
        temperature_B1T1_ = log_visible_keys().div(at_train_length).clamp_min(1).to(real());
    }

  private:
    at::Tensor temperature_B1T1_;
};

}  // namespace

SchemePointer make_ssmax(const SchemeInfo& info, SchemeSetup setup) { return std::make_unique<Ssmax>(info, std::move(setup)); }

SchemePointer make_log_n(const SchemeInfo& info, SchemeSetup setup) { return std::make_unique<LogN>(info, std::move(setup)); }

}  // namespace overtake
