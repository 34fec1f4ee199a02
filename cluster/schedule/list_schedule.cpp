// EASY backfilling over planned widths.
#include "cluster/schedule/list_schedule.hpp"

#include <algorithm>
#include <bit>

namespace overtake {

namespace {

constexpr double gain_worth_a_doubling = 0.9;  // a wider team must need less than this share of the time
constexpr int backfill_depth = 64;             // stages that are looked at behind the one that waits for a date

/// When enough ranks for the first stage in the queue will be free, and how many more than it needs then.
struct Reservation {
    double at_s;
    int extra;
};

Reservation reserve(int wanted, const RunningEnds& running, std::span<const TeamChoice> starting, std::span<const PlannedStage> stages,
                    const Moment& moment, int idle) {
    std::vector<std::pair<double, int>> new_ends;
    for (const TeamChoice& team : starting) {
        new_ends.emplace_back(moment.now_s + stages[team.stage].seconds_on(team.width), team.width);
    }
    std::sort(new_ends.begin(), new_ends.end());
    int free = idle + moment.returning;
    double at_s = moment.now_s;
    auto end = running.begin();
    for (auto new_end = new_ends.begin(); free < wanted && (end != running.end() || new_end != new_ends.end());) {
        const bool is_new = end == running.end() || (new_end != new_ends.end() && new_end->first < end->first);
        free += is_new ? new_end->second : end->second;
        at_s = std::max(at_s, is_new ? new_end->first : end->first);
        is_new ? static_cast<void>(++new_end) : static_cast<void>(++end);
    }
    return {at_s, free - wanted};
}

/// Doubles the team with the longest path while ranks are left.
void widen_teams(std::vector<TeamChoice>& teams, int spare, const ReadyQueue& ready, std::span<const PlannedStage> stages) {
    std::vector<std::pair<double, TeamChoice*>> by_path;  // path without the stage itself
    std::map<std::size_t, double> path_of;
    for (const auto& [key, stage] : ready) {
        path_of.emplace(stage, -key);
    }
    for (TeamChoice& team : teams) {
        by_path.emplace_back(path_of.at(team.stage) - stages[team.stage].seconds_on(team.width), &team);
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

std::vector<TeamChoice> choose_teams(const ReadyQueue& ready, std::span<const PlannedStage> stages, std::span<const int> widths,
                                     const RunningEnds& ends, Moment moment, bool widen) {
    std::vector<TeamChoice> teams;
    int idle = moment.idle, looked_behind = 0;
    bool waits = false;
    Reservation reservation{};
    for (const auto& [key, stage] : ready) {
        if (idle == 0 || looked_behind > backfill_depth) {
            waits = true;
            break;
        }
        int width = widths[stage];
        const PlannedStage& work = stages[stage];
        if (!waits && width > idle) {
            reservation = reserve(width, ends, teams, stages, moment, idle);
            if (moment.returning > 0 && reservation.at_s <= moment.now_s) {
                waits = true;
                break;  // enough for it in a moment; what starts now would take the ranks of those behind it
            }
            const int narrower = static_cast<int>(std::bit_floor(static_cast<unsigned>(idle)));
            if (reservation.extra >= 0 && moment.now_s + work.seconds_on(narrower) > reservation.at_s + work.seconds_on(width)) {
                waits = true;
                continue;
            }
            width = narrower;
        } else if (waits) {
            ++looked_behind;
            const bool in_time = width <= idle && moment.now_s + work.seconds_on(width) <= reservation.at_s;
            if (!in_time && width > std::min(idle, reservation.extra)) {
                continue;
            }
            reservation.extra -= in_time ? 0 : width;
        }
        teams.push_back({stage, width});
        idle -= width;
    }
    if (widen && !waits && idle > 0 && !teams.empty()) {
        widen_teams(teams, idle, ready, stages);
    }
    return teams;
}

}  // namespace overtake
