// Statistics of trained positions find what was planted, and nothing where nothing was.
#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "models/initial_values.hpp"
#include "models/position/bias_families.hpp"
#include "models/position/frequency_grid.hpp"
#include "models/position/sinusoidal.hpp"
#include "models/position/table_structure.hpp"

namespace overtake {
namespace {

at::Tensor noise(std::int64_t rows, std::int64_t columns, std::int64_t seed) {
    at::Tensor values = at::empty({rows, columns}, at::kFloat);
    ParameterStream(seed, "test").fill_normal({values.mutable_data_ptr<float>(), static_cast<std::size_t>(values.numel())}, 0, 1);
    return values.to(at::kDouble);
}

at::Tensor pairs_of_sinusoids() { return sinusoidal_table(at::arange(64, at::kDouble), 16); }

TEST(TableStructure, SinusoidsStandOutFromTheirShuffles) {
    const at::Tensor p = pairs_of_sinusoids().narrow(1, 0, 4);  // wavelengths of 6.3 and 20 positions
    const Judged share = line_share(p, 1, 7);
    EXPECT_GT(share.value, 0.95);
    EXPECT_GT(share.value, share.null_high);
    const Judged flat = spectral_flatness(p, 7);
    EXPECT_LT(flat.value, flat.null_low);
    const Judged toeplitz = toeplitz_score(p, 7);
    EXPECT_GT(toeplitz.value, 0.9);
    EXPECT_GT(toeplitz.value, toeplitz.null_high);
    EXPECT_NEAR(effective_rank(p, 7).value, 4, 0.1);
    EXPECT_NEAR(dominant_frequencies(p)[0].item<double>(), 2 * std::numbers::pi * 10 / 64, 1e-12) << "line 10 is nearest to 1";
}

TEST(TableStructure, ASpectrumHasItsLineWhereItWasPlanted) {
    // Two channels of 8 turns and two of 20 in 64 positions: a Hann window spreads each over three lines, 1 : 4 : 1.
    const at::Tensor turn = at::arange(64, at::kDouble).mul(2 * std::numbers::pi / 64);
    const at::Tensor table = at::stack({turn.mul(8).cos(), turn.mul(8).sin(), turn.mul(20).cos(), turn.mul(20).sin()}, 1);
    const JudgedSpectrum whole = mean_spectrum(table, 256, 0), coarse = mean_spectrum(table, 8, 0);
    ASSERT_EQ(whole.power.size(0), 32);
    EXPECT_NEAR(whole.frequency[7].item<double>(), 2 * std::numbers::pi * 8 / 64, 1e-12);
    EXPECT_NEAR(whole.power[7].item<double>(), 4.0 / 12, 1e-12);
    EXPECT_NEAR(whole.power[18].item<double>(), 1.0 / 12, 1e-12);
    EXPECT_GT(whole.power[19].item<double>(), whole.null_high[19].item<double>());
    ASSERT_EQ(coarse.power.size(0), 8);
    EXPECT_NEAR(coarse.frequency[1].item<double>(), 2 * std::numbers::pi * 6.5 / 64, 1e-12) << "lines 5 to 8";
    EXPECT_NEAR(coarse.power[1].item<double>(), 5.0 / 12, 1e-12);
    for (const at::Tensor& shares : {whole.power, coarse.power, coarse.null_mean}) {
        EXPECT_NEAR(shares.sum().item<double>(), 1, 1e-12);
    }
}

TEST(TableStructure, SimilarityIsTheCosineBetweenRows) {
    const at::Tensor table = at::tensor({3.0, 4.0, 6.0, 8.0, -4.0, 3.0, 0.0, 0.0}, at::kDouble).view({4, 2});
    const RowSimilarity all = row_similarity(table, 64), two = row_similarity(table, 2);
    EXPECT_NEAR(all.cosine_KK[0][1].item<double>(), 1, 1e-15);
    EXPECT_NEAR(all.cosine_KK[0][2].item<double>(), 0, 1e-15);
    EXPECT_EQ(all.cosine_KK[3][3].item<double>(), 0) << "a row of zeros";
    EXPECT_EQ(two.position_K[1].item<double>(), 2);
    EXPECT_EQ(two.cosine_KK.size(0), 2);
}

TEST(TableStructure, NoiseDoesNotStandOut) {
    int outside = 0;
    for (std::int64_t seed = 0; seed < 20; ++seed) {
        const at::Tensor p = noise(48, 12, seed);
        for (const Judged& judged : {line_share(p, 2, seed), spectral_flatness(p, seed), toeplitz_score(p, seed), effective_rank(p, seed)}) {
            outside += judged.value < judged.null_low || judged.value > judged.null_high ? 1 : 0;
        }
    }
    EXPECT_LE(outside, 10) << "of 80, where 4 are expected";
}

TEST(TableStructure, StandInsAreExactOnTheirOwnKind) {
    const at::Tensor mean = noise(1, 4, 3);
    const at::Tensor sinusoids = pairs_of_sinusoids().narrow(1, 0, 4) + mean;
    EXPECT_LE((best_sinusoids(sinusoids) - sinusoids).abs().max().item<double>(), 1e-6);
    EXPECT_LE((best_toeplitz(sinusoids) - sinusoids).abs().max().item<double>(), 0.35);
    const at::Tensor low = at::matmul(noise(30, 2, 1), noise(2, 8, 2));
    EXPECT_LE((best_rank(low, 2) - low).abs().max().item<double>(), 1e-10);
    EXPECT_GT((best_rank(low, 1) - low).abs().max().item<double>(), 0.1);
    const at::Tensor shuffled = shuffled_rows(low, 1);
    EXPECT_FALSE(shuffled.equal(low));
    EXPECT_NEAR(shuffled.sum().item<double>(), low.sum().item<double>(), 1e-9);
}

TEST(FrequencyGrid, RecoversABase) {
    const at::Tensor theta = at::arange(8, at::kDouble).mul(-std::log(10000.0) / 8).exp();
    const GridFit fit = fit_frequency_grid(theta.flip(0));
    EXPECT_NEAR(fit.base, 10000, 1e-6);
    EXPECT_NEAR(fit.first, 1, 1e-12);
    EXPECT_NEAR(fit.residual_octaves, 0, 1e-10);
    EXPECT_LE((on_fitted_grid(theta.flip(0)) - theta.flip(0)).abs().max().item<double>(), 1e-12);
    // ln theta = 0, -1, -5: slope -2.5, mean -2, residuals -0.5, 1, -0.5.
    const GridFit bent = fit_frequency_grid(at::tensor({0.0, -1.0, -5.0}, at::kDouble).exp());
    EXPECT_NEAR(bent.base, std::exp(7.5), 1e-6);
    EXPECT_NEAR(bent.residual_octaves, std::sqrt(0.5) / std::numbers::ln2, 1e-12);
}

TEST(BiasFamilies, EachFamilyIsToldByItsOwnCurve) {
    const at::Tensor r = at::arange(96, at::kDouble);
    const at::Tensor jitter = noise(96, 1, 5).squeeze(1).mul(0.003);
    const std::vector<std::pair<std::string, at::Tensor>> planted{
        {"constant", at::full({96}, 0.4, at::kDouble)},
        {"linear", r.mul(-0.0625)},
        {"log", r.mul(0.7).log1p().mul(-1.3)},
        {"power", r.pow(0.4).mul(-0.5)},
        {"gaussian", r.square().mul(-0.5 / 144).exp().mul(2)},
        {"cosine", r.mul(0.21).cos().mul(0.8)},
        {"cosines", r.mul(0.21).cos().mul(0.8) + r.mul(0.9).sin().mul(0.6)},
        {"damped-cosine", r.mul(-0.05).exp().mul(r.mul(0.4).cos())},
    };
    for (const auto& [name, curve] : planted) {
        const std::vector<FamilyFit> fits = fit_bias_families(curve + jitter);
        EXPECT_EQ(fits.front().family, name) << "beside " << fits[1].family;
        if (name != "constant") {
            EXPECT_GT(fits.front().held_out_r2, 0.9) << name;
        }
    }
}

TEST(BiasFamilies, BucketsAreToldFromCurves) {
    std::vector<double> steps;
    for (std::int64_t lag = 0; lag < 128; ++lag) {
        steps.push_back(lag < 16 ? std::sin(3.0 * static_cast<double>(lag)) : lag < 40 ? 0.7 : -0.4);
    }
    const std::vector<FamilyFit> fits = fit_bias_families(at::tensor(steps, at::kDouble));
    EXPECT_EQ(fits.front().family, "buckets");
    EXPECT_EQ(fits.front().curve_T.size(0), 128);
}

}  // namespace
}  // namespace overtake
