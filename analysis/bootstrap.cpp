// Bootstrap over trials.
#include "analysis/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "analysis/numpy_rows.hpp"
#include "analysis/parallel.hpp"
#include "analysis/statistics.hpp"

namespace overtake {

namespace {

constexpr std::size_t most_jackknife_groups = 60;
constexpr std::size_t numpy_block = 1000;  // draws whose rows are held at a time: one generator draws them all in turn

/// Single trials drawn from one pool: then NumPy's stream, so that published bootstraps of tables can be repeated row by row by their seed.
bool is_one_pool(const ResamplingUnits& units, std::uint64_t seed) { return units.strata.size() == 1 && units.pooled[0] && seed <= 0xffffffffU; }

/// Weights that leave out every unit whose number is `group` modulo `groups`; a stratum keeps its total weight.
std::vector<double> leave_out(const ResamplingUnits& units, std::size_t group, std::size_t groups) {
    std::vector<double> weights(units.count, 1);
    for (const auto& stratum : units.strata) {
        double kept = 0;
        for (std::size_t unit : stratum) {
            kept += unit % groups != group ? 1 : 0;
        }
        for (std::size_t unit : stratum) {
            weights[unit] = unit % groups == group && kept > 0 ? 0 : static_cast<double>(stratum.size()) / std::max(kept, 1.0);
        }
    }
    return weights;
}

}  // namespace

ResamplingUnits make_units(std::span<const std::vector<Observation>> by_scheme, bool paired) {
    using Key = std::tuple<std::size_t, std::string, std::int64_t, std::int64_t>;  // scheme, cell, seed, repetition
    ResamplingUnits units;
    std::map<Key, std::size_t> number;
    std::map<std::pair<std::size_t, std::string>, std::vector<std::size_t>> cells;
    units.unit_of.resize(by_scheme.size());
    for (std::size_t k = 0; k < by_scheme.size(); ++k) {
        std::map<std::pair<std::string, std::int64_t>, std::int64_t> repetitions;  // rows without a seed of their own
        std::size_t scheme = paired ? 0 : k;
        for (const Observation& o : by_scheme[k]) {
            std::int64_t repetition = repetitions[{o.cell, o.seed}]++;
            auto [entry, is_new] = number.emplace(Key{scheme, o.cell, o.seed, repetition}, units.count);
            if (is_new) {
                ++units.count;
                cells[{scheme, o.cell}].push_back(entry->second);
            }
            units.unit_of[k].push_back(entry->second);
        }
    }
    std::map<std::size_t, std::vector<std::size_t>> single;
    for (const auto& [key, members] : cells) {
        if (members.size() > 1) {
            units.strata.push_back(members);
            units.pooled.push_back(false);
        } else {
            single[key.first].push_back(members[0]);
        }
    }
    for (auto& [scheme, members] : single) {
        units.strata.push_back(members);
        units.pooled.push_back(true);
    }
    return units;
}

std::vector<double> draw_unit_weights(const ResamplingUnits& units, std::uint64_t seed, std::size_t draw) {
    std::vector<double> weights(units.count, 0);
    RandomStream random(seed, draw);
    for (std::size_t s = 0; s < units.strata.size(); ++s) {
        const auto& stratum = units.strata[s];
        std::size_t taken = units.pooled[s] ? stratum.size() : stratum.size() - 1;
        double weight = static_cast<double>(stratum.size()) / static_cast<double>(taken);
        for (std::size_t i = 0; i < taken; ++i) {
            weights[stratum[random.below(stratum.size())]] += weight;
        }
    }
    return weights;
}

LawDraws bootstrap_laws(std::span<const LawPoints> points, std::span<const PowerLaw> laws,
                        const std::vector<std::vector<std::size_t>>& groups, const ResamplingUnits& units,
                        const BootstrapOptions& options) {
    struct Prepared {
        std::vector<std::size_t> schemes;
        LawMap map;
        std::vector<double> start;
        std::vector<double> metric;
    };
    std::vector<Prepared> prepared;
    for (const auto& group : groups) {
        std::vector<LawPoints> members;
        std::vector<PowerLaw> member_laws;
        std::vector<double> sizes;
        for (std::size_t k : group) {
            members.push_back(points[k]);
            member_laws.push_back(laws[k]);
            for (double r : objective_residuals(points[k], laws[k])) {
                sizes.push_back(std::abs(r));
            }
        }
        Prepared p{group, LawMap(members, options.constraints, options.sharing), {}, {}};
        p.start = joint_numbers(p.map, members, member_laws);
        p.metric = joint_inverse_hessian(p.map, members, p.start, options.delta, 1.4826 * median(sizes));
        prepared.push_back(p);
    }

    LawDraws out;
    std::size_t left_out = std::min(units.count, most_jackknife_groups);
    out.draws.assign(points.size(), std::vector<PowerLaw>(options.draws));
    out.jackknife.assign(points.size(), std::vector<PowerLaw>(left_out));
    auto fit_weighted = [&](const std::vector<double>& unit_weights, std::vector<std::vector<PowerLaw>>& into, std::size_t place) {
        for (const Prepared& p : prepared) {
            std::vector<LawPoints> weighted;
            for (std::size_t k : p.schemes) {
                std::vector<double> weights;
                for (std::size_t unit : units.unit_of[k]) {
                    weights.push_back(unit_weights[unit]);
                }
                weighted.push_back(points[k].with_weights(weights));
            }
            JointFit fit = descend_joint(p.map, weighted, p.start, options.delta, p.metric);
            for (std::size_t i = 0; i < p.schemes.size(); ++i) {
                bool sound = std::isfinite(fit.objective) && weighted[i].size() >= 5;
                into[p.schemes[i]][place] = sound ? fit.laws[i] : PowerLaw{NAN, NAN, NAN, NAN, NAN};
            }
        }
    };
    if (is_one_pool(units, options.seed)) {
        NumpyRows rows(static_cast<std::uint32_t>(options.seed), units.count);
        for (std::size_t from = 0; from < options.draws; from += numpy_block) {
            std::vector<std::vector<double>> weights(std::min(numpy_block, options.draws - from));
            std::generate(weights.begin(), weights.end(), [&] { return rows.next(); });
            for_chunks(weights.size(), options.threads, [&](std::size_t begin, std::size_t end) {
                for (std::size_t i = begin; i < end; ++i) {
                    fit_weighted(weights[i], out.draws, from + i);
                }
            });
        }
    } else {
        for_chunks(options.draws, options.threads, [&](std::size_t begin, std::size_t end) {
            for (std::size_t draw = begin; draw < end; ++draw) {
                fit_weighted(draw_unit_weights(units, options.seed, draw), out.draws, draw);
            }
        });
    }
    for_chunks(left_out, options.threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t g = begin; g < end; ++g) {
            fit_weighted(leave_out(units, g, left_out), out.jackknife, g);
        }
    });
    return out;
}

SeedCorrelation seed_correlation(std::span<const std::vector<Observation>> by_scheme, std::span<const std::vector<double>> residuals) {
    using Key = std::pair<std::string, std::int64_t>;
    std::vector<std::map<Key, double>> deviation(by_scheme.size());
    for (std::size_t k = 0; k < by_scheme.size(); ++k) {
        std::map<std::string, std::pair<double, int>> mean;
        for (std::size_t i = 0; i < by_scheme[k].size(); ++i) {
            auto& [sum, count] = mean[by_scheme[k][i].cell];
            sum += residuals[k][i];
            ++count;
        }
        for (std::size_t i = 0; i < by_scheme[k].size(); ++i) {
            const Observation& o = by_scheme[k][i];
            auto [sum, count] = mean[o.cell];
            deviation[k][{o.cell, o.seed}] = residuals[k][i] - (count > 1 ? sum / count : 0);
        }
    }
    SeedCorrelation out;
    double xy = 0, xx = 0, yy = 0, pairs = 0, cells = 0;
    for (std::size_t a = 0; a < deviation.size(); ++a) {
        for (std::size_t b = a + 1; b < deviation.size(); ++b) {
            std::map<std::string, int> common;
            for (const auto& [key, x] : deviation[a]) {
                auto found = deviation[b].find(key);
                if (found != deviation[b].end()) {
                    xy += x * found->second;
                    xx += x * x;
                    yy += found->second * found->second;
                    ++pairs;
                    ++common[key.first];
                }
            }
            for (const auto& [cell, seeds] : common) {
                cells += seeds > 1 ? 1 : 0;
            }
        }
    }
    // With K schemes each one's deviations enter K - 1 pairs; the degrees of freedom are counted once a scheme.
    double repeats = std::max(1.0, static_cast<double>(deviation.size()) - 1) / 2 + 0.5;
    double degrees = (pairs - cells) / repeats;
    out.degrees = static_cast<int>(degrees);
    if (out.degrees >= 4 && xx > 0 && yy > 0) {
        out.value = xy / std::sqrt(xx * yy);
        double z = std::atanh(std::clamp(out.value, -0.999999, 0.999999)) * std::sqrt(std::max(degrees - 2, 1.0));
        out.p_value = 2 * normal_cdf(-std::abs(z));
    }
    return out;
}

}  // namespace overtake
