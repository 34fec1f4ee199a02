// Extensions that interpolate slow pairs and keep fast ones, with a ramp between them: NTK-by-parts and YaRN.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <ATen/ATen.h>

#include "models/position/frequency_extension.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/position_schemes.hpp"

namespace overtake {

namespace {

struct Ends {
    double begin, end;  // pair indices
};

/// Pairs that turn `fast` and `slow` times within the train length, rounded outwards on request. The authors hold the end at
/// width - 1 although pairs end at width / 2 - 1, and part ends that coincide by 0.001.
Ends ramp_ends(const RotaryGrid& grid, double fast, double slow, bool truncate) {
    const double begin = grid.pair_that_turns(fast), end = grid.pair_that_turns(slow);
    const Ends ends{std::max(truncate ? std::floor(begin) : begin, 0.0),
                    std::min(truncate ? std::ceil(end) : end, static_cast<double>(grid.width - 1))};
    return {ends.begin, ends.begin == ends.end ? ends.end + 0.001 : ends.end};
}

at::Tensor ramp(const at::Tensor& pair, const Ends& ends) { return pair.sub(ends.begin).div(ends.end - ends.begin).clamp(0, 1); }

/// fast where the ramp is 0, slow where it is 1.
at::Tensor blend(const at::Tensor& fast, const at::Tensor& slow, const at::Tensor& ramp) { return slow.mul(ramp).add(fast.mul(1 - ramp)); }

/// By the number of turns, as the YaRN paper defines it.
class ByParts final : public FrequencyExtension {
  public:
    ByParts(const RotaryGrid& grid, double factor, double slow, double fast) : grid_(grid), factor_(factor), slow_(slow), fast_(fast) {}
    at::Tensor frequencies(const at::Tensor& theta, std::int64_t) const override {
        const at::Tensor turns = theta.abs().mul(static_cast<double>(grid_.train_length) / (2 * std::numbers::pi));
        return blend(theta.div(factor_), theta, turns.sub(slow_).div(fast_ - slow_).clamp(0, 1));
    }

  private:
    RotaryGrid grid_;
    double factor_, slow_, fast_;
};

/// As the authors' code had it before the paper: from trained to NTK between 16 and 2 turns, from NTK to interpolated between
/// 1.25 and 0.75, both over the pair index.
class ReleasedByParts final : public FrequencyExtension {
  public:
    ReleasedByParts(const RotaryGrid& grid, double factor) : grid_(grid), factor_(factor) {}
    at::Tensor frequencies(const at::Tensor& theta, std::int64_t) const override {
        const at::Tensor pair = grid_.pair_of(theta);
        const at::Tensor slow =
            blend(ntk_frequencies(theta, grid_, factor_), theta.div(factor_), ramp(pair, ramp_ends(grid_, 1.25, 0.75, true)));
        return blend(theta, slow, ramp(pair, ramp_ends(grid_, 16, 2, true)));
    }

  private:
    RotaryGrid grid_;
    double factor_;
};

/// The ramp is linear in the pair index, as in all released code; a trained frequency counts as the pair of the grid that has it.
class Yarn final : public FrequencyExtension {
  public:
    Yarn(const RotaryGrid& grid, const Options& options, const AddParameter& add_parameter)
        : grid_(grid),
          factor_(number_option(options, "factor")),
          given_temperature_(number_option(options, "attention_factor")),
          dynamic_(flag_option(options, "dynamic")),
          resonance_(flag_option(options, "resonance")),
          ends_(ramp_ends(grid, number_option(options, "beta_fast"), number_option(options, "beta_slow"), flag_option(options, "truncate"))) {
        if (flag_option(options, "learned_ramp")) {
            if (resonance_) {
                const Problem problem{"extension.learned_ramp", "a learned ramp with resonance (rounding passes no gradient on); choose one of them"};
                throw ConfigError({problem});
            }
            learned_ends_ = add_parameter("extension.ramp", at::tensor({ends_.begin, ends_.end}, at::kDouble));
        }
    }

    at::Tensor frequencies(const at::Tensor& theta, std::int64_t length) const override {
        const at::Tensor scaled = blend(theta, theta.div(factor_at(length)), ramp_of(grid_.pair_of(theta)));
        return resonance_ ? scaled.reciprocal().mul(2 * std::numbers::pi).round().reciprocal().mul(2 * std::numbers::pi) : scaled;
    }

    double temperature(std::int64_t length) const override {
        return given_temperature_ > 0 ? given_temperature_ : 0.1 * std::log(factor_at(length)) + 1;
    }

    bool changes() const override { return dynamic_ || learned_ends_.defined(); }

  private:
    double factor_at(std::int64_t length) const {
        return dynamic_ ? std::max(1.0, static_cast<double>(length) / static_cast<double>(grid_.train_length)) : factor_;
    }

    at::Tensor ramp_of(const at::Tensor& pair) const {
        if (!learned_ends_.defined()) {
            return ramp(pair, ends_);
        }
        const at::Tensor ends = learned_ends_.to(at::kDouble);
        const at::Tensor begin = ends.select(0, 0), wide = ends.select(0, 1).sub(begin).clamp_min(0.001);
        return pair.sub(begin).div(wide).clamp(0, 1);
    }

    RotaryGrid grid_;
    double factor_, given_temperature_;
    bool dynamic_, resonance_;
    Ends ends_;
    at::Tensor learned_ends_;
};

}  // namespace

ExtensionPointer make_ramp_extension(const ExtensionConfig& config, const RotaryGrid& grid, const AddParameter& add_parameter) {
    if (config.method == "yarn") {
        return std::make_unique<Yarn>(grid, config.options, add_parameter);
    }
    if (config.method != "ntk-by-parts") {
        return nullptr;
    }
    const double factor = number_option(config.options, "factor");
    if (string_option(config.options, "form") == "released") {
        return std::make_unique<ReleasedByParts>(grid, factor);
    }
    return std::make_unique<ByParts>(grid, factor, number_option(config.options, "beta_slow"), number_option(config.options, "beta_fast"));
}

}  // namespace overtake
