// Opening the books, and what follows when a stage is over: children ready or skipped, counts, critical paths.
#include "cluster/schedule/coordinator_book.hpp"

#include <algorithm>
#include <map>
#include <string_view>

namespace overtake {

void Coordinator::Book::open() {
    start.resize(forest.stages.size());
    entries.resize(forest.stages.size());
    seats.resize(static_cast<std::size_t>(std::max(options.ranks, 1)));
    absent = seats.size();
    std::map<std::string_view, std::size_t> by_id;
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
    compute_critical_paths();
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

void Coordinator::Book::compute_critical_paths() {
    for (std::size_t i = entries.size(); i-- > 0;) {
        StageEntry& entry = entries[i];
        double below = 0;
        for (const std::size_t child : entry.children) {
            below = std::max(below, entries[child].critical_path_s);
        }
        const bool open_work = entry.phase == StagePhase::waiting || entry.phase == StagePhase::ready || entry.phase == StagePhase::running;
        entry.critical_path_s = below + (open_work ? model.seconds_left(i, entry.step, 1) : 0);
    }
    std::set<std::pair<double, std::size_t>> reordered;
    for (const auto& [old_key, stage] : ready) {
        reordered.emplace(-entries[stage].critical_path_s, stage);
    }
    ready = std::move(reordered);
}

void Coordinator::Book::make_ready(std::size_t stage) {
    entries[stage].phase = StagePhase::ready;
    ready.emplace(-entries[stage].critical_path_s, stage);
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

void Coordinator::Book::settle(std::size_t stage, StageOutcome outcome, const std::string& why) {
    StageEntry& entry = entries[stage];
    const Stage& work = forest.stages[stage];
    const double reached = outcome == StageOutcome::done ? work.flops : work.flops * share_done(work, entry.step);
    flops_done += reached - entry.flops_done;
    entry.flops_done = reached;
    if (outcome == StageOutcome::stopped) {
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
}

}  // namespace overtake
