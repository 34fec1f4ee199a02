// What a trained table of positions looks like, in numbers, beside what chance would give, and its best simple stand-ins.
//
// Everything is fp64 on the host and a function of the arguments alone. Statistics: Wang and Chen 2020 (arXiv:2010.04903) and Wang
// et al. 2021 (ICLR, "On position embeddings in BERT"). Shapes: T positions, D channels.
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace overtake {

/// A number beside the same number under the null hypothesis: mean, least and greatest of 39 seeded draws, so that a value
/// outside [null_low, null_high] is met by chance one time in twenty.
struct Judged {
    double value = 0;
    double null_mean = 0, null_low = 0, null_high = 0;
};

/// Power at each frequency, [D, F], F = T / 2: the periodogram of the centred columns under a Hann window. Column f - 1 stands for
/// 2 pi f / T radians per position.
at::Tensor channel_spectra(const at::Tensor& table_TD);

/// Mean over channels of the share of their power at each frequency, [bins]: at most `bins` bins, neighbours added up. Adds up to 1.
/// Null: shuffled rows, each bin for itself.
struct JudgedSpectrum {
    at::Tensor frequency;                           // mean of each bin's, radians per position, ascending
    at::Tensor power, null_mean, null_low, null_high;
};
JudgedSpectrum mean_spectrum(const at::Tensor& table_TD, std::int64_t bins, std::int64_t seed);

/// Cosines of the angles between at most `most` rows, evenly spaced over the table: [K, K], and their positions [K]. A row of zeros
/// has none with any other: 0.
struct RowSimilarity {
    at::Tensor position_K, cosine_KK;
};
RowSimilarity row_similarity(const at::Tensor& table_TD, std::int64_t most);

/// Mean over channels of the share of power in their `lines` strongest lines and their neighbours (a Hann window spreads a
/// sinusoid over three); 1 for pure sinusoids. Null: shuffled rows.
Judged line_share(const at::Tensor& table_TD, std::int64_t lines, std::int64_t seed);

/// Mean over channels of the geometric over the arithmetic mean of power, in (0, 1]; white noise has exp(-0.577). Null: shuffled
/// rows.
Judged spectral_flatness(const at::Tensor& table_TD, std::int64_t seed);

/// How far the products G = P P^T of the centred table depend on the lag alone: 1 - |G - T(G)|^2 / |G - mean(G)|^2, with T(G) the
/// mean along each diagonal. 1 for sinusoids in pairs, near 0 for noise. Null: shuffled rows.
Judged toeplitz_score(const at::Tensor& table_TD, std::int64_t seed);

/// exp(entropy) of the normalised squared singular values of the centred table, in [1, min(T, D)] (Roy and Vetterli 2007). Null:
/// normal numbers with the same deviation per channel.
Judged effective_rank(const at::Tensor& table_TD, std::int64_t seed);

/// Strongest frequency of each channel [radians per position], descending, [D].
at::Tensor dominant_frequencies(const at::Tensor& table_TD);

/// Each channel as its mean plus one sinusoid at its strongest frequency, refined between lines, by least squares. [T, D].
at::Tensor best_sinusoids(const at::Tensor& table_TD);

/// The nearest table whose centred part has that rank (Eckart and Young 1936). [T, D].
at::Tensor best_rank(const at::Tensor& table_TD, std::int64_t rank);

/// A table whose centred products are the Toeplitz part of this one's, made positive semi-definite, and which lies as near to this
/// table as a rotation can bring it (orthogonal Procrustes). [T, D].
at::Tensor best_toeplitz(const at::Tensor& table_TD);

/// The same rows in another order.
at::Tensor shuffled_rows(const at::Tensor& table_TD, std::int64_t seed);

}  // namespace overtake
