#include "runner/search/gradient_search.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "runner/search/evolution.hpp"
#include "sweeps/position_schemes.hpp"
#include "sweeps/search_options.hpp"

namespace overtake {
namespace {

SearchSpace space() { return longrope_space({.head_width = 16, .train_length = 128, .factor = 4, .context_length = 512}); }

/// Squares of the logarithmic distances from 1.5, 2, ..., 5 and a price of 0.1 for a wrong n-hat (12 is right).
struct Bowl {
    double loss(const SearchIndividual& individual) const {
        double sum = individual.n_hat == 12 ? 0 : 0.1;
        for (const double d : distances(individual)) {
            sum += d * d;
        }
        return sum;
    }
    std::vector<double> gradient(const SearchIndividual& individual) const {
        std::vector<double> slopes;
        for (const double d : distances(individual)) {
            slopes.push_back(2 * d);
        }
        return slopes;
    }
    static std::vector<double> distances(const SearchIndividual& individual) {
        std::vector<double> distances;
        for (std::size_t j = 0; j < individual.factors.size(); ++j) {
            distances.push_back(std::log(individual.factors[j] / (1.5 + 0.5 * static_cast<double>(j))));
        }
        return distances;
    }
};

std::vector<SearchIndividual> run(GradientSearch& search, std::size_t most = 100000) {
    const Bowl bowl;
    std::vector<SearchIndividual> all;
    while (!search.generation().empty() && all.size() < most) {
        std::vector<double> losses;
        for (SearchIndividual individual : search.generation()) {
            individual.loss = bowl.loss(individual);
            losses.push_back(individual.loss);
            all.push_back(individual);
        }
        const bool steps = search.wants_gradient();
        search.tell(losses, steps ? bowl.gradient(all.back()) : std::vector<double>{});
    }
    return all;
}

SearchConfig with_defaults(const std::string& method) {
    std::vector<Problem> none;
    return {method, complete_options(*find_search_method(method), {}, "", none)};
}

/// Forward passes over the windows: a step with its gradient costs three.
std::int64_t spent_by_gradient(const SearchSpace& where) {
    GradientSearch search(where, gradient_settings(with_defaults("gradient")));
    std::int64_t spent = 0;
    while (!search.generation().empty()) {
        const bool steps = search.wants_gradient();
        spent += (steps ? 3 : 1) * std::ssize(search.generation());
        search.tell(std::vector<double>(search.generation().size(), 1), steps ? std::vector<double>(8, 0.1) : std::vector<double>{});
    }
    return spent;
}

std::int64_t spent_by_evolution(const SearchSpace& where) {
    Evolution search(where, evolution_settings(with_defaults("evolution")));
    std::int64_t spent = 0;
    while (!search.generation().empty()) {
        std::vector<double> losses;
        for (const SearchIndividual& individual : search.generation()) {
            losses.push_back(individual.factors.back());
        }
        spent += std::ssize(losses);
        search.tell(losses);
    }
    return spent;
}

TEST(GradientSearch, SpendsWhatAnEvolutionSpendsByDefault) {
    const SearchTask task{.head_width = 16, .train_length = 128, .factor = 4, .context_length = 512};
    for (const SearchSpace& where : {longrope_space(task), short_space(task), longrope2_space(task)}) {
        EXPECT_EQ(spent_by_evolution(where), 64 + 40 * (16 + 16));
        const std::int64_t spent = spent_by_gradient(where);
        EXPECT_LE(spent, 1344);
        EXPECT_GE(spent, 1342) << "less than a step is left";
    }
    const SearchSpace where = space();
    GradientSearch search(where, {});
    EXPECT_EQ(search.steps(), (1344 - 3 - 13) / 3);
    EXPECT_EQ(run(search).size(), 3u + 442 + 13);
}

TEST(GradientSearch, PairsBelowTheCriticalOneFollowItAndEveryOtherIsTried) {
    // Head width 8, T = 1024: critical pairs 2 and 3 (search_space_test). Right are pair 2, and 5 and 6 for the pairs from it on.
    const SearchSpace where = longrope2_space({.head_width = 8, .base = 10000, .train_length = 1024, .factor = 4, .context_length = 4096});
    GradientSearch search(where, {.evaluations = 600});
    SearchIndividual best;
    best.loss = INFINITY;
    std::vector<std::int64_t> last_pairs;
    while (!search.generation().empty()) {
        std::vector<double> losses, gradient(4, 0);
        last_pairs.clear();
        for (SearchIndividual individual : search.generation()) {
            const double a = std::log(individual.factors[2] / 5), b = std::log(individual.factors[3] / 6);
            individual.loss = a * a + b * b + (individual.critical_pair == 2 ? 0 : 1);
            losses.push_back(individual.loss);
            gradient = {0, 0, 2 * a, 2 * b};
            best = individual.loss < best.loss ? individual : best;
            last_pairs.push_back(individual.critical_pair);
            EXPECT_NEAR(individual.factors[1], std::pow(individual.factors[static_cast<std::size_t>(individual.critical_pair)],
                                                        1.0 / static_cast<double>(individual.critical_pair)), 1e-5);
        }
        const bool steps = search.wants_gradient();
        search.tell(losses, steps ? gradient : std::vector<double>{});
    }
    EXPECT_EQ(best.critical_pair, 2);
    EXPECT_NEAR(best.factors[2], 5, 0.05);
    EXPECT_NEAR(best.factors[3], 6, 0.05);
    EXPECT_EQ(last_pairs, (std::vector<std::int64_t>{3}));
}

TEST(GradientSearch, FindsTheBottomAndThenNHat) {
    const SearchSpace where = space();
    GradientSearch search(where, {});
    SearchIndividual best;
    best.loss = INFINITY;
    for (const SearchIndividual& individual : run(search)) {
        best = individual.loss < best.loss ? individual : best;
        EXPECT_TRUE(std::is_sorted(individual.factors.begin(), individual.factors.end()));
    }
    EXPECT_EQ(best.n_hat, 12);
    EXPECT_LT(best.loss, 1e-4);
    EXPECT_NEAR(best.factors[3], 3, 0.03);
}

TEST(GradientSearch, GoesOnFromACheckpointBitForBit) {
    const SearchSpace where = space();
    GradientSearch straight(where, {.evaluations = 100});
    const std::vector<SearchIndividual> wanted = run(straight);
    for (const std::size_t stop : {0u, 3u, 10u, 31u}) {
        GradientSearch first(where, {.evaluations = 100});
        std::vector<SearchIndividual> all = stop == 0 ? std::vector<SearchIndividual>{} : run(first, stop);
        GradientSearch second(where, {.evaluations = 100});
        second.restore(all, first.state());
        for (const SearchIndividual& individual : run(second)) {
            all.push_back(individual);
        }
        EXPECT_EQ(all, wanted) << "stopped after " << stop;
    }
}

TEST(GradientSearch, StaysWhereTheGradientIsNotFinite) {
    const SearchSpace where = space();
    GradientSearch search(where, {.evaluations = 40});
    search.tell({3, 2, 1});
    const std::vector<double> before = search.generation()[0].factors;
    search.tell({NAN}, std::vector<double>(8, NAN));
    EXPECT_EQ(search.generation()[0].factors, before);
}

}  // namespace
}  // namespace overtake
