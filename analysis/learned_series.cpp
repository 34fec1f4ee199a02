// Curves of what was learned, picked from results: by scheme, seed, kind and source.
#include "analysis/learned_series.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "analysis/largest_trials.hpp"

namespace overtake {

namespace {

using Numbers = std::map<std::tuple<std::string, std::int64_t, std::int64_t, std::size_t>, double>;  // source, layer, head, place

Numbers numbers_of(const LearnedSeed& seed, const std::string& kind) {
    Numbers numbers;
    for (const StructureSeries& s : *seed.series) {
        if (s.kind != kind) {
            continue;
        }
        const std::size_t side = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(s.value.size()))));
        for (std::size_t i = 0; i < s.value.size(); ++i) {
            const bool diagonal = kind == "similarity" && i / side == i % side;
            const double value = kind == "frequencies" ? std::log(s.value[i]) : s.value[i];
            if (std::isfinite(value) && !diagonal) {
                numbers[{s.source, s.layer, s.head, i}] = value;
            }
        }
    }
    return numbers;
}

}  // namespace

std::vector<LearnedScheme> learned_schemes(const Results& results) {
    std::map<std::string, const StageRecord*> stages;
    for (const StageRecord& stage : results.stages) {
        stages.emplace(stage.id, &stage);
    }
    std::vector<LearnedScheme> schemes;
    for (const SchemeTrials& largest : largest_trials(results)) {
        LearnedScheme scheme{largest.scheme, {}};
        for (const TrialResult* trial : largest.by_seed) {
            const auto stage = trial->path.empty() ? stages.end() : stages.find(trial->path.back());
            if (stage != stages.end() && !stage->second->structure.empty()) {
                scheme.seeds.push_back({trial->seed, &stage->second->structure});
            }
        }
        std::stable_sort(scheme.seeds.begin(), scheme.seeds.end(), [](const LearnedSeed& a, const LearnedSeed& b) { return a.seed < b.seed; });
        if (!scheme.seeds.empty()) {
            schemes.push_back(std::move(scheme));
        }
    }
    return schemes;
}

std::vector<const StructureSeries*> series_of(const LearnedSeed& seed, const std::string& kind, const std::string& source) {
    std::vector<const StructureSeries*> found;
    for (const StructureSeries& s : *seed.series) {
        if (s.kind == kind && s.source == source && !s.x.empty()) {
            found.push_back(&s);
        }
    }
    std::stable_sort(found.begin(), found.end(), [](const StructureSeries* a, const StructureSeries* b) { return std::pair{a->layer, a->head} < std::pair{b->layer, b->head}; });
    return found;
}

StructureSeries mean_series(const LearnedSeed& seed, const std::string& kind, const std::string& source) {
    StructureSeries mean{.kind = kind, .source = source, .family = "", .x = {}, .value = {}};
    double count = 0;
    for (const StructureSeries* s : series_of(seed, kind, source)) {
        if (mean.x.empty()) {
            mean.x = s->x;
            mean.value.assign(s->x.size(), 0);
        }
        if (s->x.size() == mean.x.size()) {
            ++count;
            for (std::size_t i = 0; i < mean.value.size(); ++i) {
                mean.value[i] += s->value[i];
            }
        }
    }
    for (double& value : mean.value) {
        value /= count;
    }
    return mean;
}

std::vector<std::string> sources_of(const LearnedScheme& scheme, const std::string& kind) {
    std::vector<std::string> sources;
    for (const LearnedSeed& seed : scheme.seeds) {
        for (const StructureSeries& s : *seed.series) {
            if (s.kind == kind && std::find(sources.begin(), sources.end(), s.source) == sources.end()) {
                sources.push_back(s.source);
            }
        }
    }
    return sources;
}

double seed_agreement(const LearnedSeed& a, const LearnedSeed& b, const std::string& kind) {
    const Numbers left = numbers_of(a, kind), right = numbers_of(b, kind);
    double count = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    for (const bool centred : {false, true}) {
        const double mean_x = centred ? x / count : 0, mean_y = centred ? y / count : 0;
        for (const auto& [place, value] : left) {
            if (const auto other = right.find(place); other != right.end()) {
                const double dx = value - mean_x, dy = other->second - mean_y;
                if (centred) {
                    xx += dx * dx;
                    yy += dy * dy;
                    xy += dx * dy;
                } else {
                    ++count;
                    x += dx;
                    y += dy;
                }
            }
        }
    }
    return count >= 3 && xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : std::nan("");
}

}  // namespace overtake
