// Points and results of laws that are known, for tests.
#include "analysis/planted.hpp"

#include <cmath>

#include "analysis/crossover.hpp"
#include "analysis/frontier.hpp"
#include "analysis/statistics.hpp"
#include "sweeps/position_schemes.hpp"

namespace overtake {

namespace {

double noise_scale(NoiseKind kind, double parameters, RandomStream& random) {
    if (kind == NoiseKind::small_models) {
        return std::pow(parameters / 2e7, -0.35);
    }
    if (kind == NoiseKind::normal) {
        return 1;
    }
    double chi_squared = 0;
    for (int i = 0; i < 4; ++i) {
        double z = random.normal();
        chi_squared += z * z;
    }
    return std::sqrt(4 / chi_squared / 2);  // t4 has variance 2
}

}  // namespace

std::vector<Observation> plant(const std::vector<PlantedScheme>& schemes, const PlantedDesign& design) {
    std::vector<Observation> out;
    RandomStream random(design.seed, 77);
    double own = std::sqrt(1 - design.correlation);
    for (double n : design.sizes) {
        for (double ratio : design.ratios) {
            for (int seed = 0; seed < design.seeds; ++seed) {
                double noise = design.noise * noise_scale(design.noise_kind, n, random);
                double common = std::sqrt(design.correlation) * random.normal();
                for (const PlantedScheme& s : schemes) {
                    Observation o;
                    o.scheme = s.name;
                    o.parameters = n;
                    o.tokens = n * ratio;
                    o.flops = 6 * n * o.tokens;
                    o.loss = s.law.loss(n, o.tokens) * std::exp(noise * (common + own * random.normal()));
                    o.cell = std::to_string(static_cast<long>(n)) + "/" + std::to_string(static_cast<long>(ratio));
                    o.seed = seed;
                    out.push_back(o);
                }
            }
        }
    }
    return out;
}

double planted_crossing(const PowerLaw& a, const PowerLaw& b) {
    auto roots = find_roots([&](double x) { return frontier(b, {}, std::pow(10.0, x)).loss - frontier(a, {}, std::pow(10.0, x)).loss; }, 8, 30);
    return roots.empty() ? NAN : roots[0].log10_flops;
}

Results planted_results(const std::vector<PlantedScheme>& schemes, const PlantedDesign& design) {
    Results results;
    results.sweep_name = "planted";
    results.version = "test";
    results.analysis.bootstraps = 300;
    for (const Observation& o : plant(schemes, design)) {
        TrialResult t;
        t.id = o.scheme + "-" + o.cell + "-" + std::to_string(o.seed);
        t.cell = o.cell;
        t.size = std::to_string(static_cast<long>(o.parameters));
        t.scheme = o.scheme;
        if (const SchemeInfo* info = find_position_scheme(o.scheme)) {
            t.scheme_class = name_of(info->scheme_class);
        }
        t.seed = o.seed;
        t.train_length = 128;
        t.parameters.backbone = static_cast<std::int64_t>(o.parameters);
        t.tokens = static_cast<std::int64_t>(o.tokens);
        t.six_nd = o.flops;
        t.flops = 1.1 * o.flops;
        t.epochs = 0.5;
        t.status = TrialStatus::done;
        bool holds_up = o.scheme == "alibi" || o.scheme == "kerple-log";
        for (std::int64_t length : {128, 256, 512}) {
            Evaluation e;
            e.context_length = length;
            e.tokens = 65536;
            double beyond = std::log2(static_cast<double>(length) / 128);
            e.loss = o.loss + (holds_up ? -0.02 : 0.3) * beyond;
            e.loss_beyond_train = length > 128 ? e.loss : NAN;
            for (std::int64_t begin = 0; begin < length; begin = begin == 0 ? 16 : 2 * begin) {
                e.position_begin.push_back(begin);
                e.position_loss.push_back(e.loss + 2 / (1 + std::sqrt(static_cast<double>(begin))) - 0.1);
            }
            t.evaluations.push_back(e);
        }
        StageRecord stage;
        stage.id = t.id;
        for (int k = 1; k <= 60; ++k) {
            CurvePoint p;
            p.step = 10 * k;
            p.tokens = t.tokens * k / 60;
            p.train_loss = static_cast<float>(o.loss + 3.0 / k);
            stage.curve.push_back(p);
        }
        t.path = {t.id};
        results.stages.push_back(stage);
        results.trials.push_back(t);
    }
    results.trials[0].status = TrialStatus::diverged;
    results.trials[1].status = TrialStatus::unfinished;
    return results;
}

}  // namespace overtake
