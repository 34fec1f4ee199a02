// Where the tokens of an evaluation's passes stand: at 0 .. N - 1, or where the trial's sampler draws, if it draws in evaluation too.
#pragma once

#include <cstdint>
#include <optional>

#include "models/gpt.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

class EvaluationPositions {
  public:
    /// 0 .. N - 1.
    EvaluationPositions() = default;
    explicit EvaluationPositions(const TrialConfig& config);

    /// All windows of a pass stand alike, so a pass that should have a draw for each window has one window.
    bool drawn() const { return sampler_.has_value(); }

    /// `where` with the positions of pass 0, 1, .. of `length` tokens: a function of the trial's seed, the pass and the length alone.
    Placement at_pass(std::int64_t pass, std::int64_t length, Placement where = {}) const;

  private:
    std::optional<SamplerConfig> sampler_;
    std::int64_t seed_ = 0;
};

}  // namespace overtake
