#include "runner/evaluation_positions.hpp"

#include "models/position/sampler.hpp"
#include "sweeps/position_rules.hpp"

namespace overtake {

EvaluationPositions::EvaluationPositions(const TrialConfig& config) : seed_(config.seed) {
    if (draws_in_evaluation(config.position)) {
        sampler_ = config.position.sampler;
    }
}

Placement EvaluationPositions::at_pass(std::int64_t pass, std::int64_t length, Placement where) const {
    if (sampler_) {
        where.positions_T = sampled_positions(*sampler_, length, seed_, -1 - pass);  // training draws at steps from 0 on
    }
    return where;
}

}  // namespace overtake
