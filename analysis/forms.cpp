// Other published forms of a scaling law.
#include "analysis/forms.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/bootstrap.hpp"
#include "analysis/minimize.hpp"
#include "analysis/parallel.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

/// ln N, ln D, ln C relative to their means, log loss, and the mean of ln D.
struct FormPoint {
    double n = 0, d = 0, c = 0, log_loss = 0, mean_d = 0;
};

/// Loss at one point for coordinates x, and its gradient.
using Predict = double (*)(const FormPoint&, std::span<const double> x, std::span<double> gradient);

/// x = (u, v, r, beta): log L = beta * ln(exp(u - r n) + exp(v - d)), r = alpha_N / alpha_D, beta = alpha_D.
double predict_kaplan(const FormPoint& p, std::span<const double> x, std::span<double> gradient) {
    double from_n = std::exp(x[0] - x[2] * p.n), from_d = std::exp(x[1] - p.d), sum = from_n + from_d;
    double loss = std::pow(sum, x[3]), slope = loss * x[3] / sum;
    gradient[0] = slope * from_n;
    gradient[1] = slope * from_d;
    gradient[2] = -slope * from_n * p.n;
    gradient[3] = loss * std::log(sum);
    return loss;
}

/// x = (e, a, g): L = exp(e) + exp(a - g c).
double predict_compute(const FormPoint& p, std::span<const double> x, std::span<double> gradient) {
    double floor = std::exp(x[0]), term = std::exp(x[1] - x[2] * p.c);
    gradient[0] = floor;
    gradient[1] = term;
    gradient[2] = -term * p.c;
    return floor + term;
}

/// x = (s, q, S, B, b, Q', A, a, E): exp(s n^q + S) + exp(B n^b + Q - ln D g(n)), g(n) = exp(A n^a + E), Q = Q' + g(1) mean ln D:
/// Q' is the size of the second term amid the data, which Q alone is not.
double predict_farseer(const FormPoint& p, std::span<const double> x, std::span<double> gradient) {
    double n_q = std::exp(x[1] * p.n), n_b = std::exp(x[4] * p.n), n_a = std::exp(x[7] * p.n);
    double floor = std::exp(x[0] * n_q + x[2]), exponent = std::exp(x[6] * n_a + x[8]);
    double amid = std::exp(x[6] + x[8]) * p.mean_d, pull = (p.d + p.mean_d) * exponent;
    double term = std::exp(x[3] * n_b + x[5] + amid - pull);
    gradient[0] = floor * n_q;
    gradient[1] = floor * x[0] * n_q * p.n;
    gradient[2] = floor;
    gradient[3] = term * n_b;
    gradient[4] = term * x[3] * n_b * p.n;
    gradient[5] = term;
    gradient[6] = term * (amid - pull * n_a);
    gradient[7] = -term * pull * x[6] * n_a * p.n;
    gradient[8] = term * (amid - pull);
    return floor + term;
}

std::vector<std::vector<double>> kaplan_starts() {
    std::vector<std::vector<double>> out;
    for (double beta : {0.05, 0.1, 0.2, 0.4}) {
        for (double ratio : {0.3, 0.7, 1.0, 1.6}) {
            for (double level : {0.7, 1.0, 1.4}) {
                for (double share : {-1.0, 0.0, 1.0}) {
                    out.push_back({level / beta + share, level / beta - share, ratio, beta});
                }
            }
        }
    }
    return out;
}

std::vector<std::vector<double>> compute_starts() {
    std::vector<std::vector<double>> out;
    for (double floor : {-2.0, -0.5, 0.0, 0.5, 1.0}) {
        for (double term : {-2.0, -1.0, 0.0, 1.0}) {
            for (double g : {0.03, 0.1, 0.2, 0.4}) {
                out.push_back({floor, term, g});
            }
        }
    }
    return out;
}

std::vector<std::vector<double>> farseer_starts() {
    std::vector<std::vector<double>> out;
    for (double s : {0.1, 0.5}) {
        for (double q : {-0.3, -0.1}) {
            for (double floor : {0.2, 0.7}) {
                for (double b : {-0.2, 0.1}) {
                    for (double level : {-1.0, 0.0}) {
                        for (double a : {-0.1, 0.1}) {
                            for (double exponent : {0.15, 0.3, 0.5}) {
                                out.push_back({s, q, floor, 0.3, b, level - 0.3, 0.2, a, std::log(exponent) - 0.2});
                            }
                        }
                    }
                }
            }
        }
    }
    return out;
}

struct Form {
    const char* name;
    std::size_t least_rows;
    Predict predict;
    std::vector<std::vector<double>> (*starts)();
};

constexpr Form forms[] = {{"kaplan", 6, predict_kaplan, kaplan_starts}, {"compute", 5, predict_compute, compute_starts}, {"farseer", 15, predict_farseer, farseer_starts}};

struct Centre {
    double n = 0, d = 0, c = 0;
};

/// The numbers as the papers name them.
std::map<std::string, double> name_numbers(const std::string& form, std::span<const double> x, const Centre& m) {
    if (form == "kaplan") {
        double ratio = x[2], beta = x[3];
        return {{"alpha_N", ratio * beta}, {"alpha_D", beta}, {"log_Nc", m.n + x[0] / ratio}, {"log_Dc", m.d + x[1]}};
    }
    if (form == "compute") {
        return {{"E", std::exp(x[0])}, {"log_A", x[1] + x[2] * m.c}, {"g", x[2]}};
    }
    return {{"s", x[0]}, {"q", x[1]}, {"S", x[2]}, {"B", x[3]}, {"b", x[4]}, {"Q", x[5] + std::exp(x[6] + x[8]) * m.d}, {"A", x[6]}, {"a", x[7]}, {"E", x[8]}, {"log_N0", m.n}};
}

std::vector<const Observation*> lower_envelope(std::span<const Observation> all) {
    std::vector<const Observation*> sorted;
    for (const Observation& o : all) {
        sorted.push_back(&o);
    }
    std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return std::pair(a->flops, a->loss) < std::pair(b->flops, b->loss); });
    std::vector<const Observation*> out;
    for (const Observation* o : sorted) {
        if (out.empty() || o->loss < out.back()->loss) {
            out.push_back(o);
        }
    }
    return out;
}

Minimum descend_form(const Form& form, const std::vector<FormPoint>& points, const std::vector<double>& weights, std::span<const double> start, double delta) {
    thread_local Minimizer minimizer;
    std::array<double, 9> slope{};
    Objective objective = [&](std::span<const double> x, std::span<double> gradient) {
        double sum = 0;
        std::fill(gradient.begin(), gradient.end(), 0);
        for (std::size_t i = 0; i < points.size(); ++i) {
            double loss = form.predict(points[i], x, slope), residual = std::log(loss) - points[i].log_loss;
            double clipped = std::clamp(residual, -delta, delta);
            sum += weights[i] * clipped * (residual - 0.5 * clipped);
            for (std::size_t j = 0; j < gradient.size(); ++j) {
                gradient[j] += weights[i] * clipped * slope[j] / loss;
            }
        }
        return sum;
    };
    return minimizer.run(objective, start);
}

}  // namespace

std::optional<FormFit> fit_form(const std::string& name, std::span<const Observation> observations, const FormOptions& options) {
    auto form = std::find_if(std::begin(forms), std::end(forms), [&](const Form& f) { return f.name == name; });
    expects(form != std::end(forms), "a form that is known");
    std::vector<Observation> used;
    if (name == "compute") {
        for (const Observation* o : lower_envelope(observations)) {
            used.push_back(*o);
        }
    } else {
        used.assign(observations.begin(), observations.end());
    }
    if (used.size() < form->least_rows) {
        return std::nullopt;
    }
    double rows = static_cast<double>(used.size());
    Centre centre;
    for (const Observation& o : used) {
        centre.n += std::log(o.parameters) / rows;
        centre.d += std::log(o.tokens) / rows;
        centre.c += std::log(o.flops) / rows;
    }
    std::vector<FormPoint> points;
    for (const Observation& o : used) {
        points.push_back({std::log(o.parameters) - centre.n, std::log(o.tokens) - centre.d, std::log(o.flops) - centre.c, std::log(o.loss), centre.d});
    }
    std::vector<std::vector<double>> starts = form->starts();
    std::vector<double> ones(points.size(), 1);
    std::vector<Minimum> ends(starts.size());
    for_chunks(starts.size(), options.threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            ends[i] = descend_form(*form, points, ones, starts[i], options.delta);
        }
    });
    const Minimum& best = *std::min_element(ends.begin(), ends.end(), [](const Minimum& a, const Minimum& b) { return std::isfinite(a.value) && !(a.value >= b.value); });
    if (!std::isfinite(best.value)) {
        return std::nullopt;
    }
    FormFit fit{name, used.size(), static_cast<int>(starts.size()), 0, best.value, 0, 0, 0, name_numbers(name, best.x, centre), {}};
    fit.starts_agreeing = static_cast<int>(std::count_if(ends.begin(), ends.end(), [&](const Minimum& m) { return m.value <= best.value * (1 + 1e-4) + 1e-18; }));
    std::array<double, 9> unused{};
    double squares = 0, pulls = 0;
    std::vector<double> sizes;
    for (const FormPoint& p : points) {
        double r = std::log(form->predict(p, best.x, unused)) - p.log_loss;
        squares += r * r;
        pulls += std::pow(std::clamp(r, -options.delta, options.delta), 2);
        sizes.push_back(std::abs(r));
    }
    fit.root_mean_square = std::sqrt(squares / rows);
    double numbers = static_cast<double>(best.x.size());
    double sd = std::max(1.4826 * median(sizes) * std::sqrt(rows / std::max(rows - numbers, 1.0)), 1e-12);
    double deviance = 2 * fit.objective * std::erf(options.delta / (std::sqrt(2.0) * sd)) / std::max(pulls / rows, 1e-300);
    fit.aic = deviance + 2 * numbers + 2 * rows * std::log(sd);
    fit.bic = deviance + numbers * std::log(rows) + 2 * rows * std::log(sd);

    ResamplingUnits units = make_units(std::span(&used, 1), false);
    std::vector<std::map<std::string, double>> draws(options.draws);
    for_chunks(draws.size(), options.threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t k = begin; k < end; ++k) {
            std::vector<double> unit_weights = draw_unit_weights(units, options.seed, k), weights;
            for (std::size_t unit : units.unit_of[0]) {
                weights.push_back(unit_weights[unit]);
            }
            draws[k] = name_numbers(name, descend_form(*form, points, weights, best.x, options.delta).x, centre);
        }
    });
    for (const auto& [number, value] : fit.numbers) {
        std::vector<double> values;
        for (const auto& draw : draws) {
            values.push_back(draw.at(number));
        }
        fit.intervals[number] = percentile_interval(values, options.confidence);
    }
    return fit;
}

double form_loss(const FormFit& fit, double parameters, double tokens) {
    auto at = [&](const char* name) { return fit.numbers.at(name); };
    double n = std::log(parameters), d = std::log(tokens);
    if (fit.form == "kaplan") {
        double beta = at("alpha_D"), ratio = at("alpha_N") / beta;
        return std::pow(std::exp(ratio * (at("log_Nc") - n)) + std::exp(at("log_Dc") - d), beta);
    }
    expects(fit.form == "farseer", "a form in N and D");
    double ln = n - at("log_N0");
    return std::exp(at("s") * std::exp(at("q") * ln) + at("S")) +
           std::exp(at("B") * std::exp(at("b") * ln) + at("Q") - d * std::exp(at("A") * std::exp(at("a") * ln) + at("E")));
}

}  // namespace overtake
