#include "runner/search/search_space.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace overtake {
namespace {

TEST(SearchSpace, LongRopeHasThePapersRangesAndSeeds) {
    const SearchSpace space = longrope_space({.head_width = 8, .base = 10000, .train_length = 128, .factor = 4, .context_length = 512});
    EXPECT_EQ(space.n_hats, (std::vector<std::int64_t>{0, 1, 2, 4, 8, 12, 16, 20, 24, 28, 32, 64, 128, 256}));
    EXPECT_EQ(space.factor_of(0), 1);
    EXPECT_NEAR(space.factor_of(space.most()), 5, 1e-12);
    ASSERT_EQ(space.seeds.size(), 3u);
    EXPECT_EQ(space.factors_of(space.seeds[0]), (std::vector<double>{4, 4, 4, 4}));
    // NTK: 4^(j / 3) = 1, 1.5874, 2.5198, 4.
    const std::vector<double> ntk = space.factors_of(space.seeds[1]);
    EXPECT_NEAR(ntk[1], 1.59, 1e-12);
    EXPECT_NEAR(ntk[2], 2.52, 1e-12);
    // YaRN: pairs that turn 32 times lie below 0, one that turns once at 8 ln(128 / 2 pi) / (2 ln 10000) = 1.309, so the ramp goes
    // from 0 to 2: factors 1, 1 / (1/2 + 1/8) = 1.6, 4, 4.
    const std::vector<double> yarn = space.factors_of(space.seeds[2]);
    EXPECT_NEAR(yarn[0], 1, 1e-12);
    EXPECT_NEAR(yarn[1], 1.6, 1e-12);
    EXPECT_NEAR(yarn[2], 4, 1e-12);
}

TEST(SearchSpace, NHatsStayBelowTheContext) {
    const SearchSpace space = longrope_space({.head_width = 8, .train_length = 16, .factor = 2, .context_length = 32});
    EXPECT_EQ(space.n_hats.back(), 28);
    EXPECT_EQ(longrope_space({.head_width = 8, .train_length = 16, .factor = 2, .context_length = 32, .n_hat = false}).n_hats.size(), 1u);
}

TEST(SearchSpace, LongRope2MatchesTheFrequencyAtTheCriticalPair) {
    // Pairs with ten periods within 1024: 8 ln(1024 / 20 pi) / (2 ln 10000) = 1.21, with one: 2.21.
    const SearchSpace space = longrope2_space({.head_width = 8, .base = 10000, .train_length = 1024, .factor = 4, .context_length = 4096});
    EXPECT_EQ(space.critical_pairs, (std::vector<std::int64_t>{2, 3}));
    ASSERT_EQ(space.seeds.size(), 2u);
    Genome genome = space.seeds[0];
    genome.genes = {0, 0, 100, 150};
    const std::vector<double> factors = space.factors_of(genome);
    EXPECT_EQ(factors[0], 1);
    EXPECT_NEAR(factors[1], std::sqrt(5.0), 1e-12);
    EXPECT_NEAR(factors[2], 5, 1e-12);
    EXPECT_NEAR(factors[3], 5.5, 1e-12);
    EXPECT_TRUE(space.is_legal(genome));
    genome.genes[3] = 99;
    EXPECT_FALSE(space.is_legal(genome));
}

TEST(SearchSpace, MonotoneFitPoolsViolators) {
    EXPECT_EQ(monotone_fit({1, 3, 2, 4}), (std::vector<double>{1, 2.5, 2.5, 4}));
    EXPECT_EQ(monotone_fit({3, 2, 1}), (std::vector<double>{2, 2, 2}));
}

}  // namespace
}  // namespace overtake
