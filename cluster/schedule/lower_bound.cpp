// Times that are proven too short.
#include "cluster/schedule/lower_bound.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace overtake {

namespace {

constexpr double shrink = 1 - 1e-9;      // of times that are counted, so that rounding proves nothing
constexpr std::size_t most_thresholds = 48;
constexpr int most_parts = 12;

using Share = double;  // of the time that is tried

/// A dual feasible function: whatever shares of the whole fit into one rank's time, their values add up to at most 1.
struct Weighing {
    Share threshold = 0;  // shares below it count nothing, those above 1 - threshold count as the whole
    int parts = 0;        // > 0: then in steps of 1 / parts, rounded down after the share was stretched by (parts + 1) / parts
    double operator()(Share share) const {
        share *= shrink;
        if (share > 1 - threshold) {
            share = 1;
        } else if (share < threshold) {
            return 0;
        }
        return parts == 0 ? share : std::min(1.0, std::floor((parts + 1) * share) / parts);
    }
};

struct Option {
    double seconds, ranks;
};

/// A convex falling function of the seconds that a tree may take: from the shortest time on, so much less for each further second.
struct Falling {
    struct Piece {
        double seconds, gain;
    };
    double from_s = 0, value = 0;
    std::vector<Piece> pieces = {};  // steepest first

    void advance_to(double seconds) {
        std::size_t used = 0;
        for (double left = seconds - from_s; left > 0 && used < pieces.size();) {
            const double step = std::min(left, pieces[used].seconds);
            value -= step * pieces[used].gain;
            pieces[used].seconds -= step;
            left -= step;
            used += pieces[used].seconds <= 0 || left > 0 ? 1 : 0;
        }
        pieces.erase(pieces.begin(), pieces.begin() + static_cast<std::ptrdiff_t>(used));
        from_s = seconds;
    }
};

/// Trees side by side: the same time for both.
void add_beside(Falling& sum, Falling other) {
    if (sum.pieces.empty() && sum.value == 0 && sum.from_s <= other.from_s) {
        sum = std::move(other);
        return;
    }
    const double from_s = std::max(sum.from_s, other.from_s);
    sum.advance_to(from_s);
    other.advance_to(from_s);
    sum.value += other.value;
    std::vector<Falling::Piece> pieces;
    std::size_t i = 0, j = 0;
    while (i < sum.pieces.size() && j < other.pieces.size()) {
        const double seconds = std::min(sum.pieces[i].seconds, other.pieces[j].seconds);
        pieces.push_back({seconds, sum.pieces[i].gain + other.pieces[j].gain});
        i += (sum.pieces[i].seconds -= seconds) <= 0 ? 1 : 0;
        j += (other.pieces[j].seconds -= seconds) <= 0 ? 1 : 0;
    }
    pieces.insert(pieces.end(), sum.pieces.begin() + static_cast<std::ptrdiff_t>(i), sum.pieces.end());
    pieces.insert(pieces.end(), other.pieces.begin() + static_cast<std::ptrdiff_t>(j), other.pieces.end());
    sum.pieces = std::move(pieces);
}

/// One after the other: each second goes where it gains most.
void add_behind(Falling& sum, const Falling& stage) {
    sum.from_s += stage.from_s;
    sum.value += stage.value;
    const auto middle = static_cast<std::ptrdiff_t>(sum.pieces.size());
    sum.pieces.insert(sum.pieces.end(), stage.pieces.begin(), stage.pieces.end());
    std::inplace_merge(sum.pieces.begin(), sum.pieces.begin() + middle, sum.pieces.end(), [](const auto& a, const auto& b) { return a.gain > b.gain; });
}

/// The lower hull of a stage's options, quickest first.
Falling hull_of(std::span<const std::pair<double, double>> seconds_and_value) {
    std::vector<std::pair<double, double>> hull;
    for (const auto& point : seconds_and_value) {
        while (hull.size() >= 2) {
            const auto &a = hull[hull.size() - 2], &b = hull.back();
            if ((b.second - a.second) * (point.first - a.first) < (point.second - a.second) * (b.first - a.first)) {
                break;
            }
            hull.pop_back();
        }
        if (hull.size() == 1 && point.first <= hull.back().first) {
            hull.back().second = std::min(hull.back().second, point.second);
        } else {
            hull.push_back(point);
        }
    }
    Falling falling{hull.front().first, hull.front().second};
    for (std::size_t i = 1; i < hull.size() && hull[i].second < hull[i - 1].second; ++i) {
        const double seconds = hull[i].first - hull[i - 1].first;
        falling.pieces.push_back({seconds, (hull[i - 1].second - hull[i].second) / seconds});
    }
    return falling;
}

struct Node {
    std::size_t parent;
    double others_s;               // of the longest path through it without it
    std::vector<Option> options;   // quickest first
};

struct Tree {
    std::vector<Node> nodes;
    double count = 0;
};

std::vector<Option> options_of(const PlannedStage& stage) {
    std::vector<Option> options;
    if (stage.running_width > 0) {
        options.push_back({stage.seconds[0], static_cast<double>(stage.running_width)});
    }
    for (int k = 0; stage.running_width == 0 && stage.open && k <= stage.doublings; ++k) {
        options.push_back({stage.seconds[static_cast<std::size_t>(k)], static_cast<double>(1 << k)});
    }
    std::sort(options.begin(), options.end(), [](const Option& a, const Option& b) { return a.seconds < b.seconds; });
    return options;
}

/// Trees of stages that are to be done; those that are alike are one, with a count.
std::vector<Tree> trees_of(std::span<const PlannedStage> stages, const BestPaths& paths) {
    std::vector<std::size_t> tree_of(stages.size()), place_in(stages.size());
    std::vector<Tree> trees;
    std::vector<std::vector<double>> keys;
    for (std::size_t i = 0; i < stages.size(); ++i) {
        const PlannedStage& stage = stages[i];
        std::vector<Option> options = options_of(stage);
        const bool has_parent = stage.parent != no_stage && tree_of[stage.parent] != no_stage;
        if (options.empty()) {
            tree_of[i] = no_stage;  // over, and so is what is above it
            continue;
        }
        tree_of[i] = has_parent ? tree_of[stage.parent] : trees.size();
        if (!has_parent) {
            trees.emplace_back();
            keys.emplace_back();
        }
        Tree& tree = trees[tree_of[i]];
        std::vector<double>& key = keys[tree_of[i]];
        place_in[i] = tree.nodes.size();
        key.push_back(has_parent ? static_cast<double>(place_in[stage.parent]) : -1);
        for (const Option& option : options) {
            key.insert(key.end(), {option.seconds, option.ranks});
        }
        tree.nodes.push_back({has_parent ? place_in[stage.parent] : no_stage, paths.above_s[i] + paths.down_s[i] - best_seconds_left(stage), std::move(options)});
    }
    std::map<std::vector<double>, std::size_t> first_of;
    std::vector<Tree> different;
    for (std::size_t i = 0; i < trees.size(); ++i) {
        const auto [known, is_new] = first_of.emplace(std::move(keys[i]), different.size());
        if (is_new) {
            different.push_back(std::move(trees[i]));
        }
        different[known->second].count += 1;
    }
    return different;
}

/// The least that a tree's stages weigh together (in ranks) if every path of it takes at most `time_s`.
double least_weight(const Tree& tree, double time_s, const Weighing& weighing) {
    std::vector<Falling> below(tree.nodes.size());
    std::vector<std::pair<double, double>> points;
    for (std::size_t i = tree.nodes.size(); i-- > 0;) {
        const Node& node = tree.nodes[i];
        points.clear();
        for (const Option& option : node.options) {
            if (points.empty() || option.seconds <= (time_s - node.others_s) * (1 + 1e-12)) {
                points.emplace_back(option.seconds, option.ranks * weighing(option.seconds / time_s));
            }
        }
        add_behind(below[i], hull_of(points));
        if (node.parent != no_stage) {
            add_beside(below[node.parent], std::move(below[i]));
        }
    }
    below[0].advance_to(time_s);
    return below[0].value;
}

/// The shares that stages may take at that time, none above a half, and not too many: those of the most rank seconds.
std::vector<Weighing> weighings_for(const std::vector<Tree>& trees, double time_s) {
    std::map<Share, double> area_of;
    for (const Tree& tree : trees) {
        for (const Node& node : tree.nodes) {
            for (const Option& option : node.options) {
                if (option.seconds <= 0.5 * time_s) {
                    area_of[option.seconds / time_s * shrink] += option.ranks * option.seconds * tree.count;
                }
            }
        }
    }
    std::vector<std::pair<double, Share>> by_area;
    for (const auto& [share, area] : area_of) {
        by_area.emplace_back(area, share);
    }
    std::sort(by_area.rbegin(), by_area.rend());
    by_area.resize(std::min(by_area.size(), most_thresholds));
    std::vector<Weighing> weighings{{}, {0.5, 0}};
    for (const auto& [area, share] : by_area) {
        weighings.push_back({share, 0});
    }
    for (int parts = 1; parts <= most_parts; ++parts) {
        weighings.push_back({0, parts});
    }
    return weighings;
}

bool is_too_short(const std::vector<Tree>& trees, double time_s, int ranks) {
    for (const Weighing& weighing : weighings_for(trees, time_s)) {
        double weight = 0;
        for (const Tree& tree : trees) {
            weight += tree.count * least_weight(tree, time_s, weighing);
        }
        if (weight > ranks * (1 + 1e-9)) {
            return true;
        }
    }
    return false;
}

}  // namespace

double best_seconds_left(const PlannedStage& stage) { return stage.running_width > 0 ? stage.seconds[0] : stage.open ? stage.best_seconds() : 0; }

BestPaths::BestPaths(std::span<const PlannedStage> stages) : above_s(stages.size(), 0), down_s(stages.size(), 0) {
    for (std::size_t i = 0; i < stages.size(); ++i) {
        if (const std::size_t parent = stages[i].parent; parent != no_stage) {
            above_s[i] = above_s[parent] + best_seconds_left(stages[parent]);
        }
    }
    for (std::size_t i = stages.size(); i-- > 0;) {
        down_s[i] += best_seconds_left(stages[i]);
        if (const std::size_t parent = stages[i].parent; parent != no_stage) {
            down_s[parent] = std::max(down_s[parent], down_s[i]);
        }
    }
}

LowerBound lower_bound(std::span<const PlannedStage> stages, int ranks) {
    const BestPaths paths(stages);
    LowerBound bound;
    for (std::size_t i = 0; i < stages.size(); ++i) {
        const PlannedStage& stage = stages[i];
        bound.work_s += (stage.running_width > 0 ? stage.running_width * stage.seconds[0] : stage.open ? stage.least_area() : 0) / ranks;
        bound.critical_path_s = std::max(bound.critical_path_s, paths.above_s[i] + paths.down_s[i]);
    }
    const std::vector<Tree> trees = trees_of(stages, paths);
    double low = bound.simple_s(), high = low;
    while (high > 0 && is_too_short(trees, high, ranks)) {
        low = std::exchange(high, 1.1 * high);
    }
    while (high - low > 1e-4 * high) {
        const double middle = (low + high) / 2;
        (is_too_short(trees, middle, ranks) ? low : high) = middle;
    }
    bound.sharp_s = low;
    return bound;
}

}  // namespace overtake
