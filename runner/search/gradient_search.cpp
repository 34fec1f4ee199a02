#include "runner/search/gradient_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sweeps/errors.hpp"
#include "sweeps/position_schemes.hpp"
#include "sweeps/search_options.hpp"

namespace overtake {

namespace {
constexpr double beta1 = 0.9, beta2 = 0.99, epsilon = 1e-8;
}

GradientSettings gradient_settings(const SearchConfig& search) {
    return {.evaluations = search_evaluations(search), .learning_rate = number_option(search.options, "search_learning_rate")};
}

GradientSearch::GradientSearch(const SearchSpace& space, const GradientSettings& settings) : space_(space), settings_(settings) {
    const auto tried = static_cast<std::int64_t>(space.seeds.size() + (space.n_hats.size() - 1) + (space.critical_pairs.size() - 1));
    steps_ = (settings.evaluations - tried) / 3;
    expects(steps_ >= 1, "the budget of a gradient search has room for a step beside its seeds and choices");
    best_.loss = std::numeric_limits<double>::infinity();
    for (const Genome& seed : space.seeds) {
        asked_.push_back(space.individual(seed, 0, "seed"));
    }
}

void GradientSearch::take_in(const SearchIndividual& individual) {
    if (individual.loss < best_.loss || best_.factors.empty()) {
        best_ = individual;
    }
    ++told_;
}

void GradientSearch::tell(const std::vector<double>& losses, const std::vector<double>& gradient) {
    expects(losses.size() == asked_.size(), "every individual of the generation has a loss");
    for (std::size_t i = 0; i < losses.size(); ++i) {
        SearchIndividual individual = asked_[i];
        individual.loss = std::isfinite(losses[i]) ? losses[i] : std::numeric_limits<double>::infinity();
        take_in(individual);
    }
    if (phase_ == Phase::descent) {
        step(gradient);
    }
    go_on(told_);
}

void GradientSearch::restore(const std::vector<SearchIndividual>& individuals, const GradientState& state) {
    for (const SearchIndividual& individual : individuals) {
        take_in(individual);
    }
    if (told_ > 0) {
        state_ = state;
        go_on(told_);
    }
}

void GradientSearch::go_on(std::size_t told) {
    const std::size_t seeds = space_.seeds.size(), descended = seeds + static_cast<std::size_t>(steps_);
    if (told < seeds) {
        return;
    }
    asked_.clear();
    step_ = static_cast<std::int64_t>(told - seeds);
    if (told < descended) {
        phase_ = Phase::descent;
        if (state_.log_factors.empty()) {
            state_.first_moment.assign(best_.factors.size(), 0);
            state_.second_moment.assign(best_.factors.size(), 0);
            for (const double factor : best_.factors) {
                state_.log_factors.push_back(static_cast<float>(std::log(factor)));
            }
        }
        ask_step();
    } else if (told == descended && space_.n_hats.size() + space_.critical_pairs.size() > 2) {
        phase_ = Phase::choices;
        ask_choices();
    } else {
        phase_ = Phase::over;
    }
}

void GradientSearch::ask_step() {
    SearchIndividual individual = best_;
    individual.iteration = step_ + 1;
    individual.origin = "gradient";
    individual.n_hat = 0;
    for (std::size_t j = 0; j < individual.factors.size(); ++j) {
        individual.factors[j] = std::exp(static_cast<double>(state_.log_factors[j]));
    }
    asked_.push_back(std::move(individual));
}

void GradientSearch::ask_choices() {
    const auto ask = [&](const SearchIndividual& like) {
        asked_.push_back(like);
        asked_.back().iteration = steps_ + 1;
        asked_.back().origin = "gradient";
    };
    SearchIndividual other = best_;
    for (const std::int64_t n_hat : space_.n_hats) {
        other.n_hat = n_hat;
        if (n_hat != best_.n_hat) {
            ask(other);
        }
    }
    other = best_;
    for (const std::int64_t critical : space_.critical_pairs) {
        other.critical_pair = critical;
        std::vector<double> own = best_.factors;
        for (double& factor : own) {
            factor = std::clamp(factor, space_.lowest, space_.highest);
        }
        other.factors = follow_ntk(std::move(own), critical);
        if (critical != best_.critical_pair) {
            ask(other);
        }
    }
}

void GradientSearch::step(const std::vector<double>& gradient) {
    expects(gradient.size() == state_.log_factors.size(), "the gradient has a number for each pair");
    if (!std::all_of(gradient.begin(), gradient.end(), [](double g) { return std::isfinite(g); })) {
        return;  // where the model breaks down there is no direction; the next step asks there again with smaller steps
    }
    const auto count = static_cast<double>(step_ + 1);
    const double rate = settings_.learning_rate * (1 - static_cast<double>(step_) / static_cast<double>(steps_));
    const auto critical = static_cast<std::size_t>(best_.critical_pair);
    std::vector<double> moved;  // of the pairs from the critical one on
    for (std::size_t j = 0; j < gradient.size(); ++j) {
        float& first = state_.first_moment[j];
        float& second = state_.second_moment[j];
        first = static_cast<float>(beta1 * static_cast<double>(first) + (1 - beta1) * gradient[j]);
        second = static_cast<float>(beta2 * static_cast<double>(second) + (1 - beta2) * gradient[j] * gradient[j]);
        const double mean = static_cast<double>(first) / (1 - std::pow(beta1, count));
        const double deviation = std::sqrt(static_cast<double>(second) / (1 - std::pow(beta2, count)));
        const double to = static_cast<double>(state_.log_factors[j]) - rate * mean / (deviation + epsilon);
        if (j >= critical) {
            moved.push_back(std::clamp(to, std::log(space_.lowest), std::log(space_.highest)));
        }
    }
    moved = space_.monotone ? monotone_fit(moved) : moved;
    for (std::size_t j = 0; j < state_.log_factors.size(); ++j) {
        const double share = j < critical ? static_cast<double>(j) / static_cast<double>(critical) : 1;
        state_.log_factors[j] = static_cast<float>(share * moved[j < critical ? 0 : j - critical]);
    }
}

}  // namespace overtake
