// Extensions that change all frequencies by one rule: position interpolation, NTK-aware bases, Llama 3.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <ATen/ATen.h>

#include "models/position/frequency_extension.hpp"
#include "sweeps/position_schemes.hpp"

namespace overtake {

namespace {

class Interpolated final : public FrequencyExtension {
  public:
    explicit Interpolated(double factor) : factor_(factor) {}
    at::Tensor frequencies(const at::Tensor& theta, std::int64_t) const override { return theta.div(factor_); }

  private:
    double factor_;
};

class Ntk final : public FrequencyExtension {
  public:
    Ntk(const RotaryGrid& grid, double factor) : grid_(grid), factor_(factor) {}
    at::Tensor frequencies(const at::Tensor& theta, std::int64_t) const override { return ntk_frequencies(theta, grid_, factor_); }

  private:
    RotaryGrid grid_;
    double factor_;
};

/// The factor doesn't cancel: with 2, twice the train length is scaled by 3. Nothing is remembered of longer contexts.
class DynamicNtk final : public FrequencyExtension {
  public:
    DynamicNtk(const RotaryGrid& grid, double factor) : grid_(grid), factor_(factor) {}
    at::Tensor frequencies(const at::Tensor& theta, std::int64_t length) const override {
        const auto train_length = static_cast<double>(grid_.train_length);
        const double longest = std::max(static_cast<double>(length), train_length);
        return ntk_frequencies(theta, grid_, factor_ * longest / train_length - (factor_ - 1));
    }
    bool changes() const override { return true; }

  private:
    RotaryGrid grid_;
    double factor_;
};

/// YaRN's idea with other ends: linear in the number of turns within the train length, no temperature.
class Llama3 final : public FrequencyExtension {
  public:
    Llama3(const RotaryGrid& grid, double factor, double low, double high) : grid_(grid), factor_(factor), low_(low), high_(high) {}
    at::Tensor frequencies(const at::Tensor& theta, std::int64_t) const override {
        const at::Tensor turns = theta.abs().mul(static_cast<double>(grid_.train_length) / (2 * std::numbers::pi));
        const at::Tensor kept = turns.sub(low_).div(high_ - low_).clamp(0, 1);
        return theta.mul(kept).add(theta.div(factor_).mul(1 - kept));
    }

  private:
    RotaryGrid grid_;
    double factor_, low_, high_;
};

}  // namespace

ExtensionPointer make_scaled_extension(const ExtensionConfig& config, const RotaryGrid& grid) {
    const double factor = number_option(config.options, "factor");
    if (config.method == "pi") {
        return std::make_unique<Interpolated>(factor);
    }
    if (config.method == "ntk") {
        return std::make_unique<Ntk>(grid, factor);
    }
    if (config.method == "dynamic-ntk") {
        return std::make_unique<DynamicNtk>(grid, factor);
    }
    if (config.method == "llama3") {
        return std::make_unique<Llama3>(grid, factor, number_option(config.options, "low_frequency_factor"),
                                        number_option(config.options, "high_frequency_factor"));
    }
    return nullptr;
}

}  // namespace overtake
