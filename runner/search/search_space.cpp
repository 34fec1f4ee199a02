#include "runner/search/search_space.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "sweeps/errors.hpp"

namespace overtake {

namespace {

/// The pair that turns that often within the train length, fractional.
double pair_that_turns(const SearchTask& task, double times) {
    return static_cast<double>(task.head_width) * std::log(static_cast<double>(task.train_length) / (2 * std::numbers::pi * times)) /
           (2 * std::log(task.base));
}

std::size_t pairs_of(const SearchTask& task) {
    expects(task.head_width >= 2, "at least one pair rotates");
    return static_cast<std::size_t>(task.head_width / 2);
}

std::vector<double> pi_factors(const SearchTask& task) { return std::vector<double>(pairs_of(task), task.factor); }

/// s^(2 j / (d - 2)).
std::vector<double> ntk_factors(const SearchTask& task) {
    std::vector<double> factors(pairs_of(task), task.factor);
    for (std::size_t j = 0; factors.size() > 1 && j < factors.size(); ++j) {
        factors[j] = std::pow(task.factor, static_cast<double>(j) / static_cast<double>(factors.size() - 1));
    }
    return factors;
}

/// Wavelengths over YaRN's: frequencies blend from theta to theta / s between the pairs that turn 32 times and once.
std::vector<double> yarn_factors(const SearchTask& task) {
    const double begin = std::max(std::floor(pair_that_turns(task, 32)), 0.0);
    double end = std::min(std::ceil(pair_that_turns(task, 1)), static_cast<double>(task.head_width - 1));
    end = std::max(end, begin + 0.001);
    std::vector<double> factors;
    for (std::size_t j = 0; j < pairs_of(task); ++j) {
        const double ramp = std::clamp((static_cast<double>(j) - begin) / (end - begin), 0.0, 1.0);
        factors.push_back(1 / (1 + ramp * (1 / task.factor - 1)));
    }
    return factors;
}

void add_seed(SearchSpace& space, const std::vector<double>& factors) {
    Genome seed;
    for (const double factor : factors) {
        seed.genes.push_back(space.gene_of(factor));
    }
    if (std::find(space.seeds.begin(), space.seeds.end(), seed) == space.seeds.end()) {
        space.seeds.push_back(std::move(seed));
    }
}

}  // namespace

int SearchSpace::most() const { return static_cast<int>(std::floor((highest - lowest) / step + 1e-9)); }

int SearchSpace::gene_of(double factor) const {
    return std::clamp(static_cast<int>(std::lround((factor - lowest) / step)), 0, most());
}

bool SearchSpace::is_legal(const Genome& genome) const {
    const auto begin = genome.genes.begin() + first_gene(genome);
    const bool within = std::all_of(begin, genome.genes.end(), [&](int gene) { return gene >= 0 && gene <= most(); });
    return within && (!monotone || std::is_sorted(begin, genome.genes.end()));
}

std::vector<double> SearchSpace::factors_of(const Genome& genome) const {
    std::vector<double> factors;
    for (const int gene : genome.genes) {
        factors.push_back(factor_of(gene));
    }
    return follow_ntk(std::move(factors), first_gene(genome));
}

SearchIndividual SearchSpace::individual(const Genome& genome, std::int64_t iteration, std::string_view origin) const {
    SearchIndividual individual;
    individual.iteration = iteration;
    individual.origin = origin;
    individual.n_hat = n_hats[static_cast<std::size_t>(genome.n_hat)];
    individual.critical_pair = first_gene(genome);
    individual.factors = factors_of(genome);
    return individual;
}

SearchSpace longrope_space(const SearchTask& task) {
    SearchSpace space;
    space.highest = 1.25 * task.factor;
    space.monotone = task.monotone;
    if (task.n_hat) {
        space.n_hats.clear();
        for (const std::int64_t n_hat : {0, 1, 2, 4, 8, 12, 16, 20, 24, 28, 32, 64, 128, 256}) {
            if (n_hat < task.context_length) {
                space.n_hats.push_back(n_hat);
            }
        }
    }
    for (const auto& factors : {pi_factors(task), ntk_factors(task), yarn_factors(task)}) {
        add_seed(space, factors);
    }
    return space;
}

SearchSpace longrope2_space(const SearchTask& task) {
    SearchSpace space;
    space.lowest = task.factor;
    space.highest = 2 * task.factor;
    space.monotone = task.monotone;
    const std::int64_t last = static_cast<std::int64_t>(pairs_of(task)) - 1;
    const auto bounded = [&](double pair) { return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::ceil(pair)), 0, last); };
    space.critical_pairs.clear();
    for (std::int64_t pair = bounded(pair_that_turns(task, 10)); pair <= bounded(pair_that_turns(task, 1)); ++pair) {
        space.critical_pairs.push_back(pair);
        Genome seed{std::vector<int>(pairs_of(task), 0), 0, static_cast<int>(space.critical_pairs.size()) - 1};
        space.seeds.push_back(std::move(seed));
    }
    return space;
}

SearchSpace short_space(const SearchTask& task) {
    SearchSpace space;
    space.highest = std::max(task.factor, 1.01);
    space.monotone = task.monotone;
    for (const auto& factors : {std::vector<double>(pairs_of(task), 1.0), ntk_factors(task), yarn_factors(task)}) {
        add_seed(space, factors);
    }
    return space;
}

std::vector<double> follow_ntk(std::vector<double> factors, std::int64_t critical) {
    for (std::int64_t j = 0; j < critical; ++j) {
        factors[static_cast<std::size_t>(j)] =
            std::pow(factors[static_cast<std::size_t>(critical)], static_cast<double>(j) / static_cast<double>(critical));
    }
    return factors;
}

std::vector<double> monotone_fit(const std::vector<double>& values) {
    struct Pool {
        double sum;
        std::size_t count;
        double mean() const { return sum / static_cast<double>(count); }
    };
    std::vector<Pool> pools;
    for (const double value : values) {
        pools.push_back({value, 1});
        while (pools.size() > 1 && pools[pools.size() - 2].mean() > pools.back().mean()) {
            const Pool last = pools.back();
            pools.pop_back();
            pools.back().sum += last.sum;
            pools.back().count += last.count;
        }
    }
    std::vector<double> fitted;
    for (const Pool& pool : pools) {
        fitted.insert(fitted.end(), pool.count, pool.mean());
    }
    return fitted;
}

}  // namespace overtake
