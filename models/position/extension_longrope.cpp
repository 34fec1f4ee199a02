// Extensions with a rescale factor of its own for every pair: LongRoPE and LongRoPE2.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <ATen/ATen.h>

#include "models/position/frequency_extension.hpp"
#include "sweeps/position_schemes.hpp"

namespace overtake {

namespace {

/// sqrt(1 + ln s / ln T), the authors' "su" policy, at every length.
double temperature_of(const Options& options, const RotaryGrid& grid) {
    const double given = number_option(options, "attention_factor"), factor = number_option(options, "factor");
    if (given > 0) {
        return given;
    }
    return factor <= 1 ? 1 : std::sqrt(1 + std::log(factor) / std::log(std::max(2.0, static_cast<double>(grid.train_length))));
}

/// One number per pair, fp64 [J]: those of the option, or `otherwise` for all.
at::Tensor factors_of(const Options& options, const char* name, const RotaryGrid& grid, double otherwise) {
    const std::vector<double>& given = list_option(options, name);
    return given.empty() ? at::full({grid.width / 2}, otherwise, at::kDouble) : at::tensor(given, at::kDouble);
}

/// One factor per pair of a context that needs them: given, or a parameter that began there.
class Factors {
  public:
    Factors(const Options& options, const char* name, const RotaryGrid& grid, double otherwise)
        : given_J_(factors_of(options, name, grid, otherwise)) {}

    void learn(const char* parameter, const AddParameter& add_parameter) {
        stored_J_ = add_parameter(parameter, given_J_.log().mul(stored_per_logarithm));
    }

    at::Tensor on(at::Device device) const {
        return stored_J_.defined() ? stored_J_.to(at::kDouble).mul(1 / stored_per_logarithm).exp() : given_J_.to(device, at::kDouble, /*non_blocking=*/true);
    }

  private:
    static constexpr double stored_per_logarithm = 16;  // as in learned_rope.cpp: a step of Adam suits it as it suits weights

    at::Tensor given_J_, stored_J_;
};

class LongRope final : public FrequencyExtension {
  public:
    LongRope(const RotaryGrid& grid, const Options& options, const AddParameter& add_parameter)
        : train_length_(grid.train_length),
          kept_positions_(integer_option(options, "n_hat")),
          factor_(number_option(options, "factor")),
          temperature_(temperature_of(options, grid)),
          dynamic_(flag_option(options, "dynamic")),
          long_(options, "long_factors", grid, factor_),
          short_(options, "short_factors", grid, 1) {
        if (flag_option(options, "learned_factors")) {
            long_.learn("extension.log_factors", add_parameter);
        }
        if (flag_option(options, "learned_short_factors")) {
            short_.learn("extension.log_short_factors", add_parameter);
        }
    }

    at::Tensor frequencies(const at::Tensor& theta, std::int64_t length) const override {
        if (length <= train_length_) {
            return theta.div(short_.on(theta.device()));
        }
        at::Tensor factors_J = long_.on(theta.device());
        if (dynamic_ && factor_ > 1) {
            const double reached = (static_cast<double>(length) / static_cast<double>(train_length_) - 1) / (factor_ - 1);
            factors_J = factors_J.sub(1).mul(reached).add(1);
        }
        return theta.div(factors_J);
    }

    double temperature(std::int64_t) const override { return temperature_; }
    std::int64_t kept_positions() const override { return kept_positions_; }
    bool changes() const override { return true; }

  private:
    std::int64_t train_length_, kept_positions_;
    double factor_, temperature_;
    bool dynamic_;
    Factors long_, short_;
};

/// Pairs below the critical one get the base at which its frequency is the rescaled one: lambda_j = lambda_c^(j / c).
class LongRope2 final : public FrequencyExtension {
  public:
    LongRope2(const RotaryGrid& grid, const Options& options, const AddParameter& add_parameter)
        : train_length_(grid.train_length),
          temperature_(temperature_of(options, grid)),
          own_(options, "long_factors", grid, number_option(options, "factor")) {
        const std::int64_t pairs = grid.width / 2, given = integer_option(options, "critical_pair");
        const auto turning_once = static_cast<std::int64_t>(std::ceil(grid.pair_that_turns(1)));
        critical_ = std::clamp<std::int64_t>(given >= 0 ? given : turning_once, 0, pairs - 1);
        if (flag_option(options, "learned_factors")) {
            own_.learn("extension.log_factors", add_parameter);
        }
    }

    at::Tensor frequencies(const at::Tensor& theta, std::int64_t length) const override {
        if (length <= train_length_) {
            return theta;
        }
        const at::Tensor own_J = own_.on(theta.device());
        const at::Tensor pair_J = at::arange(own_J.size(0), own_J.options());
        const at::Tensor share_J = pair_J.div(static_cast<double>(std::max<std::int64_t>(critical_, 1)));
        return theta.div(at::where(pair_J.ge(critical_), own_J, own_J.select(0, critical_).pow(share_J)));
    }
    double temperature(std::int64_t) const override { return temperature_; }
    bool changes() const override { return true; }

  private:
    std::int64_t train_length_, critical_;
    double temperature_;
    Factors own_;
};

}  // namespace

ExtensionPointer make_longrope_extension(const ExtensionConfig& config, const RotaryGrid& grid, const AddParameter& add_parameter) {
    if (config.method == "longrope") {
        return std::make_unique<LongRope>(grid, config.options, add_parameter);
    }
    return config.method == "longrope2" ? std::make_unique<LongRope2>(grid, config.options, add_parameter) : nullptr;
}

}  // namespace overtake
