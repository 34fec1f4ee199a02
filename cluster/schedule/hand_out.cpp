// Who gets what: widths by predicted time, teams by where the parent ran.
#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "cluster/schedule/coordinator_book.hpp"

namespace overtake {

namespace {

constexpr int widest_evaluation = 4;

}  // namespace

int widest_team(const Stage& stage, const CoordinatorOptions& options) {
    std::int64_t limit = stage.kind == StageKind::evaluate ? widest_evaluation : stage.config.training.shards;
    if (stage.kind == StageKind::search) {
        limit = search_parallelism(*stage.config.extension->search);
    }
    if (options.max_width > 0) {
        limit = std::min<std::int64_t>(limit, options.max_width);
    }
    limit = std::clamp<std::int64_t>(limit, 1, std::max(options.ranks, 1));
    return static_cast<int>(std::bit_floor(static_cast<std::uint64_t>(limit)));
}

/// Idle ranks for a team, those that ran the parent first. Empty if `only_preferred` and none of those is idle.
std::vector<int> Coordinator::Book::take_ranks(std::size_t stage, int width, bool only_preferred) {
    std::vector<int> team;
    const auto wanted = static_cast<std::size_t>(width);
    if (entries[stage].parent != no_stage) {
        for (const int rank : entries[entries[stage].parent].team) {
            if (team.size() < wanted && idle.contains(rank)) {
                team.push_back(rank);
            }
        }
    }
    if (only_preferred && team.empty()) {
        return {};
    }
    for (auto rank = idle.begin(); team.size() < wanted && rank != idle.end(); ++rank) {
        if (std::find(team.begin(), team.end(), *rank) == team.end()) {
            team.push_back(*rank);
        }
    }
    std::sort(team.begin(), team.end());
    return team;
}

/// Whether a running stage is about to end. Nothing is held back for longer than the first such stage allows.
bool Coordinator::Book::holds_back(double now_s, double held_until) {
    if (const double until_s = about_to_end_until(ends, now_s); std::isfinite(until_s) && now_s < held_until) {
        held_until_s = std::min(held_until, until_s);
    }
    return std::isfinite(held_until_s);
}

/// A stage that is another's leaves the queue: others of this member's are chosen in its place.
bool Coordinator::Book::claim(std::size_t stage) {
    if (!options.claim || options.claim(static_cast<std::uint32_t>(stage))) {
        return true;
    }
    ready.erase(stage);
    width_wanted -= plan.widths[stage];
    entries[stage].phase = StagePhase::elsewhere;
    ++elsewhere;
    return false;
}

void Coordinator::Book::hand_out(double now_s, std::vector<Outgoing>& out) {
    while (hand_out_once(now_s, out)) {
    }
}

/// True if a claim was refused: then ranks may be left for others of the ready, whose queue is shorter now.
bool Coordinator::Book::hand_out_once(double now_s, std::vector<Outgoing>& out) {
    const double held_until = std::exchange(held_until_s, INFINITY);
    if (ready.empty() || idle.empty()) {
        return false;
    }
    const auto here = static_cast<int>(idle.size()), soon = static_cast<int>(returning + absent);
    if (soon > 0 && width_wanted < here + soon) {
        return false;  // they will be idle in a moment, and a wider team may be better then
    }
    if (holds_back(now_s, held_until)) {
        return false;
    }
    // Chosen as if everybody on the way were here, or the first to come back would go to whoever can use a single rank.
    std::size_t place = 0;
    if (const int first = plan.widths[ready.next(place)]; first > here && first <= here + soon) {
        return false;
    }
    bool refused = false;
    std::vector<TeamChoice> choices = choose_teams(ready, stages, plan.widths, plan.path_s, ends, {now_s, here + soon}, plan.widen);
    int unclaimed = here;
    const auto waits = std::find_if(choices.begin(), choices.end(), [&](const TeamChoice& team) { return (unclaimed -= team.width) < 0; });
    choices.erase(waits, choices.end());
    for (const bool only_preferred : {true, false}) {
        for (auto& [stage, width] : choices) {
            if (width == 0) {
                continue;
            }
            std::vector<int> team = take_ranks(stage, width, only_preferred);
            if (team.empty()) {
                continue;
            }
            width = 0;
            if (!claim(stage)) {
                refused = true;
                continue;
            }
            StageEntry& entry = entries[stage];
            ready.erase(stage);
            width_wanted -= plan.widths[stage];
            const int members = static_cast<int>(team.size());
            const double seconds = stages[stage].seconds_on(members);
            entry.end = ends.emplace(now_s + seconds, RunningTeam{stage, members, end_tolerance_s(seconds)});
            entry.phase = StagePhase::running;
            entry.assigned_s = now_s;
            entry.step_of_heartbeat = entry.step;
            entry.tokens_per_second = 0;
            ++entry.attempt;
            ++running;
            const Assign message{static_cast<std::uint32_t>(stage), entry.attempt, {team.begin(), team.end()}};
            for (const int rank : team) {
                set_phase(rank, RankPhase::busy);
                seats[static_cast<std::size_t>(rank)].stage = stage;
                out.push_back({rank, message});
            }
            events.push_back({CoordinatorEvent::Kind::assigned, message.stage, team, entry.step, {}});
            entry.team = std::move(team);
        }
    }
    return refused;
}

}  // namespace overtake
