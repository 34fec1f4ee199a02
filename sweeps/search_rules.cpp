#include "sweeps/search_rules.hpp"

#include "sweeps/canonical_text.hpp"
#include "sweeps/evaluation_tasks.hpp"
#include "sweeps/position_rules.hpp"
#include "sweeps/search_options.hpp"

namespace overtake {

namespace {

/// Evaluations that a gradient search can't do without: its seeds, every n-hat or critical pair, one step.
std::int64_t least_evaluations(const TrialConfig& config) {
    const std::int64_t pairs = config.model.heads > 0 ? rotated_pairs(config.model, config.position) : 0;
    return config.extension->method == "longrope2" ? 2 * pairs + 3 : 24;
}

}  // namespace

std::vector<Problem> find_search_problems(const TrialConfig& config) {
    std::vector<Problem> problems;
    const auto require = [&](bool holds, const std::string& what) {
        if (!holds) {
            problems.push_back({"extension.search", what});
        }
    };
    const ExtensionConfig& extension = *config.extension;
    if (!extension.search) {
        return problems;
    }
    const SchemeInfo* method = find_search_method(extension.search->method);
    require(method != nullptr, "unknown search \"" + extension.search->method + "\" (known: evolution, gradient)");
    require(is_searchable(extension.method),
            "\"" + extension.method + "\" has no factor for each pair to search (longrope and longrope2 have); leave search out");
    if (method == nullptr) {
        return problems;
    }
    const std::size_t before = problems.size();
    complete_options(*method, extension.search->options, "extension.search", problems);
    if (problems.size() > before) {
        return problems;
    }
    const Options& options = extension.search->options;
    const bool finds_short = flag_option(options, "search_short"), drawn = draws_in_evaluation(config.position);
    require(!finds_short || extension.method == "longrope",
            "search_short with \"" + extension.method + "\" (up to the train length it keeps the trained frequencies); leave search_short out");
    require(!finds_short || !drawn,
            "search_short with at_evaluation = \"drawn\" (drawn positions reach beyond the train length, where short factors are not "
            "used); leave search_short out");
    const std::int64_t evaluations = search_evaluations(*extension.search), least = least_evaluations(config);
    require(extension.search->method == "evolution" || evaluations >= least,
            "a budget of " + to_text(evaluations) + " evaluations (at least " + to_text(least) +
                ": seeds, every n-hat or critical pair, and steps at three each); give a larger search_population");
    if (string_option(options, "search_objective") == "needle") {
        require(is_byte_text(config.data),
                "search_objective = \"needle\" (a needle is a sentence: it needs tokens that are bytes of text); use perplexity, or "
                "tokenizer = \"bytes\"");
        const std::int64_t window = finds_short ? config.training.train_length : config.extended_length(config.tuned_factor());
        require(window >= shortest_needle_window, "search_objective = \"needle\" in windows of " + to_text(window) +
                                                      " tokens (at least " + to_text(shortest_needle_window) + "); use perplexity" +
                                                      (finds_short ? ", or leave search_short out" : ", or a larger factor"));
    }
    const double first = number_option(options, "search_first_factor"), last = number_option(extension.options, "factor");
    require(first == 0 || (first >= 1 && first < last && extension.tune),
            "search_first_factor = " + to_text(first) + " (0, or from 1 to below factor, with tune_tokens: the second search goes on from "
            "the tuned model); give tune_tokens and a smaller search_first_factor");
    return problems;
}

}  // namespace overtake
