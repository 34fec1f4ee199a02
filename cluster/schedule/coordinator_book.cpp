// Opening the books, and what follows when a stage is over: children ready or skipped, counts, critical paths.
#include "cluster/schedule/coordinator_book.hpp"

#include <algorithm>
#include <bit>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace overtake {

namespace {

constexpr std::size_t effort_again = 10;  // a plan that follows another has its share of the effort
constexpr double seconds_between_plans = 1e-4;  // for each stage: planning takes about a hundredth of it

}  // namespace

void Coordinator::Book::open() {
    start.resize(forest.stages.size());
    entries.resize(forest.stages.size());
    seats.resize(static_cast<std::size_t>(std::max(options.ranks, 1)));
    absent = seats.size();
    std::unordered_map<std::string_view, std::size_t> by_id;
    by_id.reserve(entries.size());
    for (std::size_t i = 0; i < forest.stages.size(); ++i) {
        const Stage& stage = forest.stages[i];
        by_id.emplace(stage.id, i);
        if (!stage.parent.empty()) {
            entries[i].parent = by_id.at(stage.parent);
            entries[entries[i].parent].children.push_back(i);
        }
        entries[i].step = std::max(start[i].step, stage.begin_step);
        entries[i].attempt = start[i].attempts;
    }
    find_what_must_run();
    make_plan(0);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (entries[i].phase == StagePhase::settled_before && !start[i].succeeded && !options.keep_running_children_of_failed) {
            skip_below(i, "stage '" + forest.stages[i].id + "' failed before");
        }
    }
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const StageEntry& entry = entries[i];
        const bool parent_is_over = entry.parent == no_stage || entries[entry.parent].phase == StagePhase::settled_before ||
                                    (start[entry.parent].succeeded && has_own_checkpoint(i));
        if (entry.phase == StagePhase::waiting && parent_is_over) {
            make_ready(i);
        }
    }
}

void Coordinator::Book::find_what_must_run() {
    for (std::size_t i = entries.size(); i-- > 0;) {
        StageEntry& entry = entries[i];
        const bool wanted_by_child = std::any_of(entry.children.begin(), entry.children.end(), [&](std::size_t child) {
            return entries[child].phase == StagePhase::waiting && !has_own_checkpoint(child);
        });
        const bool run_again = start[i].done && start[i].succeeded && !start[i].has_state && wanted_by_child;
        const double flops = forest.stages[i].flops;
        if (start[i].done && !run_again) {
            entry.phase = StagePhase::settled_before;
            entry.flops_done = start[i].succeeded ? flops : 0;
            (start[i].succeeded ? done : failed) += 1;
            flops_total += entry.flops_done;
        } else {
            entry.flops_done = flops * share_done(forest.stages[i], entry.step);
            flops_total += flops;
        }
        flops_done += entry.flops_done;
    }
}

void Coordinator::Book::skip_below(std::size_t stage, const std::string& why) {
    for (const std::size_t child : entries[stage].children) {
        StageEntry& entry = entries[child];
        if (entry.phase == StagePhase::waiting) {
            entry.phase = StagePhase::skipped;
            flops_total -= forest.stages[child].flops;
            flops_done -= entry.flops_done;
            ++failed;
            events.push_back({CoordinatorEvent::Kind::skipped, static_cast<std::uint32_t>(child), {}, entry.step, why});
            skip_below(child, why);
        }
    }
}

void Coordinator::Book::make_plan(double now_s) {
    stages.resize(entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const StageEntry& entry = entries[i];
        PlannedStage& stage = stages[i];
        stage.parent = entry.parent;
        stage.open = entry.phase == StagePhase::waiting || entry.phase == StagePhase::ready || entry.phase == StagePhase::elsewhere;
        stage.running_width = entry.phase == StagePhase::running ? static_cast<int>(entry.team.size()) : 0;
        stage.doublings = stage.open ? std::countr_zero(static_cast<unsigned>(widest_team(forest.stages[i], options))) : 0;
        if (stage.running_width > 0) {
            stage.seconds[0] = std::max(0.0, entry.end->first - now_s);
            stage.tolerance_s = entry.end->second.tolerance_s;
        }
        for (int k = 0; stage.open && k <= stage.doublings; ++k) {
            stage.seconds[static_cast<std::size_t>(k)] = model.seconds_left(i, entry.step, 1 << k);
        }
    }
    const bool first = plan.widths.empty();
    const PlanEffort again{options.effort.stages_placed / effort_again, options.effort.schedules / effort_again};
    plan = plan_widths(stages, static_cast<int>(seats.size()), first ? options.effort : again, first ? nullptr : &plan);
    flops_dropped = 0;
    ends_since_plan = 0;
    plan_is_due = false;
    next_plan_s = now_s + seconds_between_plans * static_cast<double>(entries.size());
    const std::vector<std::size_t> were_ready = ready.stages();
    ready = ReadyQueue(plan.order);
    width_wanted = 0;
    for (const std::size_t stage : were_ready) {
        make_ready(stage);
    }
}

void Coordinator::Book::plan_again_after(double flops, double now_s) {
    constexpr double share_worth_a_plan = 0.01;
    flops_dropped += flops;
    if (flops_dropped > share_worth_a_plan * flops_total) {
        make_plan(now_s);
    }
}

void Coordinator::Book::make_ready(std::size_t stage) {
    if (start[stage].last) {
        last.push_back(stage);
        return;
    }
    entries[stage].phase = StagePhase::ready;
    ready.insert(stage);
    width_wanted += plan.widths[stage];
}

/// False if something else runs here or could, or none is left.
bool Coordinator::Book::let_in_one_of_the_last() {
    if (last.empty() || !ready.empty() || running > 0) {
        return false;
    }
    const std::size_t stage = last.back();
    last.pop_back();
    start[stage].last = false;
    if (entries[stage].phase == StagePhase::waiting) {
        make_ready(stage);
    }
    return true;
}

std::vector<std::uint32_t> Coordinator::Book::in_phase(StagePhase phase) const {
    std::vector<std::uint32_t> found;
    for (std::size_t stage = 0; stage < entries.size(); ++stage) {
        if (entries[stage].phase == phase) {
            found.push_back(static_cast<std::uint32_t>(stage));
        }
    }
    return found;
}

void Coordinator::Book::set_phase(int rank, RankPhase phase) {
    Seat& seat = seats[static_cast<std::size_t>(rank)];
    const auto count = [&](RankPhase which, int change) {
        std::size_t* counter = which == RankPhase::absent      ? &absent
                               : which == RankPhase::returning ? &returning
                               : which == RankPhase::left      ? &left
                                                               : nullptr;
        if (counter != nullptr) {
            *counter += static_cast<std::size_t>(change);
        }
    };
    if (seat.phase == RankPhase::idle) {
        idle.erase(rank);
    }
    if (phase == RankPhase::idle) {
        idle.insert(rank);
    }
    count(seat.phase, -1);
    count(phase, 1);
    seat.phase = phase;
}

void Coordinator::Book::settle(std::size_t stage, StageOutcome outcome, const std::string& why, double now_s) {
    StageEntry& entry = entries[stage];
    const Stage& work = forest.stages[stage];
    const double flops_before = flops_total;
    const double reached = outcome == StageOutcome::done ? work.flops : work.flops * share_done(work, entry.step);
    flops_done += reached - entry.flops_done;
    entry.flops_done = reached;
    if (outcome == StageOutcome::stopped) {
        for (int k = 0; k <= stages[stage].doublings; ++k) {
            stages[stage].seconds[static_cast<std::size_t>(k)] = model.seconds_left(stage, entry.step, 1 << k);
        }
        make_ready(stage);
        return;
    }
    const bool succeeded = outcome == StageOutcome::done;
    entry.phase = succeeded ? StagePhase::done : StagePhase::failed;
    ++(succeeded ? done : failed);
    if (succeeded || options.keep_running_children_of_failed) {
        for (const std::size_t child : entry.children) {
            if (entries[child].phase == StagePhase::waiting) {
                make_ready(child);
            }
        }
    } else {
        skip_below(stage, why);
    }
    flops_total -= succeeded ? 0 : work.flops - reached;
    if (!succeeded) {
        plan_again_after(flops_before - flops_total, now_s);
    }
}

}  // namespace overtake
