// Claims among many comparisons: Holm's correction.
#include "analysis/family.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace overtake {

std::vector<double> holm(std::span<const double> p_values) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < p_values.size(); ++i) {
        if (!std::isnan(p_values[i])) {
            order.push_back(i);
        }
    }
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
    std::vector<double> adjusted(p_values.size(), NAN);
    double largest = 0;
    for (std::size_t rank = 0; rank < order.size(); ++rank) {
        largest = std::max(largest, std::min(1.0, static_cast<double>(order.size() - rank) * p_values[order[rank]]));
        adjusted[order[rank]] = largest;
    }
    return adjusted;
}

void adjust_family(std::span<Comparison* const> family) {
    std::vector<double> p_values;
    for (const Comparison* c : family) {
        p_values.push_back(c->p_value);
    }
    std::vector<double> adjusted = holm(p_values);
    auto size = static_cast<std::size_t>(std::count_if(p_values.begin(), p_values.end(), [](double p) { return !std::isnan(p); }));
    for (std::size_t i = 0; i < family.size(); ++i) {
        Comparison& c = *family[i];
        c.p_holm = adjusted[i];
        c.family_size = std::max<std::size_t>(size, 1);
        c.survives_holm = c.relation != Relation::not_determined && c.p_holm <= 1 - c.options.confidence + 1e-12;
        c.sentence = verdict_sentence(c);
    }
}

}  // namespace overtake
