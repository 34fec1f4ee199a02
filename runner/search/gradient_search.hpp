// The search's rival: the same factors by back-propagation through the tables of angles, on the FLOPs of an evolution.
#pragma once

#include <cstdint>
#include <vector>

#include "runner/search/search_space.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

struct GradientSettings {
    std::int64_t evaluations = 1344;  // what an evolution of this budget may spend; a step with its gradient counts as three
    double learning_rate = 0.02;      // of ln lambda, falling linearly to zero
};

/// Options are complete.
GradientSettings gradient_settings(const SearchConfig& search);

/// What changes from step to step, and what a checkpoint keeps: fp32, so that it comes back bit for bit.
struct GradientState {
    std::vector<float> log_factors, first_moment, second_moment;  // [pairs]
};

/// Seeds first; from the best of them Adam (Kingma & Ba 2015, algorithm 1; beta 0.9 and 0.99) on ln lambda, each step projected into
/// the space: clipped, and monotone by the nearest monotone sequence; pairs below the critical one follow it. n-hat and the critical
/// pair have no gradient: the descent keeps those of its seed, and at the end every other one is tried with the best factors.
/// A pure state machine: it asks, is told, goes on.
class GradientSearch {
  public:
    /// `space` must outlive it. Throws std::logic_error if the budget is below one step.
    GradientSearch(const SearchSpace& space, const GradientSettings& settings);

    /// What to evaluate now; empty when the search is over. With wants_gradient() it is one individual.
    const std::vector<SearchIndividual>& generation() const { return asked_; }
    bool wants_gradient() const { return phase_ == Phase::descent; }

    /// Losses of the generation; for a step also the gradient of its loss by ln lambda, [pairs].
    void tell(const std::vector<double>& losses, const std::vector<double>& gradient = {});

    /// Goes to where a search was that had been told of `individuals` and whose state was this.
    void restore(const std::vector<SearchIndividual>& individuals, const GradientState& state);
    const GradientState& state() const { return state_; }

    std::int64_t steps() const { return steps_; }

  private:
    enum class Phase { seeds, descent, choices, over };
    void take_in(const SearchIndividual& individual);
    void go_on(std::size_t told);
    void ask_step();
    void ask_choices();
    void step(const std::vector<double>& gradient);

    const SearchSpace& space_;
    GradientSettings settings_;
    std::int64_t steps_ = 0, step_ = 0;
    std::size_t told_ = 0;
    Phase phase_ = Phase::seeds;
    SearchIndividual best_;
    GradientState state_;
    std::vector<SearchIndividual> asked_;
};

}  // namespace overtake
