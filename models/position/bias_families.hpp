// Which family of hand-made curves a trained bias belongs to: each family's best member, judged by BIC and by lags held out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace overtake {

/// How well one family's best member fits the bias of one head over lags r = 0 .. T - 1. Softmax ignores a constant, so every
/// family has a free one, c, which counts.
///
///     constant       c                              1 parameter
///     linear         c - m r                        2   ALiBi (Press et al. 2021)
///     log            c - p ln(1 + a r)              3   KERPLE (Chi et al. 2022, equation 7)
///     power          c - p r^a, 0 < a <= 2          3   KERPLE (equation 6)
///     gaussian       c + p exp(-r^2 / 2 a^2)        3   a soft window
///     cosine         c + p cos(w r) + q sin(w r)    4   one of RoPE's frequencies
///     cosines        the same with two frequencies  7
///     damped-cosine  c + e^(-a r) (p cos w r + q sin w r)   5   a pair of complex roots
///     buckets        T5's 32 causal buckets         as many as T lags fill
struct FamilyFit {
    std::string family;
    std::int64_t parameters = 0;
    double bic = 0;          // T ln(RSS / T) + parameters ln T, over all lags; lower is better
    double r2 = 0;           // share of variance explained over all lags
    double held_out_r2 = 0;  // fitted on even lags, judged on odd ones
    at::Tensor curve_T;      // fp64, the best member over all lags
};

/// All families, the lowest BIC first. Nonlinear parameters come from a grid refined three times, linear ones from least squares.
/// bias_T: at least 8 lags.
std::vector<FamilyFit> fit_bias_families(const at::Tensor& bias_T);

}  // namespace overtake
