// LongRoPE's evolutionary search as a pure state machine: it asks for losses of a generation, is told them, and goes on.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "runner/data/random_stream.hpp"
#include "runner/search/refinement.hpp"
#include "runner/search/search_space.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

struct EvolutionSettings {
    std::int64_t population = 64, iterations = 40, mutations = 16, crossovers = 16, parents = 32;
    double gene_probability = 0.3;
    double refine = 0.5;  // share of each generation that is refinement; taken from mutations and crossovers alike
    std::int64_t seed = 0;
};

/// Options are complete.
EvolutionSettings evolution_settings(const SearchConfig& search);

/// Everything is a function of space, settings and the losses told, so a search is resumed by telling a new one the losses
/// that are known. Source: Ding et al. 2024, arXiv:2402.13753, algorithm 1. Deviations from it:
/// - `refine` above 0 replaces that share of each generation (refinement.hpp).
/// - A crossover takes one run of neighbouring genes from the second parent, since monotone mixtures of single genes are rare;
///   where 20 tries give no legal new child, a mutation takes its place.
/// - An individual that was evaluated before is never asked for again; if a space has no more, generations are smaller.
class Evolution {
  public:
    /// `space` must outlive it.
    Evolution(const SearchSpace& space, const EvolutionSettings& settings);

    /// The generation to evaluate now; empty when the search is over.
    const std::vector<SearchIndividual>& generation() const { return asked_; }

    /// Losses of that generation, in its order; not finite ones count as worst. Makes the next one.
    void tell(const std::vector<double>& losses);

  private:
    struct Member {
        Genome genome;
        double loss;
    };
    void ask(const Genome& genome, std::string_view origin);
    bool ask_new(const Genome& genome, std::string_view origin);
    Genome mutation_of(const Genome& parent, double probability);
    void ask_mutation(const Genome& parent);
    void ask_crossover();
    void ask_refinements(std::int64_t count);
    void first_generation();
    void next_generation();
    double uniform() { return static_cast<double>(random_.next() >> 11) * 0x1p-53; }
    const Genome& any_parent();

    const SearchSpace& space_;
    EvolutionSettings settings_;
    RandomStream random_;
    Refinement refinement_;
    std::int64_t iteration_ = 0;
    std::vector<Member> parents_;      // best first
    std::set<Genome> seen_;            // every genome asked for
    std::vector<Genome> genomes_;      // of asked_
    std::vector<SearchIndividual> asked_;
    std::vector<Genome> refinements_;  // what the refinement proposed, new or not
    std::map<Genome, double> known_;   // every loss told
};

}  // namespace overtake
