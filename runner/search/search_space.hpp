// The space that searches walk: a rescale factor per pair of channels on a grid, n-hat, the critical pair, and where to begin.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sweeps/results/records.hpp"

namespace overtake {

/// One point of a space in whole numbers. Gene g stands for the factor lowest + g x step. Genes below the critical pair are 0.
struct Genome {
    std::vector<int> genes;  // [pairs]
    int n_hat = 0;           // index into n_hats
    int critical = 0;        // index into critical_pairs
    auto operator<=>(const Genome&) const = default;
};

struct SearchSpace {
    double lowest = 1, highest = 1.25, step = 0.01;  // of the factors lambda_j, by which wavelengths grow
    bool monotone = true;                            // lambda_j <= lambda_{j+1}
    std::vector<std::int64_t> n_hats{0};             // positions below n_hat keep the trained angles
    std::vector<std::int64_t> critical_pairs{0};     // pairs below it follow NTK: lambda_j = lambda_c^(j / c); 0: none does
    std::vector<Genome> seeds;                       // in the order in which they are tried

    int pairs() const { return static_cast<int>(seeds.front().genes.size()); }
    int most() const;  // largest gene
    double factor_of(int gene) const { return lowest + gene * step; }
    /// The gene nearest to a factor, within the space.
    int gene_of(double factor) const;
    /// First pair with a gene of its own.
    int first_gene(const Genome& genome) const { return static_cast<int>(critical_pairs[static_cast<std::size_t>(genome.critical)]); }
    bool is_legal(const Genome& genome) const;
    /// Factors of all pairs.
    std::vector<double> factors_of(const Genome& genome) const;
    SearchIndividual individual(const Genome& genome, std::int64_t iteration, std::string_view origin) const;
};

/// What a space is made from.
struct SearchTask {
    std::int64_t head_width = 0;    // channels of a head that rotate
    double base = 10000;            // of RoPE
    std::int64_t train_length = 0;  // T [tokens]
    double factor = 1;              // s
    std::int64_t context_length = 0;  // of the windows [tokens]; n-hats are below it
    bool n_hat = true, monotone = true;
};

/// LongRoPE: factors in [1, 1.25 s] by 0.01, n-hat among 0, 1, 2, 4, 8, 12, 16, 20, 24, 28, 32, 64, 128, 256; seeds PI, NTK, YaRN.
/// Source: Ding et al. 2024, arXiv:2402.13753, table 4 and section 3.2. YaRN's seed blends frequencies, as YaRN does (the
/// authors' released code blends wavelengths).
SearchSpace longrope_space(const SearchTask& task);

/// LongRoPE2: the critical pair among those between ten periods and one period within T, genes from it on in [s, 2 s], NTK
/// below; one seed per critical pair, all its factors at s. n-hat is not searched. Source: Shang et al. 2025, arXiv:2502.20082, section 3.
SearchSpace longrope2_space(const SearchTask& task);

/// LongRoPE's third search, for contexts up to T on a model whose factors grew: factors in [1, s] with the seeds 1 (the trained
/// frequencies), NTK and YaRN; no n-hat.
SearchSpace short_space(const SearchTask& task);

/// lambda_j = lambda_c^(j / c) for the pairs j below the critical one, c; the others stay.
std::vector<double> follow_ntk(std::vector<double> factors, std::int64_t critical);

/// The nearest monotone sequence in least squares (pool adjacent violators).
std::vector<double> monotone_fit(const std::vector<double>& values);

}  // namespace overtake
