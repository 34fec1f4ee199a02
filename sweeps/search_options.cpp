#include "sweeps/search_options.hpp"

#include <algorithm>
#include <array>

#include "sweeps/position_table.hpp"

namespace overtake {

namespace {

/// What both methods take: the budget of evaluations, what is asked, on what.
std::vector<SchemeOption> shared_options() {
    return {
        integer("search_population", 64, 4, 1e6, "individuals of the first generation"),
        integer("search_iterations", 40, 0, 1e6, "generations after the first"),
        integer("search_mutations", 16, 1, 1e6, "individuals of a generation that are changed copies of a parent"),
        integer("search_crossovers", 16, 0, 1e6, "individuals of a generation that take genes of two parents"),
        flag("search_n_hat", true, "whether n_hat, the number of first positions that keep their angles, is searched too"),
        flag("search_monotone", true, "whether factors must not fall with the pair's index"),
        choice("search_objective", "perplexity", {"perplexity", "needle"},
               "what is minimised: loss of whole windows, or of the answer to a needle in each, at depths spread over them"),
        integer("search_windows", 5, 1, 1e6, "windows of the training split behind one evaluation, factor x T tokens each"),
        integer("search_seed", 0, 0, 9e15, "seed of the search and of its choice of windows"),
        number("search_first_factor", 0, 0, 1e6,
               "factor of a first search, whose factors the tuning uses; a second search then goes on to factor; 0: one search"),
        flag("search_short", false, "whether a last search finds factors for contexts up to the train length"),
    };
}

std::vector<SchemeInfo> make_methods() {
    std::vector<SchemeInfo> methods{
        {.name = "evolution", .options = shared_options(), .source = "Ding et al. 2024, arXiv:2402.13753, algorithm 1"},
        {.name = "gradient", .options = shared_options(), .source = "ours: Adam on ln lambda through the tables of angles"},
    };
    for (SchemeOption option : {
             integer("search_parents", 32, 2, 1e6, "individuals that survive a generation and have children"),
             number("search_gene_probability", 0.3, 0.001, 1, "share of the genes that a mutation draws anew"),
             number("search_refine", 0.5, 0, 1, "share of a generation that refines the best individual; 0: the paper's algorithm"),
         }) {
        methods[0].options.push_back(std::move(option));
    }
    methods[1].options.push_back(number("search_learning_rate", 0.02, 1e-6, 1, "learning rate of Adam on ln lambda"));
    return methods;
}

}  // namespace

std::span<const SchemeInfo> search_methods() {
    static const std::vector<SchemeInfo> methods = make_methods();
    return methods;
}

const SchemeInfo* find_search_method(std::string_view name) {
    const auto methods = search_methods();
    const auto found = std::find_if(methods.begin(), methods.end(), [&](const SchemeInfo& info) { return info.name == name; });
    return found == methods.end() ? nullptr : &*found;
}

bool is_searchable(std::string_view extension) { return extension == "longrope" || extension == "longrope2"; }

std::int64_t search_evaluations(const SearchConfig& search) {
    const auto count = [&](std::string_view name) { return integer_option(search.options, name); };
    return count("search_population") + count("search_iterations") * (count("search_mutations") + count("search_crossovers"));
}

std::int64_t search_windows(const SearchConfig& search) { return integer_option(search.options, "search_windows"); }

std::int64_t search_parallelism(const SearchConfig& search) {
    return search.method == "gradient" ? search_windows(search)
                                       : integer_option(search.options, "search_mutations") + integer_option(search.options, "search_crossovers");
}

std::string_view name_of(SearchRound round) {
    constexpr std::array<std::string_view, 4> names{"first", "only", "second", "short"};
    return names[static_cast<std::size_t>(round)];
}

}  // namespace overtake
