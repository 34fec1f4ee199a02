#include "models/position/bias_families.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include <ATen/ATen.h>

#include "models/position/t5.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

/// A nonlinear parameter's range; its grid is geometric.
struct Range {
    double low, high;
    std::int64_t points;
};

struct Family {
    std::string name;
    std::vector<Range> nonlinear;
    /// Columns beside the constant, [S, K], at lags r_S for one value of each nonlinear parameter.
    std::function<at::Tensor(const at::Tensor& lag_S, const std::vector<double>& nonlinear)> columns;
    std::int64_t linear;  // K
};

struct Member {
    double rss = 0;
    std::vector<double> nonlinear;
    at::Tensor coefficients;  // constant first
};

at::Tensor design(const Family& family, const at::Tensor& lag_S, const std::vector<double>& nonlinear) {
    const at::Tensor one = at::ones({lag_S.size(0), 1}, at::kDouble);
    return family.linear == 0 ? one : at::cat({one, family.columns(lag_S, nonlinear)}, 1);
}

Member member_at(const Family& family, const at::Tensor& lag_S, const at::Tensor& bias_S, const std::vector<double>& nonlinear) {
    const at::Tensor x = design(family, lag_S, nonlinear);
    const at::Tensor coefficients = std::get<0>(at::linalg_lstsq(x, bias_S.unsqueeze(1), std::nullopt, "gelsd"));
    return {bias_S.sub(at::matmul(x, coefficients).squeeze(1)).square().sum().item<double>(), nonlinear, coefficients};
}

std::vector<double> geometric(const Range& range) {
    std::vector<double> points;
    for (std::int64_t i = 0; i < range.points; ++i) {
        const double share = range.points > 1 ? static_cast<double>(i) / static_cast<double>(range.points - 1) : 0;
        points.push_back(range.low * std::pow(range.high / range.low, share));
    }
    return points;
}

Member best_on_grid(const Family& family, const at::Tensor& lag_S, const at::Tensor& bias_S, const std::vector<Range>& ranges) {
    Member best;
    bool first = true;
    std::vector<double> values(ranges.size());
    const std::function<void(std::size_t)> walk = [&](std::size_t dimension) {
        if (dimension == ranges.size()) {
            Member here = member_at(family, lag_S, bias_S, values);
            if (first || here.rss < best.rss) {
                best = std::move(here);
                first = false;
            }
            return;
        }
        for (const double value : geometric(ranges[dimension])) {
            values[dimension] = value;
            walk(dimension + 1);
        }
    };
    walk(0);
    return best;
}

Member best_member(const Family& family, const at::Tensor& lag_S, const at::Tensor& bias_S) {
    std::vector<Range> ranges = family.nonlinear;
    Member best = best_on_grid(family, lag_S, bias_S, ranges);
    for (int round = 0; round < 3 && !ranges.empty(); ++round) {
        for (std::size_t i = 0; i < ranges.size(); ++i) {
            const double step = std::pow(ranges[i].high / ranges[i].low, 1.0 / static_cast<double>(ranges[i].points - 1));
            const Range& whole = family.nonlinear[i];
            ranges[i] = {std::max(whole.low, best.nonlinear[i] / step), std::min(whole.high, best.nonlinear[i] * step), 9};
        }
        Member finer = best_on_grid(family, lag_S, bias_S, ranges);
        if (finer.rss < best.rss) {
            best = std::move(finer);
        }
    }
    return best;
}

at::Tensor wave(const at::Tensor& lag_S, double frequency) {
    const at::Tensor angle = lag_S.mul(frequency);
    return at::stack({angle.cos(), angle.sin()}, 1);
}

std::vector<Family> parametric_families(std::int64_t length) {
    const auto longest = static_cast<double>(length);
    const Range frequency{std::numbers::pi / longest, std::numbers::pi, 48};
    return {
        {"constant", {}, {}, 0},
        {"linear", {}, [](const at::Tensor& r, const std::vector<double>&) { return r.unsqueeze(1); }, 1},
        {"log", {{0.01 / longest, 100, 40}}, [](const at::Tensor& r, const auto& p) { return r.mul(p[0]).log1p().unsqueeze(1); }, 1},
        {"power", {{0.02, 2, 40}}, [](const at::Tensor& r, const auto& p) { return r.pow(p[0]).unsqueeze(1); }, 1},
        {"gaussian",
         {{0.3, 2 * longest, 40}},
         [](const at::Tensor& r, const auto& p) { return r.square().mul(-0.5 / (p[0] * p[0])).exp().unsqueeze(1); },
         1},
        {"cosine", {frequency}, [](const at::Tensor& r, const auto& p) { return wave(r, p[0]); }, 2},
        {"damped-cosine",
         {{0.1 / longest, 2, 16}, {std::numbers::pi / longest, std::numbers::pi, 24}},
         [](const at::Tensor& r, const auto& p) { return wave(r, p[1]).mul(r.mul(-p[0]).exp().unsqueeze(1)); },
         2},
    };
}

/// Two frequencies, the second on what the first leaves, then the first again beside the second.
Family cosines_family(const Family& cosine, const at::Tensor& lag_S, const at::Tensor& bias_S) {
    const auto with = [&](std::vector<double> others) {
        return Family{"cosines", cosine.nonlinear,
                      [others = std::move(others)](const at::Tensor& r, const std::vector<double>& p) {
                          std::vector<at::Tensor> columns{wave(r, p[0])};
                          for (const double other : others) {
                              columns.push_back(wave(r, other));
                          }
                          return at::cat(columns, 1);
                      },
                      4};
    };
    const double first = best_member(cosine, lag_S, bias_S).nonlinear[0];
    const double second = best_member(with({first}), lag_S, bias_S).nonlinear[0];
    return with({second});
}

at::Tensor predict(const Family& family, const Member& member, const at::Tensor& lag_S) {
    return at::matmul(design(family, lag_S, member.nonlinear), member.coefficients).squeeze(1);
}

double explained(const at::Tensor& truth, const at::Tensor& predicted) {
    const double all = truth.sub(truth.mean()).square().sum().item<double>();
    return all > 0 ? 1 - truth.sub(predicted).square().sum().item<double>() / all : 0;
}

/// Means of T5's buckets over the lags given, read at all lags; a bucket without lags takes the one before.
at::Tensor bucket_curve(const at::Tensor& lag_S, const at::Tensor& bias_S, std::int64_t length, std::int64_t& used) {
    std::vector<double> sum(32, 0), count(32, 0);
    const at::Tensor lags = lag_S.to(at::kLong).contiguous(), values = bias_S.contiguous();
    for (std::int64_t i = 0; i < lags.size(0); ++i) {
        const auto bucket = static_cast<std::size_t>(t5_bucket(lags.const_data_ptr<std::int64_t>()[i], 32, 128));
        sum[bucket] += values.const_data_ptr<double>()[i];
        count[bucket] += 1;
    }
    used = std::count_if(count.begin(), count.end(), [](double n) { return n > 0; });
    std::vector<double> curve;
    double last = 0;
    for (std::int64_t lag = 0; lag < length; ++lag) {
        const auto bucket = static_cast<std::size_t>(t5_bucket(lag, 32, 128));
        last = count[bucket] > 0 ? sum[bucket] / count[bucket] : last;
        curve.push_back(last);
    }
    return at::tensor(curve, at::kDouble);
}

}  // namespace

std::vector<FamilyFit> fit_bias_families(const at::Tensor& bias_T) {
    const at::Tensor bias = bias_T.detach().to(at::kCPU, at::kDouble).contiguous();
    const std::int64_t length = bias.size(0);
    expects(length >= 8, "a family needs eight lags");
    const at::Tensor lag = at::arange(length, at::kDouble);
    const at::Tensor even = at::arange(0, length, 2), odd = at::arange(1, length, 2);
    const at::Tensor even_bias = bias.index_select(0, even), odd_bias = bias.index_select(0, odd);
    const at::Tensor even_lag = lag.index_select(0, even), odd_lag = lag.index_select(0, odd);
    const auto count = static_cast<double>(length);
    // A fit that leaves only rounding is as good as any other that does.
    const double floor = 1e-20 * std::max(bias.square().sum().item<double>(), 1e-200);
    const auto judged = [&](std::string name, std::int64_t parameters, const at::Tensor& curve, const at::Tensor& predicted_odd) {
        const double rss = std::max(bias.sub(curve).square().sum().item<double>(), floor);
        return FamilyFit{.family = std::move(name),
                         .parameters = parameters,
                         .bic = count * std::log(rss / count) + static_cast<double>(parameters) * std::log(count),
                         .r2 = explained(bias, curve),
                         .held_out_r2 = explained(odd_bias, predicted_odd),
                         .curve_T = curve};
    };
    std::vector<FamilyFit> fits;
    const auto add = [&](const Family& family, const Family& of_even, std::int64_t parameters) {
        const Member all = best_member(family, lag, bias), half = best_member(of_even, even_lag, even_bias);
        fits.push_back(judged(family.name, parameters, predict(family, all, lag), predict(of_even, half, odd_lag)));
    };
    for (const Family& family : parametric_families(length)) {
        add(family, family, 1 + family.linear + static_cast<std::int64_t>(family.nonlinear.size()));
        if (family.name == "cosine") {
            add(cosines_family(family, lag, bias), cosines_family(family, even_lag, even_bias), 7);
        }
    }
    std::int64_t used = 0, used_even = 0;
    const at::Tensor curve = bucket_curve(lag, bias, length, used);
    fits.push_back(judged("buckets", used, curve, bucket_curve(even_lag, even_bias, length, used_even).index_select(0, odd)));
    std::sort(fits.begin(), fits.end(), [](const FamilyFit& a, const FamilyFit& b) { return a.bic < b.bic; });
    return fits;
}

}  // namespace overtake
