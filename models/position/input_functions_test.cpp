// Tables and functions of the position that are added to inputs: the learned table's ends, Fourier features, FLOATER's path.
#include <cmath>

#include "models/position/row_reach.hpp"
#include "models/position/tiny_scheme_test.hpp"

namespace overtake {
namespace {

at::Tensor added(const PositionScheme& scheme, std::int64_t length) { return scheme.add_to_input(at::zeros({1, length, 12}, at::kDouble))[0]; }

double difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

TEST(RowReach, ReadsBetweenRowsAndRepeatsTheLast) {
    const at::Tensor table = at::tensor({0.0, 10.0, 40.0}, at::kDouble).view({3, 1}), place = at::arange(8, at::kDouble);
    RowReach reach({});
    EXPECT_TRUE(reach.take(table, place, 8).flatten().equal(at::tensor({0.0, 10.0, 40.0, 40.0, 40.0, 40.0, 40.0, 40.0}, at::kDouble)));
    reach.extend({"interpolate", {{"factor", 2.0}}});
    EXPECT_TRUE(reach.take(table, place, 8).flatten().equal(at::tensor({0.0, 5.0, 10.0, 25.0, 40.0, 40.0, 40.0, 40.0}, at::kDouble)));
    const RowReach by_length({{"beyond", std::string("interpolate")}});
    EXPECT_EQ(by_length.factor(3, 3), 1);
    EXPECT_TRUE(by_length.take(table, place.narrow(0, 0, 6), 6).flatten().equal(at::tensor({0.0, 5.0, 10.0, 25.0, 40.0, 40.0}, at::kDouble)));
}

TEST(Learned, OneTableReadInThreeWays) {
    const SchemePointer clamped = tiny_scheme("learned"), stretched = tiny_scheme("learned"), refused = tiny_scheme("learned");
    const at::Tensor table = parameter(*clamped, "table");
    EXPECT_EQ(refused->longest_context(), 6);
    clamped->extend({"clamp", {}});
    stretched->extend({"interpolate", {{"factor", 2.0}}});
    clamped->begin(plain(12));
    stretched->begin(plain(12));
    EXPECT_TRUE(added(*clamped, 12)[4].equal(table[4]));
    EXPECT_TRUE(added(*clamped, 12)[11].equal(table[5]));
    EXPECT_LE(difference(added(*stretched, 12)[4], table[2]), 1e-15);
    EXPECT_LE(difference(added(*stretched, 12)[7], (table[3] + table[4]) / 2), 1e-15);
    EXPECT_THROW(refused->extend({"pi", {{"factor", 2.0}}}), ConfigError);
}

TEST(FourierFeatures, ANetworkOfCosinesAndSines) {
    const SchemePointer scheme = tiny_scheme("fourier-features", {{"features", std::int64_t{4}}, {"hidden", std::int64_t{3}}});
    const at::Tensor w = parameter(*scheme, "frequencies", 4), w1 = parameter(*scheme, "hidden.weight", 5), b1 = parameter(*scheme, "hidden.bias", 6),
                     w2 = parameter(*scheme, "output.weight", 7), b2 = parameter(*scheme, "output.bias", 8);
    scheme->begin(plain(5));
    for (std::int64_t p = 0; p < 5; ++p) {
        const at::Tensor angle = w * static_cast<double>(p);
        const at::Tensor z = at::mv(w1, at::cat({angle.cos(), angle.sin()}) / 2) + b1;
        const at::Tensor gelu = z * 0.5 * (1 + at::erf(z / std::sqrt(2.0)));
        EXPECT_LE(difference(added(*scheme, 5)[p], at::mv(w2, gelu) + b2), 1e-14) << p;
    }
}

/// Where tanh is linear and pairs turn, the path is a circle that is known in closed form.
TEST(Floater, BeginsAsASinusoid) {
    const SchemePointer scheme = tiny_scheme("floater");
    parameter(*scheme, "start").mul_(1e-4 / 0.5);
    scheme->begin(plain(25));
    const at::Tensor path = scheme->inspect().at("path");
    EXPECT_EQ(path.sizes(), at::IntArrayRef({25, 2, 12}));
    for (std::int64_t p = 0; p < 25; ++p) {
        for (std::int64_t pair = 0; pair < 6; ++pair) {
            const double angle = static_cast<double>(p) * std::pow(10000.0, -2 * static_cast<double>(pair) / 12) / 4;
            EXPECT_NEAR(path[p][1][2 * pair].item<double>(), 1e-4 * std::sin(angle), 6e-6) << p << " " << pair;
            EXPECT_NEAR(path[p][1][2 * pair + 1].item<double>(), 1e-4 * std::cos(angle), 6e-6) << p << " " << pair;
        }
    }
}

/// One Runge-Kutta step by hand, and the Hermite polynomial in its middle.
TEST(Floater, OneStepByHand) {
    const SchemePointer scheme = tiny_scheme("floater", {{"dt", 0.2}, {"stride", std::int64_t{2}}});
    const at::Tensor p0 = parameter(*scheme, "start", 4)[1], wi = parameter(*scheme, "hidden.weight", 5), wt = parameter(*scheme, "hidden.time", 6),
                     bi = parameter(*scheme, "hidden.bias", 7), wo = parameter(*scheme, "output.weight", 8), bo = parameter(*scheme, "output.bias", 9);
    const auto slope = [&](double t, const at::Tensor& p) { return at::mv(wo, (at::mv(wi, p) + wt * t + bi).tanh()) + bo; };
    const at::Tensor k1 = slope(0, p0), k2 = slope(0.2, p0 + 0.2 * k1), k3 = slope(0.2, p0 + 0.2 * k2), k4 = slope(0.4, p0 + 0.4 * k3);
    const at::Tensor p2 = p0 + 0.4 / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
    scheme->begin(plain(3));
    const at::Tensor path = scheme->inspect().at("path").select(1, 1);
    EXPECT_LE(difference(path[0], p0), 1e-14);
    EXPECT_LE(difference(path[1], (p0 + p2) / 2 + 0.4 / 8 * (k1 - slope(0.4, p2))), 1e-13);
    EXPECT_LE(difference(path[2], p2), 1e-14);
    const at::Tensor x = numbers({3, 12}, 1);
    EXPECT_LE(difference(scheme->add_to_attention_input(x, 1), x + path), 1e-14);
}

}  // namespace
}  // namespace overtake
