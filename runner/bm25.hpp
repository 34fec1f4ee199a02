// BM25: which of a few texts has the words of a question.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace overtake {

struct Bm25Options {
    double k1 = 1.2;  // how soon a repeated term stops counting
    double b = 0.75;  // how much a long text is discounted
};

/// Score of each text for the query, both as terms: sum over query terms of idf tf (k1 + 1) / (tf + k1 (1 - b + b length / mean
/// length)), idf = ln(1 + (n - df + 0.5) / (df + 0.5)), which unlike the original is never negative. Source: Robertson and
/// Zaragoza 2009, doi:10.1561/1500000019, equation 3.15; the 1 in the logarithm as in Lucene.
std::vector<double> bm25_scores(std::span<const std::string> query, std::span<const std::vector<std::string>> texts,
                                const Bm25Options& options = {});

/// Indices of the texts, best score first; equal scores in their order.
std::vector<std::size_t> bm25_ranking(std::span<const double> scores);

/// Runs of letters and digits of ASCII text, in lower case.
std::vector<std::string> words_of(std::span<const std::int64_t> bytes);

}  // namespace overtake
