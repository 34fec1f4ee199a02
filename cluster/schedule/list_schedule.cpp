// EASY backfilling over planned widths.
#include "cluster/schedule/list_schedule.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace overtake {

namespace {

constexpr double gain_worth_a_doubling = 0.9;  // a wider team must need less than this share of the time
constexpr double slack = 0.005;                // a date is put off by at most this share of the wait for it: dates are predictions
constexpr double messages_s = 0.02, share_of_time = 1e-3;  // of what is planned: how far off an end may be
constexpr int teams_looked_at = 8;             // before now and after it, for their ends
constexpr int backfill_depth = 64;             // stages that are looked at behind the one that waits for a date

/// When enough ranks for the first stage in the queue will be free, and how many more than it needs then.
struct Reservation {
    double at_s;
    int extra;
};

Reservation reserve(int wanted, const RunningEnds& running, std::span<const TeamChoice> starting, std::span<const PlannedStage> stages,
                    const Moment& moment, int idle) {
    int free = idle;
    std::vector<std::pair<double, int>> new_ends;
    for (const TeamChoice& team : starting) {
        new_ends.emplace_back(moment.now_s + stages[team.stage].seconds_on(team.width), team.width);
    }
    std::sort(new_ends.begin(), new_ends.end());
    double at_s = moment.now_s;
    auto end = running.begin();
    for (auto new_end = new_ends.begin(); free < wanted && (end != running.end() || new_end != new_ends.end());) {
        const bool is_new = end == running.end() || (new_end != new_ends.end() && new_end->first < end->first);
        free += is_new ? new_end->second : end->second.width;
        at_s = std::max(at_s, is_new ? new_end->first : end->first);
        is_new ? static_cast<void>(++new_end) : static_cast<void>(++end);
    }
    return {at_s, free - wanted};
}

/// Doubles the team with the longest path while ranks are left.
void widen_teams(std::vector<TeamChoice>& teams, int spare, std::span<const PlannedStage> stages, std::span<const double> path_s) {
    std::vector<std::pair<double, TeamChoice*>> by_path;  // path without the stage itself
    for (TeamChoice& team : teams) {
        by_path.emplace_back(path_s[team.stage] - stages[team.stage].seconds_on(team.width), &team);
    }
    while (spare > 0) {
        TeamChoice* best = nullptr;
        double longest_s = -1;
        for (const auto& [below_s, team] : by_path) {
            const PlannedStage& stage = stages[team->stage];
            const double now_s = stage.seconds_on(team->width);
            if (team->width <= spare && team->width < (1 << stage.doublings) && below_s + now_s > longest_s &&
                stage.seconds_on(2 * team->width) < gain_worth_a_doubling * now_s) {
                best = team;
                longest_s = below_s + now_s;
            }
        }
        if (best == nullptr) {
            return;
        }
        spare -= best->width;
        best->width *= 2;
    }
}

}  // namespace

double PlannedStage::seconds_on(int width) const { return seconds[static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(width)))]; }

double PlannedStage::best_seconds() const { return *std::min_element(seconds.begin(), seconds.begin() + doublings + 1); }

double PlannedStage::least_area() const {
    double least = seconds[0];
    for (int k = 1; k <= doublings; ++k) {
        least = std::min(least, static_cast<double>(1 << k) * seconds[static_cast<std::size_t>(k)]);
    }
    return least;
}

ReadyQueue::ReadyQueue(std::vector<std::uint32_t> order) : order_(std::move(order)), place_of_(order_.size()), is_ready_((order_.size() + 63) / 64, 0) {
    for (std::size_t place = 0; place < order_.size(); ++place) {
        place_of_[order_[place]] = static_cast<std::uint32_t>(place);
    }
}

void ReadyQueue::insert(std::size_t stage) {
    const std::size_t place = place_of_[stage];
    is_ready_[place / 64] |= std::uint64_t{1} << (place % 64);
    first_ = std::min(first_, place / 64);
    ++size_;
}

void ReadyQueue::erase(std::size_t stage) {
    const std::size_t place = place_of_[stage];
    is_ready_[place / 64] &= ~(std::uint64_t{1} << (place % 64));
    --size_;
    while (first_ < is_ready_.size() && is_ready_[first_] == 0) {
        ++first_;
    }
}

std::size_t ReadyQueue::next(std::size_t& place) const {
    for (std::size_t word = std::max(first_, place / 64); word < is_ready_.size(); ++word) {
        const std::uint64_t here = word == place / 64 ? is_ready_[word] >> (place % 64) << (place % 64) : is_ready_[word];
        if (here != 0) {
            place = 64 * word + static_cast<std::size_t>(std::countr_zero(here));
            return order_[place];
        }
    }
    return no_stage;
}

std::vector<std::size_t> ReadyQueue::stages() const {
    std::vector<std::size_t> list;
    for (std::size_t place = 0, stage = next(place); stage != no_stage; stage = next(++place)) {
        list.push_back(stage);
    }
    return list;
}

double end_tolerance_s(double planned_s) { return messages_s + share_of_time * planned_s; }

double about_to_end_until(const RunningEnds& ends, double now_s) {
    auto end = ends.lower_bound(now_s);
    for (int back = 0; back < teams_looked_at && end != ends.begin(); ++back) {
        --end;
    }
    for (int looked_at = 0; looked_at < 2 * teams_looked_at && end != ends.end(); ++end, ++looked_at) {
        if (std::abs(end->first - now_s) < end->second.tolerance_s) {
            return end->first + end->second.tolerance_s;
        }
    }
    return INFINITY;
}

std::vector<TeamChoice> choose_teams(const ReadyQueue& ready, std::span<const PlannedStage> stages, std::span<const int> widths,
                                     std::span<const double> path_s, const RunningEnds& ends, Moment moment, bool widen) {
    std::vector<TeamChoice> teams;
    int idle = moment.idle, looked_behind = 0;
    bool waits = false;
    Reservation reservation{};
    for (std::size_t place = 0, stage = ready.next(place); stage != no_stage; stage = ready.next(++place)) {
        if (idle == 0 || looked_behind > backfill_depth) {
            waits = true;
            break;
        }
        int width = widths[stage];
        const PlannedStage& work = stages[stage];
        if (!waits && width > idle) {
            reservation = reserve(width, ends, teams, stages, moment, idle);
            const int narrower = static_cast<int>(std::bit_floor(static_cast<unsigned>(idle)));
            if (reservation.extra >= 0 && moment.now_s + work.seconds_on(narrower) > reservation.at_s + work.seconds_on(width)) {
                waits = true;
                continue;
            }
            width = narrower;
        } else if (waits) {
            ++looked_behind;
            const bool in_time = width <= idle && work.seconds_on(width) <= (reservation.at_s - moment.now_s) * (1 + slack);
            if (!in_time && width > std::min(idle, reservation.extra)) {
                continue;
            }
            reservation.extra -= in_time ? 0 : width;
        }
        teams.push_back({stage, width});
        idle -= width;
    }
    if (widen && !waits && idle > 0 && !teams.empty()) {
        widen_teams(teams, idle, stages, path_s);
    }
    return teams;
}

}  // namespace overtake
