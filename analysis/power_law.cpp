// The law L(N, D) = E + A/N^alpha + B/D^beta and its robust objective, four points at a time.
#include "analysis/power_law.hpp"

#include <cmath>
#include <cstdint>
#include <cstring>

#include "sweeps/errors.hpp"

namespace overtake {

namespace {

// Four doubles: one AVX2 register, or two SSE2 ones on machines without it. The compiler writes both, a switch picks one.
using Lanes = double __attribute__((vector_size(32)));
using Bits = std::uint64_t __attribute__((vector_size(32)));
constexpr std::size_t lanes = 4;
#define OVERTAKE_INLINE [[gnu::always_inline]] inline

OVERTAKE_INLINE Lanes load(const double* p) {
    Lanes v;
    std::memcpy(&v, p, sizeof v);
    return v;
}
OVERTAKE_INLINE Lanes spread(double x) { return Lanes{x, x, x, x}; }
OVERTAKE_INLINE Lanes least(Lanes a, Lanes b) { return a < b ? a : b; }
OVERTAKE_INLINE Lanes most(Lanes a, Lanes b) { return a > b ? a : b; }

/// exp(x) for |x| <= 700 (clamped), relative error below 3e-16: 2^k times the Taylor sum on |r| <= ln2 / 2.
OVERTAKE_INLINE Lanes exp_lanes(Lanes x) {
    x = most(least(x, spread(700)), spread(-700));
    Lanes shifted = x * spread(1.4426950408889634074) + spread(0x1.8p52);  // rounds; k sits in the low bits
    Lanes k = shifted - spread(0x1.8p52);
    Lanes r = x - k * spread(0x1.62e42fefa0000p-1) - k * spread(0x1.cf79abc9e3b3ap-40);
    Lanes r2 = r * r, r4 = r2 * r2;
    Lanes p0 = spread(1) + r;
    Lanes p1 = spread(1.0 / 2) + r * spread(1.0 / 6);
    Lanes p2 = spread(1.0 / 24) + r * spread(1.0 / 120);
    Lanes p3 = spread(1.0 / 720) + r * spread(1.0 / 5040);
    Lanes p4 = spread(1.0 / 40320) + r * spread(1.0 / 362880);
    Lanes p5 = spread(1.0 / 3628800) + r * spread(1.0 / 39916800) + r2 * spread(1.0 / 479001600);
    Lanes sum = (p0 + r2 * p1) + r4 * ((p2 + r2 * p3) + r4 * (p4 + r2 * p5));
    Bits exponent = ((Bits)shifted << 52);
    Bits scaled = (Bits)sum + exponent;
    return (Lanes)scaled;
}

/// log(x) for normal positive x, absolute error below 3e-16 near 1: x = 2^k m, m in [sqrt(1/2), sqrt(2)), log m =
/// 2 atanh((m - 1) / (m + 1)). Biased exponents and logical shifts, because AVX2 has no arithmetic ones of 64 bits.
OVERTAKE_INLINE Lanes log_lanes(Lanes x) {
    constexpr std::uint64_t root_half = 0x3fe6a09e667f3bcdULL, bias = 1024ULL << 52;
    Bits bits = (Bits)x;
    Bits biased = (bits + (bias - root_half)) >> 52;
    Lanes m = (Lanes)(bits - (biased << 52) + bias);
    Lanes exponent = (Lanes)(biased | 0x4330000000000000ULL) - spread(0x1p52 + 1024);
    Lanes s = (m - spread(1)) / (m + spread(1)), z = s * s, z2 = z * z, z4 = z2 * z2;
    Lanes q0 = spread(2.0 / 3) + z * spread(2.0 / 5);
    Lanes q1 = spread(2.0 / 7) + z * spread(2.0 / 9);
    Lanes q2 = spread(2.0 / 11) + z * spread(2.0 / 13);
    Lanes q3 = spread(2.0 / 15) + z * spread(2.0 / 17);
    Lanes q4 = spread(2.0 / 19) + z * spread(2.0 / 21);
    Lanes tail = (q0 + z2 * q1) + z4 * ((q2 + z2 * q3) + z4 * q4);
    return (s + s + s * z * tail) + exponent * spread(0.69314718055994530942);
}

struct PointArrays {
    const double *log_n, *log_d, *target, *weight;
    std::size_t padded;
};

template <ResidualScale scale>
OVERTAKE_INLINE double evaluate(const PointArrays& points, double delta, const double* c, double* gradient) {
    double floor = std::exp(std::fmin(std::fmax(c[2], -600), 600));
    Lanes value{}, ga{}, gb{}, ge{}, galpha{}, gbeta{};
    for (std::size_t i = 0; i < points.padded; i += lanes) {
        Lanes x = load(points.log_n + i), y = load(points.log_d + i), w = load(points.weight + i);
        Lanes from_n = exp_lanes(spread(c[0]) - spread(c[3]) * x);
        Lanes from_d = exp_lanes(spread(c[1]) - spread(c[4]) * y);
        Lanes sum = spread(floor) + from_n + from_d;
        Lanes target = load(points.target + i);
        Lanes residual = scale == ResidualScale::log_loss ? log_lanes(sum * target) : sum - target;
        Lanes clipped = most(least(residual, spread(delta)), spread(-delta));
        value += w * clipped * (residual - spread(0.5) * clipped);
        Lanes pull = scale == ResidualScale::log_loss ? w * clipped / sum : w * clipped;
        Lanes pa = pull * from_n, pb = pull * from_d;
        ga += pa;
        gb += pb;
        ge += pull;
        galpha -= pa * x;
        gbeta -= pb * y;
    }
    auto total = [](Lanes v) __attribute__((always_inline)) { return (v[0] + v[1]) + (v[2] + v[3]); };
    gradient[0] = total(ga);
    gradient[1] = total(gb);
    gradient[2] = total(ge) * floor;
    gradient[3] = total(galpha);
    gradient[4] = total(gbeta);
    return total(value);
}

#if defined(__x86_64__)
template <ResidualScale scale>
__attribute__((target("avx2,fma"))) double evaluate_avx2(const PointArrays& points, double delta, const double* c, double* g) {
    return evaluate<scale>(points, delta, c, g);
}
bool has_avx2() {
    static const bool answer = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return answer;
}
#endif

template <ResidualScale scale>
double evaluate_here(const PointArrays& points, double delta, const double* c, double* g) {
#if defined(__x86_64__)
    if (has_avx2()) {
        return evaluate_avx2<scale>(points, delta, c, g);
    }
#endif
    return evaluate<scale>(points, delta, c, g);
}

}  // namespace

double PowerLaw::loss(double parameters, double tokens) const {
    return E + A * std::pow(parameters, -alpha) + B * std::pow(tokens, -beta);
}

LawPoints::LawPoints(std::span<const double> parameters, std::span<const double> tokens, std::span<const double> losses,
                     std::span<const double> weights, ResidualScale scale)
    : scale_(scale) {
    std::size_t n = parameters.size();
    expects(tokens.size() == n && losses.size() == n && (weights.empty() || weights.size() == n), "one N, D, loss a point");
    double total = 0;
    for (std::size_t i = 0; i < n; ++i) {
        double w = weights.empty() ? 1 : weights[i];
        centre_log_n_ += w * std::log(parameters[i]);
        centre_log_d_ += w * std::log(tokens[i]);
        total += w;
    }
    centre_log_n_ /= std::fmax(total, 1e-300);
    centre_log_d_ /= std::fmax(total, 1e-300);
    for (std::size_t i = 0; i < n; ++i) {
        push(std::log(parameters[i]) - centre_log_n_, std::log(tokens[i]) - centre_log_d_, losses[i],
             weights.empty() ? 1 : weights[i]);
    }
    pad();
}

void LawPoints::push(double log_n, double log_d, double loss, double weight) {
    log_n_.push_back(log_n);
    log_d_.push_back(log_d);
    loss_.push_back(loss);
    target_.push_back(scale_ == ResidualScale::log_loss ? 1 / loss : loss);
    weight_.push_back(weight);
    ++count_;
}

void LawPoints::pad() {
    std::size_t padded = (count_ + lanes - 1) / lanes * lanes;
    log_n_.resize(padded, 0);
    log_d_.resize(padded, 0);
    target_.resize(padded, 1);
    weight_.resize(padded, 0);
}

LawPoints LawPoints::with_weights(std::span<const double> weights) const {
    expects(weights.size() == count_, "one weight a point");
    LawPoints out;
    out.centre_log_n_ = centre_log_n_;
    out.centre_log_d_ = centre_log_d_;
    out.scale_ = scale_;
    for (std::size_t i = 0; i < count_; ++i) {
        if (weights[i] != 0) {
            out.push(log_n_[i], log_d_[i], loss_[i], weights[i] * weight_[i]);
        }
    }
    out.pad();
    return out;
}

LawCoordinates LawPoints::coordinates(const PowerLaw& law) const {
    return {std::log(law.A) - law.alpha * centre_log_n_, std::log(law.B) - law.beta * centre_log_d_, std::log(law.E), law.alpha,
            law.beta};
}

PowerLaw LawPoints::law(const LawCoordinates& c) const {
    return {std::exp(c[2]), std::exp(c[0] + c[3] * centre_log_n_), std::exp(c[1] + c[4] * centre_log_d_), c[3], c[4]};
}

double law_objective(const LawPoints& points, double delta, const double* coordinates, double* gradient) {
    PointArrays arrays{points.log_n_.data(), points.log_d_.data(), points.target_.data(), points.weight_.data(), points.log_n_.size()};
    return points.scale_ == ResidualScale::log_loss ? evaluate_here<ResidualScale::log_loss>(arrays, delta, coordinates, gradient)
                                                    : evaluate_here<ResidualScale::loss>(arrays, delta, coordinates, gradient);
}

std::vector<double> law_residuals(const LawPoints& points, const PowerLaw& law) {
    std::vector<double> out(points.size());
    LawCoordinates c = points.coordinates(law);
    for (std::size_t i = 0; i < out.size(); ++i) {
        double predicted = law.E + std::exp(c[0] - c[3] * points.log_n()[i]) + std::exp(c[1] - c[4] * points.log_d()[i]);
        out[i] = std::log(predicted / points.loss()[i]);
    }
    return out;
}

std::vector<double> objective_residuals(const LawPoints& points, const PowerLaw& law) {
    std::vector<double> out = law_residuals(points, law);
    for (std::size_t i = 0; points.scale() == ResidualScale::loss && i < out.size(); ++i) {
        out[i] = points.loss()[i] * std::expm1(out[i]);
    }
    return out;
}

}  // namespace overtake
