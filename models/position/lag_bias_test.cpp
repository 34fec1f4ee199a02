// Biases by lag in numbers: Sandwich and KERPLE's power kernel.
#include <cmath>

#include "models/position/tiny_scheme_test.hpp"

namespace overtake {
namespace {

TEST(Sandwich, SumsOfCosinesOverTheHeadsSlope) {
    const SchemePointer scheme = tiny_scheme("sandwich", {{"width", std::int64_t{4}}, {"base", 100.0}});
    scheme->begin(plain(4));
    const at::Tensor bias = scheme->static_bias(0).by_lag_NT;
    // Two pairs, theta 1 and 100^(-1/2) = 0.1; head n of 3 divides by 8 n / 3.
    for (std::int64_t n = 0; n < 3; ++n) {
        for (std::int64_t r = 0; r < 4; ++r) {
            const double lag = static_cast<double>(r);
            EXPECT_NEAR(bias[n][r].item<double>(), (std::cos(lag) + std::cos(0.1 * lag)) / (8.0 * static_cast<double>(n + 1) / 3), 1e-14);
        }
    }
    const SchemePointer centred = tiny_scheme("sandwich", {{"width", std::int64_t{4}}, {"base", 100.0}, {"normalisation", std::string("centred")}});
    centred->begin(plain(4));
    EXPECT_NEAR(centred->static_bias(0).by_lag_NT[1][0].item<double>(), 0, 1e-15);
    EXPECT_NEAR((bias - centred->static_bias(0).by_lag_NT)[1][3].item<double>(), 2 / (16.0 / 3), 1e-14);
    EXPECT_NEAR(scheme->inspect().at("slopes")[1].item<double>(), 3.0 / 16, 1e-15);
}

TEST(KerplePower, BiasByHandAndBounds) {
    const SchemePointer scheme = tiny_scheme("kerple-power");
    parameter(*scheme, "scale").copy_(at::tensor({2.0, 0.5, -1.0}, at::kDouble).view({3, 1}));
    parameter(*scheme, "power").copy_(at::tensor({1.0, 0.5, 3.0}, at::kDouble).view({3, 1}));
    scheme->begin(plain(10));
    const at::Tensor bias = scheme->static_bias(0).by_lag_NT;
    EXPECT_EQ(bias[0][0].item<double>(), 0);
    EXPECT_NEAR(bias[0][7].item<double>(), -14, 1e-12) << "power 1 is ALiBi";
    EXPECT_NEAR(bias[1][9].item<double>(), -1.5, 1e-12);
    EXPECT_NEAR(bias[2][3].item<double>(), -0.09, 1e-12) << "held at 0.01 and 2";
    bias.sum().backward();
    for (const Parameter& parameter : scheme->parameters()) {
        EXPECT_TRUE(parameter.value.grad().isfinite().all().item<bool>()) << "lag 0 has no logarithm";
    }
    // More power lowers the bias, so the sum's gradient is negative: descent would raise 3.0 further and is dropped.
    EXPECT_EQ(scheme->parameters()[1].value.grad()[2].item<double>(), 0);
    EXPECT_LT(scheme->parameters()[1].value.grad()[1].item<double>(), 0);
}

}  // namespace
}  // namespace overtake
