#include "runner/search/evolution.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sweeps/errors.hpp"
#include "sweeps/position_schemes.hpp"

namespace overtake {

namespace {
constexpr int crossover_tries = 20;
constexpr int mutation_tries = 100;
}  // namespace

EvolutionSettings evolution_settings(const SearchConfig& search) {
    const auto count = [&](std::string_view name) { return integer_option(search.options, name); };
    return {.population = count("search_population"),
            .iterations = count("search_iterations"),
            .mutations = count("search_mutations"),
            .crossovers = count("search_crossovers"),
            .parents = count("search_parents"),
            .gene_probability = number_option(search.options, "search_gene_probability"),
            .refine = number_option(search.options, "search_refine"),
            .seed = count("search_seed")};
}

Evolution::Evolution(const SearchSpace& space, const EvolutionSettings& settings)
    : space_(space), settings_(settings), random_(mix_bits(static_cast<std::uint64_t>(settings.seed))), refinement_(space) {
    first_generation();
}

void Evolution::ask(const Genome& genome, std::string_view origin) {
    genomes_.push_back(genome);
    asked_.push_back(space_.individual(genome, iteration_, origin));
}

bool Evolution::ask_new(const Genome& genome, std::string_view origin) {
    const bool is_new = space_.is_legal(genome) && seen_.insert(genome).second;
    if (is_new) {
        ask(genome, origin);
    }
    return is_new;
}

const Genome& Evolution::any_parent() {
    return parents_[static_cast<std::size_t>(random_.below(static_cast<std::int64_t>(parents_.size())))].genome;
}

Genome Evolution::mutation_of(const Genome& parent, double probability) {
    Genome child = parent;
    if (space_.critical_pairs.size() > 1 && uniform() < probability) {
        const int old_first = space_.first_gene(child);
        child.critical = static_cast<int>(random_.below(static_cast<std::int64_t>(space_.critical_pairs.size())));
        for (int j = 0; j < std::max(old_first, space_.first_gene(child)); ++j) {
            child.genes[static_cast<std::size_t>(j)] = j < space_.first_gene(child) ? 0 : child.genes[static_cast<std::size_t>(old_first)];
        }
    }
    if (space_.n_hats.size() > 1 && uniform() < probability) {
        child.n_hat = static_cast<int>(random_.below(static_cast<std::int64_t>(space_.n_hats.size())));
    }
    const auto first = static_cast<std::size_t>(space_.first_gene(child)), last = child.genes.size() - 1;
    for (std::size_t j = first; j <= last; ++j) {
        if (uniform() < probability) {
            const int low = space_.monotone && j > first ? child.genes[j - 1] : 0;
            const int high = space_.monotone && j < last ? child.genes[j + 1] : space_.most();
            child.genes[j] = low + static_cast<int>(random_.below(high - low + 1));
        }
    }
    return child;
}

void Evolution::ask_mutation(const Genome& parent) {
    for (int i = 0; i < mutation_tries; ++i) {
        const double insistence = 1 + static_cast<double>(i) / 10;
        if (ask_new(mutation_of(parent, std::min(1.0, settings_.gene_probability * insistence)), "mutation")) {
            return;
        }
    }
}

void Evolution::ask_crossover() {
    for (int i = 0; i < crossover_tries; ++i) {
        Genome child = any_parent();
        const Genome& other = any_parent();
        if (child.critical != other.critical) {
            continue;
        }
        const auto pairs = static_cast<std::int64_t>(child.genes.size());
        const std::int64_t a = random_.below(pairs + 1), b = random_.below(pairs + 1);
        for (std::int64_t j = std::min(a, b); j < std::max(a, b); ++j) {
            child.genes[static_cast<std::size_t>(j)] = other.genes[static_cast<std::size_t>(j)];
        }
        child.n_hat = random_.below(2) == 0 ? child.n_hat : other.n_hat;
        if (ask_new(child, "crossover")) {
            return;
        }
    }
    ask_mutation(any_parent());
}

void Evolution::ask_refinements(std::int64_t count) {
    refinements_ = refinement_.propose(parents_.front().genome, parents_.front().loss, static_cast<int>(count));
    for (const Genome& genome : refinements_) {
        ask_new(genome, "refinement");
    }
}

void Evolution::first_generation() {
    for (const Genome& seed : space_.seeds) {
        ask_new(seed, "seed");
    }
    const auto seeds = static_cast<std::int64_t>(space_.seeds.size());
    for (std::int64_t i = seeds; i < settings_.population; ++i) {
        ask_mutation(space_.seeds[static_cast<std::size_t>(i % seeds)]);
    }
}

void Evolution::next_generation() {
    ++iteration_;
    const std::int64_t children = settings_.mutations + settings_.crossovers;
    const std::int64_t refined = std::llround(settings_.refine * static_cast<double>(children));
    const std::int64_t crossovers = (children - refined) * settings_.crossovers / children;
    if (refined > 0) {
        ask_refinements(refined);
    }
    for (std::int64_t i = 0; i < crossovers; ++i) {
        ask_crossover();
    }
    while (static_cast<std::int64_t>(asked_.size()) < children) {
        const std::size_t before = asked_.size();
        ask_mutation(any_parent());
        if (asked_.size() == before) {
            return;
        }
    }
}

void Evolution::tell(const std::vector<double>& losses) {
    expects(losses.size() == asked_.size(), "every individual of the generation has a loss");
    for (std::size_t i = 0; i < losses.size(); ++i) {
        const double loss = std::isfinite(losses[i]) ? losses[i] : std::numeric_limits<double>::infinity();
        known_[genomes_[i]] = loss;
        parents_.push_back({genomes_[i], loss});
    }
    std::stable_sort(parents_.begin(), parents_.end(), [](const Member& a, const Member& b) { return a.loss < b.loss; });
    parents_.resize(std::min(parents_.size(), static_cast<std::size_t>(settings_.parents)));
    std::vector<double> refined;
    for (const Genome& genome : refinements_) {
        const auto known = known_.find(genome);
        refined.push_back(known == known_.end() ? std::numeric_limits<double>::infinity() : known->second);
    }
    if (!refinements_.empty()) {
        refinement_.learn(refined);
    }
    refinements_.clear();
    genomes_.clear();
    asked_.clear();
    if (iteration_ < settings_.iterations) {
        next_generation();
    }
}

}  // namespace overtake
