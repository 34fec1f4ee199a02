#include "runner/search/refinement.hpp"

#include <algorithm>
#include <cmath>

namespace overtake {

namespace {
constexpr auto none = static_cast<std::size_t>(-1);
}

Refinement::Refinement(const SearchSpace& space)
    : space_(space), steps_(static_cast<std::size_t>(space.pairs()), std::log(space.highest / space.lowest) / 4), next_gene_(space.pairs()) {}

Genome Refinement::moved(const Genome& base, int gene, double log_change) const {
    Genome moved = base;
    const auto at = static_cast<std::size_t>(gene);
    const double factor = space_.factor_of(base.genes[at]);
    int target = space_.gene_of(factor * std::exp(log_change));
    if (target == base.genes[at]) {
        target = std::clamp(target + (log_change > 0 ? 1 : -1), 0, space_.most());
    }
    moved.genes[at] = target;
    for (std::size_t j = 0; space_.monotone && j < moved.genes.size(); ++j) {
        if (static_cast<int>(j) >= space_.first_gene(base)) {
            moved.genes[j] = j < at ? std::min(moved.genes[j], target) : std::max(moved.genes[j], j > at ? target : moved.genes[j]);
        }
    }
    return moved;
}

std::vector<Genome> Refinement::propose(const Genome& base, double base_loss, int count) {
    proposed_.clear();
    probes_.clear();
    const auto room = [&] { return count - static_cast<int>(proposed_.size()); };
    const auto first = static_cast<std::size_t>(space_.first_gene(base));
    if (!wanted_.empty() && base_.critical == base.critical && room() > 0) {
        Genome combined = base_;
        combined.n_hat = base.n_hat;
        std::vector<double> own(wanted_.begin() + static_cast<std::ptrdiff_t>(first), wanted_.end());
        own = space_.monotone ? monotone_fit(own) : own;
        for (std::size_t j = first; j < combined.genes.size(); ++j) {
            combined.genes[j] = space_.gene_of(std::exp(own[j - first]));
        }
        proposed_.push_back(std::move(combined));
    }
    wanted_.clear();
    base_ = base;
    base_loss_ = base_loss;
    if (next_gene_ >= space_.pairs() || next_gene_ < static_cast<int>(first)) {
        next_gene_ = static_cast<int>(first);
        n_hats_due_ = true;
    }
    for (int n_hat = 0; n_hats_due_ && n_hat < static_cast<int>(space_.n_hats.size()) && room() > 0; ++n_hat) {
        if (n_hat != base.n_hat) {
            proposed_.push_back(base);
            proposed_.back().n_hat = n_hat;
        }
    }
    n_hats_due_ = false;
    for (; next_gene_ < space_.pairs() && room() >= 2; ++next_gene_) {
        const double step = steps_[static_cast<std::size_t>(next_gene_)];
        Probe probe{next_gene_, none, none};
        for (const auto& [change, place] : {std::pair{-step, &probe.down}, std::pair{step, &probe.up}}) {
            Genome there = moved(base, next_gene_, change);
            if (there != base) {
                *place = proposed_.size();
                proposed_.push_back(std::move(there));
            }
        }
        probes_.push_back(probe);
    }
    return proposed_;
}

void Refinement::learn_gene(const Probe& probe, const std::vector<double>& losses) {
    const auto at = static_cast<std::size_t>(probe.gene);
    const auto log_factor = [&](const Genome& genome) { return std::log(space_.factor_of(genome.genes[at])); };
    const double here = log_factor(base_);
    double best = here, best_loss = base_loss_;
    for (const std::size_t place : {probe.down, probe.up}) {
        if (place != none && losses[place] < best_loss) {
            best = log_factor(proposed_[place]);
            best_loss = losses[place];
        }
    }
    if (probe.down != none && probe.up != none) {
        const double a = log_factor(proposed_[probe.down]) - here, b = log_factor(proposed_[probe.up]) - here;
        const double slope_a = (losses[probe.down] - base_loss_) / a, slope_b = (losses[probe.up] - base_loss_) / b;
        const double curvature = (slope_b - slope_a) / (b - a);  // of the parabola, half its second derivative
        if (std::isfinite(curvature) && curvature > 0) {
            const double slope = slope_a - curvature * a;
            best = here + std::clamp(-slope / (2 * curvature), 2 * a, 2 * b);
        }
    }
    wanted_[at] = best;
    const double finest = space_.step / space_.highest;
    steps_[at] = std::clamp(std::abs(best - here), std::max(finest, steps_[at] / 3), 2 * steps_[at]);
}

void Refinement::learn(const std::vector<double>& losses) {
    if (probes_.empty()) {
        return;
    }
    wanted_.clear();
    for (const int gene : base_.genes) {
        wanted_.push_back(std::log(space_.factor_of(gene)));
    }
    for (const Probe& probe : probes_) {
        learn_gene(probe, losses);
    }
}

}  // namespace overtake
