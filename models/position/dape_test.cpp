#include <algorithm>
#include <cmath>

#include "models/position/alibi.hpp"
#include "models/position/dape_base.hpp"
#include "models/position/scheme_under_test.hpp"

namespace overtake {
namespace {

constexpr std::int64_t heads = 2, head_width = 3, hidden = 5, layer = 1;
const ModelConfig model{.layers = 2, .width = 6, .heads = heads, .mlp_width = 8, .vocabulary = 11};

SchemeUnderTest dape(std::int64_t version, const char* base) {
    return {"dape", {{"version", version}, {"base", std::string(base)}, {"hidden", hidden}}, model};
}

double leaky(double x) { return x > 0 ? x : 0.01 * x; }

/// The network at each pair, one number at a time; channels [2 N][T] of one query are given as at(channel, key), 0 where it sees nothing.
at::Tensor corrected(const SchemeUnderTest& scheme, const at::Tensor& logits_NTT, const at::Tensor& base_NTT) {
    const std::int64_t length = logits_NTT.size(1);
    const at::Tensor first = scheme.parameter("first_weight")[layer], first_bias = scheme.parameter("first_bias")[layer];
    const at::Tensor second = scheme.parameter("second_weight")[layer], second_bias = scheme.parameter("second_bias")[layer];
    const std::int64_t taps = first.size(2), side = taps / 2;
    at::Tensor result = (logits_NTT + base_NTT).clone();
    for (std::int64_t i = 0; i < length; ++i) {
        const auto channel = [&](std::int64_t c, std::int64_t key) {
            const at::Tensor& of = c < heads ? logits_NTT : base_NTT;
            return key < 0 || key > i ? 0 : of[c % heads][i][key].item<double>();
        };
        const auto inner = [&](std::int64_t w, std::int64_t key) {
            double sum = first_bias[w].item<double>();
            for (std::int64_t c = 0; c < 2 * heads; ++c) {
                for (std::int64_t tap = 0; tap < taps; ++tap) {
                    sum += first[w][c][tap].item<double>() * channel(c, key + tap - side);
                }
            }
            return key < 0 ? 0 : leaky(sum);
        };
        for (std::int64_t k = 0; k <= i; ++k) {
            for (std::int64_t n = 0; n < heads; ++n) {
                double sum = second_bias[n].item<double>();
                for (std::int64_t w = 0; w < hidden; ++w) {
                    for (std::int64_t tap = 0; tap < taps; ++tap) {
                        sum += second[n][w][tap].item<double>() * inner(w, k + tap - side);
                    }
                }
                result[n][i][k] += sum;
            }
        }
    }
    return result;
}

at::Tensor lags(std::int64_t length) { return (at::arange(length).unsqueeze(1) - at::arange(length)).clamp_min(0).to(at::kDouble); }

TEST(Dape, EqualsItsNetworkAtEachPair) {
    const at::NoGradGuard no_gradients;
    for (const std::int64_t version : {1, 2}) {
        // 35 queries are two blocks, which few values can tell apart: the second version reads across their border.
        const std::int64_t length = version == 1 ? 5 : 35;
        const SchemeUnderTest scheme = dape(version, "alibi");
        const at::Tensor q = waves({1, heads, length, head_width}, 1), k = waves({1, heads, length, head_width}, 2);
        const at::Tensor plain = at::matmul(q, k.transpose(-2, -1))[0] / std::sqrt(3.0);
        const at::Tensor base = at::tensor(alibi_slopes(heads), at::kDouble).view({-1, 1, 1}) * -lags(length);
        const at::Tensor logits = scheme.logits({}, q, k, layer)[0], expected = corrected(scheme, plain, base);
        EXPECT_LE(difference_below(logits, expected), 1e-13) << version;
    }
}

TEST(Dape, BasesAreThoseOfTheirPapers) {
    const at::NoGradGuard no_gradients;
    constexpr std::int64_t length = 5;
    const at::Tensor zero = at::zeros({1, heads, length, head_width}, at::kDouble);
    const SchemeUnderTest kerple = dape(1, "kerple-log");
    kerple.set("second_weight", at::zeros({1}, at::kDouble));
    kerple.set("second_bias", at::zeros({1}, at::kDouble));
    kerple.set("base_scale", at::tensor({9.0, 9.0, 2.0, -1.0}, at::kDouble));
    kerple.set("base_rate", at::tensor({9.0, 9.0, 1.0, 0.5}, at::kDouble));
    const at::Tensor logits = kerple.logits({}, zero, zero, layer)[0];
    EXPECT_NEAR(logits[0][4][1].item<double>(), -2 * std::log(4.0), 1e-14);
    EXPECT_NEAR(logits[1][3][1].item<double>(), -0.01 * std::log(2.0), 1e-14) << "held at 0.01";

    // One hidden channel that passes its input on: the bias is the quotient of logarithms itself; c = 1, threshold 512 m = 2.
    const at::Tensor one = at::ones({1}, at::kDouble);
    const FireWeights weights{one[0], at::tensor(2.0 / 512, at::kDouble), one, one * 0, one.view({1, 1}), one * 0};
    const at::Tensor fire = fire_bias(lags(length), at::arange(length, at::kDouble).unsqueeze(0), weights)[0][0];
    EXPECT_NEAR(fire[4][1].item<double>(), std::log(4.0) / (std::log(5.0) + 1e-6), 1e-14);
    EXPECT_NEAR(fire[1][0].item<double>(), std::log(2.0) / (std::log(3.0) + 1e-6), 1e-14);
}

TEST(Dape, SecondVersionSeesNeitherTheFutureNorAnotherDocument) {
    const at::NoGradGuard no_gradients;
    const SchemeUnderTest scheme = dape(2, "kerple-log");
    const at::Tensor q = waves({1, heads, 9, head_width}, 1), k = waves({1, heads, 9, head_width}, 2);
    const at::Tensor whole = scheme.logits({}, q, k, layer);
    const at::Tensor shorter = scheme.logits({}, q.narrow(2, 0, 6), k.narrow(2, 0, 6), layer);
    EXPECT_LE(difference_below(whole.narrow(2, 0, 6).narrow(3, 0, 6), shorter), 1e-15);
    const at::Tensor starts_BT = at::tensor({0, 0, 0, 3, 3, 3, 3, 3, 3}, at::kInt).view({1, 9});
    const at::Tensor packed = scheme.logits({}, q, k, layer, {.length = 9, .positions_T = {}, .starts_BT = starts_BT});
    const at::Tensor alone = scheme.logits({}, q.narrow(2, 3, 6), k.narrow(2, 3, 6), layer);
    EXPECT_LE(difference_below(packed.narrow(2, 3, 6).narrow(3, 3, 6), alone), 1e-14);
}

TEST(Dape, GradientsAreThoseOfDifferences) {
    for (const auto& [version, base] : {std::pair{1, "kerple-log"}, {2, "kerple-log"}, {1, "fire"}}) {
        const SchemeUnderTest scheme = dape(version, base);
        const at::Tensor q = waves({1, heads, 35, head_width}, 1).requires_grad_(), k = waves({1, heads, 35, head_width}, 2).requires_grad_();
        const at::Tensor weights = waves({1, heads, 35, 35}, 5).div(35);
        expect_gradients([&] { return scheme.logits({}, q, k, layer).mul(weights).tril().sum(); },
                         {q, k, scheme.parameter("first_weight"), scheme.parameter("second_bias"),
                          scheme.parameter(std::string(base) == "fire" ? "fire_rate" : "base_rate")},
                         std::string(base) == "fire" ? 1 : 23);
    }
}

/// fp32 on a CPU goes by loops of its own: bias and gradients are those of fp64, for documents and windows that end within a strip.
TEST(Dape, OurLoopsAgreeWithFp64) {
    for (const char* base : {"kerple-log", "alibi"}) {
        std::vector<at::Tensor> logits, gradients;
        for (const at::ScalarType real : {at::kDouble, at::kFloat}) {
            const SchemeUnderTest scheme("dape", {{"base", std::string(base)}, {"hidden", hidden}}, model, real);
            const at::Tensor q = waves({2, heads, 37, head_width}, 1).to(real).requires_grad_();
            const at::Tensor k = waves({2, heads, 37, head_width}, 2).to(real).requires_grad_();
            logits.push_back(scheme.logits({}, q, k, layer).tril());
            logits.back().mul(waves({2, heads, 37, 37}, 5).to(real)).sum().backward();
            std::vector<at::Tensor> flat{q.grad().flatten().to(at::kDouble), k.grad().flatten().to(at::kDouble)};
            for (const Parameter& parameter : scheme.scheme->parameters()) {
                flat.push_back(parameter.value.grad().flatten().to(at::kDouble));
            }
            gradients.push_back(at::cat(flat));
        }
        EXPECT_LE((logits[0] - logits[1].to(at::kDouble)).abs().max().item<double>(), 2e-6) << base;
        EXPECT_LE((gradients[0] - gradients[1]).abs().max().item<double>(), 1e-5 * gradients[0].abs().max().item<double>()) << base;
    }
}

}  // namespace
}  // namespace overtake
