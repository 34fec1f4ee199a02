// Local refinement of the best individual: probes of single genes, parabolas through them, and their combination. Ours, not LongRoPE's.
#pragma once

#include <cstddef>
#include <vector>

#include "runner/search/search_space.hpp"

namespace overtake {

/// Evolution alone leaves each of d/2 genes about as fine as its random draws; 1,344 evaluations don't bring 32 of them within a few
/// per cent. This walks round the genes: each is tried up and down, a parabola in ln lambda through the three losses says
/// where its minimum lies, and the minima of one generation's genes are tried together in the next. Every n-hat is tried
/// at the beginning of each walk. A gene that would pass its neighbours pushes them along.
class Refinement {
  public:
    explicit Refinement(const SearchSpace& space);

    /// At most `count` genomes to evaluate around `base`; which may have been seen before.
    std::vector<Genome> propose(const Genome& base, double base_loss, int count);

    /// Losses of what propose() answered last, in its order.
    void learn(const std::vector<double>& losses);

  private:
    struct Probe {
        int gene;
        std::size_t down, up;  // places among what was proposed; equal to `none` where the bound is
    };
    Genome moved(const Genome& base, int gene, double log_change) const;
    void learn_gene(const Probe& probe, const std::vector<double>& losses);

    const SearchSpace& space_;
    std::vector<double> steps_;  // [pairs], in ln lambda
    int next_gene_;
    bool n_hats_due_ = true;
    Genome base_;
    double base_loss_ = 0;
    std::vector<Genome> proposed_;
    std::vector<Probe> probes_;
    std::vector<double> wanted_;  // [pairs] ln lambda at the minima of the genes probed last; empty: nothing to combine
};

}  // namespace overtake
