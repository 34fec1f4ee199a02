#include "runner/bm25.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace overtake {

std::vector<double> bm25_scores(std::span<const std::string> query, std::span<const std::vector<std::string>> texts,
                                const Bm25Options& options) {
    std::vector<double> scores(texts.size(), 0.0);
    double total = 0;
    for (const auto& text : texts) {
        total += static_cast<double>(text.size());
    }
    const auto n = static_cast<double>(texts.size());
    const double mean = total / std::max(n, 1.0);
    for (const std::string& term : query) {
        std::vector<double> frequency;
        double containing = 0;
        for (const auto& text : texts) {
            frequency.push_back(static_cast<double>(std::count(text.begin(), text.end(), term)));
            containing += frequency.back() > 0 ? 1 : 0;
        }
        const double idf = std::log1p((n - containing + 0.5) / (containing + 0.5));
        for (std::size_t i = 0; i < texts.size(); ++i) {
            const double discount = 1 - options.b + options.b * static_cast<double>(texts[i].size()) / std::max(mean, 1e-9);
            scores[i] += idf * frequency[i] * (options.k1 + 1) / (frequency[i] + options.k1 * discount);
        }
    }
    return scores;
}

std::vector<std::size_t> bm25_ranking(std::span<const double> scores) {
    std::vector<std::size_t> ranking(scores.size());
    std::iota(ranking.begin(), ranking.end(), std::size_t{0});
    std::stable_sort(ranking.begin(), ranking.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
    return ranking;
}

std::vector<std::string> words_of(std::span<const std::int64_t> bytes) {
    std::vector<std::string> words;
    bool inside = false;
    for (const std::int64_t byte : bytes) {
        const bool upper = byte >= 'A' && byte <= 'Z';
        const bool part = upper || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
        if (part && !inside) {
            words.emplace_back();
        }
        if (part) {
            words.back() += static_cast<char>(upper ? byte - 'A' + 'a' : byte);
        }
        inside = part;
    }
    return words;
}

}  // namespace overtake
