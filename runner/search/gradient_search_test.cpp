#include "runner/search/gradient_search.hpp"

#include <gtest/gtest.h>

#include <cmath>

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

TEST(GradientSearch, SpendsWhatAnEvolutionSpends) {
    const SearchSpace where = space();
    GradientSearch search(where, {});
    EXPECT_EQ(search.steps(), (1344 - 3 - 13) / 3);
    EXPECT_EQ(run(search).size(), 3u + 442 + 13);
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
