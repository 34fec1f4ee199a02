#include "runner/search/evolution.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

namespace overtake {
namespace {

constexpr double factor = 4;

/// 32 pairs, T = 128, four times the context.
SearchSpace space() { return longrope_space({.head_width = 64, .train_length = 128, .factor = factor, .context_length = 512}); }

using Objective = std::function<double(const SearchIndividual&)>;

struct Outcome {
    SearchIndividual best;
    std::vector<SearchIndividual> all;
};

Outcome search(const SearchSpace& space, const EvolutionSettings& settings, const Objective& objective) {
    Evolution evolution(space, settings);
    Outcome outcome;
    outcome.best.loss = INFINITY;
    while (!evolution.generation().empty()) {
        std::vector<double> losses;
        for (SearchIndividual individual : evolution.generation()) {
            individual.loss = objective(individual);
            losses.push_back(individual.loss);
            outcome.all.push_back(individual);
            if (individual.loss < outcome.best.loss) {
                outcome.best = individual;
            }
        }
        evolution.tell(losses);
    }
    return outcome;
}

/// A monotone optimum between 1 and 1.25 s, another for each seed, and an n-hat of the list.
struct Planted {
    std::vector<double> factors;
    std::int64_t n_hat = 0;
};

Planted plant(const SearchSpace& space, std::uint64_t seed) {
    RandomStream random(mix_bits(1000 + seed));
    Planted planted;
    for (int j = 0; j < space.pairs(); ++j) {
        planted.factors.push_back(1 + 0.01 * static_cast<double>(random.below(401)));
    }
    std::sort(planted.factors.begin(), planted.factors.end());
    planted.n_hat = space.n_hats[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(space.n_hats.size())))];
    return planted;
}

std::vector<double> log_errors(const SearchIndividual& individual, const Planted& planted) {
    std::vector<double> errors;
    for (std::size_t j = 0; j < planted.factors.size(); ++j) {
        errors.push_back(std::log(individual.factors[j] / planted.factors[j]));
    }
    return errors;
}

/// Squares of the logarithmic errors, weighted unlike, with a term between neighbours; a wrong n-hat costs more the further it is.
double coupled_loss(const SearchIndividual& individual, const Planted& planted) {
    const std::vector<double> errors = log_errors(individual, planted);
    double loss = 2.5;
    for (std::size_t j = 0; j < errors.size(); ++j) {
        loss += (0.2 + 0.05 * static_cast<double>(j % 7)) * errors[j] * errors[j];
        loss += j > 0 ? 0.1 * errors[j] * errors[j - 1] : 0;
    }
    return loss + 0.01 * std::abs(std::log2(1.0 + static_cast<double>(individual.n_hat)) - std::log2(1.0 + static_cast<double>(planted.n_hat)));
}

/// Squares in lambda itself, and an n-hat that gives no hint: right or wrong.
double plain_loss(const SearchIndividual& individual, const Planted& planted) {
    double loss = individual.n_hat == planted.n_hat ? 0 : 0.05;
    for (std::size_t j = 0; j < planted.factors.size(); ++j) {
        loss += 0.01 * std::pow(individual.factors[j] - planted.factors[j], 2);
    }
    return loss;
}

double worst_error(const SearchIndividual& individual, const Planted& planted) {
    double worst = 0;
    for (const double error : log_errors(individual, planted)) {
        worst = std::max(worst, std::abs(std::expm1(error)));
    }
    return worst;
}

using Loss = double (*)(const SearchIndividual&, const Planted&);

TEST(Evolution, FindsAPlantedOptimumInTheDefaultBudget) {
    for (const Loss loss : {coupled_loss, plain_loss}) {
        for (std::int64_t seed = 0; seed < 10; ++seed) {
            const SearchSpace where = space();
            const Planted planted = plant(where, static_cast<std::uint64_t>(seed));
            const Outcome outcome = search(where, {.seed = seed}, [&](const SearchIndividual& i) { return loss(i, planted); });
            EXPECT_LE(outcome.all.size(), 64u + 40 * 32);
            EXPECT_EQ(outcome.best.n_hat, planted.n_hat) << "seed " << seed;
            EXPECT_LT(worst_error(outcome.best, planted), 0.05) << "seed " << seed;
        }
    }
}

// What refinement is for: the paper's own moves get nearer, but not within a few per cent of 32 numbers.
TEST(Evolution, WithoutRefinementIsThePapersAndCoarser) {
    const SearchSpace where = space();
    const Planted planted = plant(where, 0);
    const Outcome outcome = search(where, {.refine = 0}, [&](const SearchIndividual& i) { return coupled_loss(i, planted); });
    EXPECT_EQ(outcome.all.size(), 64u + 40 * 32);
    double best_of_seeds = INFINITY;
    for (const SearchIndividual& individual : outcome.all) {
        EXPECT_NE(individual.origin, "refinement");
        best_of_seeds = individual.origin == "seed" ? std::min(best_of_seeds, individual.loss) : best_of_seeds;
    }
    EXPECT_LT(outcome.best.loss - 2.5, (best_of_seeds - 2.5) / 2);
    EXPECT_GT(worst_error(outcome.best, planted), 0.05);
}

TEST(Evolution, StaysInTheSpaceAndNeverAsksTwice) {
    const SearchSpace where = space();
    const Planted planted = plant(where, 3);
    const Outcome outcome = search(where, {.seed = 3}, [&](const SearchIndividual& i) { return coupled_loss(i, planted); });
    std::set<std::pair<std::vector<double>, std::int64_t>> seen;
    std::set<std::string> origins;
    for (const SearchIndividual& individual : outcome.all) {
        EXPECT_TRUE(seen.insert({individual.factors, individual.n_hat}).second);
        EXPECT_TRUE(std::is_sorted(individual.factors.begin(), individual.factors.end()));
        EXPECT_GE(individual.factors.front(), 1);
        EXPECT_LE(individual.factors.back(), 1.25 * factor + 1e-9);
        origins.insert(individual.origin);
    }
    EXPECT_EQ(origins, (std::set<std::string>{"crossover", "mutation", "refinement", "seed"}));
    EXPECT_EQ(outcome.all[0].factors, std::vector<double>(32, 4.0));  // PI first
}

TEST(Evolution, IsTheSameWhenItsLossesAreToldAgain) {
    const SearchSpace where = space();
    const Planted planted = plant(where, 5);
    const auto objective = [&](const SearchIndividual& i) { return coupled_loss(i, planted); };
    const Outcome straight = search(where, {.seed = 5}, objective);
    std::size_t told = 0;
    const Outcome again = search(where, {.seed = 5}, [&](const SearchIndividual&) { return straight.all[told++].loss; });
    EXPECT_EQ(again.all, straight.all);
    EXPECT_NE(search(where, {.seed = 6}, objective).all, straight.all);
}

TEST(Evolution, LongRope2FindsTheCriticalPair) {
    const SearchSpace where = longrope2_space({.head_width = 64, .base = 10000, .train_length = 1024, .factor = 4, .context_length = 4096});
    for (std::int64_t seed = 0; seed < 3; ++seed) {
        const auto objective = [](const SearchIndividual& individual) {
            double loss = 0.02 * std::abs(static_cast<double>(individual.critical_pair) - 13);
            for (std::size_t j = 13; j < individual.factors.size(); ++j) {
                loss += std::pow(std::log(individual.factors[j] / 5.5), 2);
            }
            return loss;
        };
        const SearchIndividual best = search(where, {.seed = seed}, objective).best;
        EXPECT_EQ(best.critical_pair, 13) << "seed " << seed;
        EXPECT_NEAR(best.factors[20], 5.5, 0.3);
        EXPECT_NEAR(best.factors[6], std::pow(best.factors[13], 6.0 / 13), 1e-12);
    }
}

TEST(Evolution, GoesOnWhereEveryLossIsBroken) {
    const Outcome outcome = search(space(), {.population = 8, .iterations = 2}, [](const SearchIndividual&) { return NAN; });
    EXPECT_EQ(outcome.all.size(), 8u + 2 * 32);
}

}  // namespace
}  // namespace overtake
