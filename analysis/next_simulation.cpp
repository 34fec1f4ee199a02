// Simulated studies that are continued in several ways at equal FLOPs.
#include "analysis/next_simulation.hpp"

#include <cmath>
#include <functional>
#include <map>

#include "analysis/next_oracle.hpp"
#include "analysis/parallel.hpp"
#include "analysis/text.hpp"

namespace overtake {

namespace {

constexpr double widest = 6;

/// Losses of one trial with normal noise, common to both schemes by the correlation; `draw` is the trial's own.
void run_trial(const NextSimulation& o, const PairTrial& trial, std::int64_t seed, std::uint64_t study, std::uint64_t draw, std::vector<Observation>& out) {
    RandomStream random(study, draw);
    double common = std::sqrt(o.correlation) * random.normal(), own = std::sqrt(1 - o.correlation);
    for (std::size_t who = 0; who < 2; ++who) {
        double deviation = o.noise * (common + own * random.normal());
        if (!(who == 0 ? trial.baseline : trial.challenger)) {
            continue;
        }
        Observation x;
        x.scheme = who == 0 ? "baseline" : "challenger";
        x.parameters = trial.parameters;
        x.tokens = trial.tokens;
        x.flops = 6 * x.parameters * x.tokens;
        x.loss = (who == 0 ? o.pair.baseline : o.pair.challenger).loss(x.parameters, x.tokens) * std::exp(deviation);
        x.cell = significant(x.parameters, 5) + "/" + significant(x.tokens / x.parameters, 5);
        x.seed = seed;
        out.push_back(x);
    }
}

Study fit(const NextSimulation& o, const std::vector<Observation>& observations) {
    StudyOptions options;
    options.fit.threads = 1;
    options.fit.only_starts = {o.pair.baseline, o.pair.challenger};
    options.bootstrap.threads = 1;
    options.bootstrap.draws = 0;
    options.examine = false;
    options.baseline = "baseline";
    return make_study(observations, options);
}

ContinuedStudy measure(const NextSimulation& o, const Study& study) {
    const double truth = o.pair.crossings.at(0);
    const bool gains = frontier_path(o.pair.challenger, {}).loss(truth - 0.05) > frontier_path(o.pair.baseline, {}).loss(truth - 0.05);
    ContinuedStudy out;
    for (const Crossing& x : study.comparisons.at(0).crossings) {
        double error = std::abs(x.log10_flops - truth);
        if (x.challenger_gains == gains && error < out.error) {
            out.error = error;
            out.width = std::min(x.interval.high - x.interval.low, widest);
        }
    }
    return out;
}

std::array<ContinuedStudy, continuation_names.size()> one_study(const NextSimulation& o, std::uint64_t number) {
    const std::uint64_t stream = o.seed + number;
    std::vector<Observation> start;
    std::uint64_t draw = 0;
    for (double n : o.sizes) {
        for (double ratio : o.ratios) {
            for (int seed = 0; seed < o.seeds; ++seed) {
                run_trial(o, {n, n * ratio}, seed, stream, draw++, start);
            }
        }
    }
    const Study study = fit(o, start);
    std::array<ContinuedStudy, continuation_names.size()> out;
    out[0] = measure(o, study);
    double row_flops = 0;
    for (double ratio : o.ratios) {
        row_flops += o.seeds * 2 * 6 * o.next_size * o.next_size * ratio;
    }
    const NextOptions options{.flops = o.row_share * row_flops, .most_cells = 0, .seeds_per_cell = o.seeds_per_cell, .most_tokens = INFINITY};
    auto go_on = [&](Continuation way, const std::function<double(std::vector<Observation>&)>& add) {
        std::vector<Observation> all = start;
        double flops = add(all);
        ContinuedStudy& result = out[static_cast<std::size_t>(way)];
        result = measure(o, fit(o, all));
        result.flops = flops;
    };
    go_on(Continuation::proposed, [&](std::vector<Observation>& all) {
        NextOptions share = options;
        share.flops *= o.next_share;
        const NextCells next = propose_next(study, study.comparisons.at(0), share);
        draw = 1000;
        for (const ProposedTrial& t : next.trials) {
            run_trial(o, t.trial, t.seed, stream, draw++, all);
        }
        return next.flops;
    });
    go_on(Continuation::random, [&](std::vector<Observation>& all) {
        std::vector<CandidateCell> candidates;
        for (CandidateCell& candidate : candidate_cells(study, study.comparisons.at(0), options)) {
            if (candidate.trial.baseline && candidate.trial.challenger) {
                candidates.push_back(std::move(candidate));
            }
        }
        std::vector<std::pair<std::size_t, std::int64_t>> trials;
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            for (std::int64_t seed : candidates[i].seeds) {
                trials.emplace_back(i, seed);
            }
        }
        RandomStream random(stream, 555);
        double flops = 0;
        for (std::size_t left = trials.size(); left > 0; --left) {
            std::size_t k = random.below(left);
            const CandidateCell& candidate = candidates[trials[k].first];
            if (flops + candidate.flops <= options.flops) {
                flops += candidate.flops;
                run_trial(o, candidate.trial, trials[k].second, stream, 2000 + left, all);
            }
            trials[k] = trials[left - 1];
        }
        return flops;
    });
    go_on(Continuation::row, [&](std::vector<Observation>& all) {
        if (o.row_share != 1) {
            return 0.0;
        }
        draw = 3000;
        for (double ratio : o.ratios) {
            for (int seed = 0; seed < o.seeds; ++seed) {
                run_trial(o, {o.next_size, o.next_size * ratio}, seed, stream, draw++, all);
            }
        }
        return row_flops;
    });
    go_on(Continuation::oracle, [&](std::vector<Observation>& all) {
        if (!o.oracle) {
            return 0.0;
        }
        const std::vector<CandidateCell> candidates = candidate_cells(study, study.comparisons.at(0), options);
        const Choice choice = choose_knowing(study, o.pair, o.correlation, candidates, options);
        draw = 4000;
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            for (int k = 0; k < choice.count[i]; ++k) {
                run_trial(o, candidates[i].trial, 1000 + static_cast<std::int64_t>(draw), stream, draw, all);
                ++draw;
            }
        }
        return choice.flops;
    });
    return out;
}

Simulated ratio_of(const ContinuedStudies& studies, Continuation way, Continuation other, double (*shrinkage)(double before, double after)) {
    const std::size_t count = studies[0].size();
    auto per_flop = [&](const std::vector<std::size_t>& drawn, Continuation which) {
        std::vector<double> before, after, flops;
        for (std::size_t i : drawn) {
            before.push_back(studies[0][i].width);
            after.push_back(studies[static_cast<std::size_t>(which)][i].width);
            flops.push_back(studies[static_cast<std::size_t>(which)][i].flops);
        }
        return shrinkage(median(before), median(after)) / median(flops);
    };
    auto value = [&](const std::vector<std::size_t>& drawn) { return per_flop(drawn, way) / per_flop(drawn, other); };
    std::vector<std::size_t> all(count);
    for (std::size_t i = 0; i < count; ++i) {
        all[i] = i;
    }
    std::vector<double> draws;
    for (std::uint64_t d = 0; d < 400; ++d) {
        RandomStream random(9, d);
        std::vector<std::size_t> drawn(count);
        for (std::size_t& i : drawn) {
            i = random.below(count);
        }
        draws.push_back(value(drawn));
    }
    const Interval middle = percentile_interval(draws, 0.6827);  // half its width: a standard error that a small denominator does not blow up
    return {value(all), (middle.high - middle.low) / 2};
}

}  // namespace

ContinuedStudies simulate_next(const NextSimulation& options) {
    ContinuedStudies out;
    for (auto& way : out) {
        way.resize(static_cast<std::size_t>(options.studies));
    }
    for_chunks(out[0].size(), options.threads, [&](std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to; ++i) {
            auto of_study = one_study(options, i);
            for (std::size_t way = 0; way < out.size(); ++way) {
                out[way][i] = of_study[way];
            }
        }
    });
    return out;
}

Simulated shrinkage_ratio(const ContinuedStudies& studies, Continuation way, Continuation other) {
    return ratio_of(studies, way, other, [](double before, double after) { return std::log(before / after); });
}

Simulated decades_ratio(const ContinuedStudies& studies, Continuation way, Continuation other) {
    return ratio_of(studies, way, other, [](double before, double after) { return before - after; });
}

}  // namespace overtake
