// The coordinator's books and rules: who is idle, what is ready, who gets what at which width.
#include "cluster/schedule/coordinator.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <utility>

namespace overtake {

namespace {

constexpr auto none = static_cast<std::size_t>(-1);
constexpr int widest_evaluation = 4;
constexpr double gain_worth_a_doubling = 0.9;  // a wider team must need less than this share of the time

enum class Phase { settled_before, waiting, ready, running, done, failed, skipped };
enum class RankPhase { absent, idle, busy, returning, left };  // returning: its team's stage is over or ending, its Ready is on the way

struct Entry {
    Phase phase = Phase::waiting;
    std::size_t parent = none;
    std::vector<std::size_t> children;
    std::int64_t step = 0, attempt = 0, step_of_heartbeat = 0;
    double critical_path_s = 0, flops_done = 0, tokens_per_second = 0, assigned_s = 0;
    std::vector<int> team;  // of the running attempt, else of the last one
};

struct Seat {
    RankPhase phase = RankPhase::absent;
    std::size_t stage = none;
};

}  // namespace

int widest_team(const Stage& stage, const CoordinatorOptions& options) {
    std::int64_t limit = stage.kind == StageKind::evaluate ? widest_evaluation : stage.config.training.shards;
    if (options.max_width > 0) {
        limit = std::min<std::int64_t>(limit, options.max_width);
    }
    limit = std::clamp<std::int64_t>(limit, 1, std::max(options.ranks, 1));
    return static_cast<int>(std::bit_floor(static_cast<std::uint64_t>(limit)));
}

struct Coordinator::Book {
    Book(const StageForest& stage_forest, std::vector<StageStart> stage_start, CoordinatorOptions given)
        : forest(stage_forest), start(std::move(stage_start)), options(given), model(stage_forest, given.throughput) {}

    void open();
    void find_what_must_run();
    void skip_below(std::size_t stage, const std::string& why);
    void compute_critical_paths();
    void make_ready(std::size_t stage);
    void set_phase(int rank, RankPhase phase);
    void on_ready(int rank);
    void on_heartbeat(int rank, const Heartbeat& message);
    void on_ended(int rank, const Ended& message, double now_s);
    void settle(std::size_t stage, StageOutcome outcome, const std::string& why);
    void learn(std::size_t stage, const Ended& message, double now_s);
    std::vector<Outgoing> answer(double now_s);
    void hand_out(double now_s, std::vector<Outgoing>& out);
    std::vector<std::pair<std::size_t, int>> choose_widths() const;
    std::vector<int> take_ranks(std::size_t stage, int width, bool only_preferred);
    bool is_leader(std::size_t stage, int rank) const;
    bool has_own_checkpoint(std::size_t stage) const { return start[stage].step > forest.stages[stage].begin_step; }

    const StageForest& forest;
    std::vector<StageStart> start;
    CoordinatorOptions options;
    ThroughputModel model;
    std::vector<Entry> entries;
    std::vector<Seat> seats;
    std::set<int> idle;
    std::set<std::pair<double, std::size_t>> ready;  // (-critical path, stage): longest first, ties in forest order
    std::vector<CoordinatorEvent> events;
    std::size_t absent = 0, returning = 0, left = 0;
    std::size_t done = 0, running = 0, failed = 0, measured = 0;
    double flops_total = 0, flops_done = 0;
    bool stopping = false;
};

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
        if (entries[i].phase == Phase::settled_before && !start[i].succeeded && !options.keep_running_children_of_failed) {
            skip_below(i, "stage '" + forest.stages[i].id + "' failed before");
        }
    }
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const Entry& entry = entries[i];
        const bool parent_is_over = entry.parent == none || entries[entry.parent].phase == Phase::settled_before ||
                                    (start[entry.parent].succeeded && has_own_checkpoint(i));
        if (entry.phase == Phase::waiting && parent_is_over) {
            make_ready(i);
        }
    }
}

void Coordinator::Book::find_what_must_run() {
    for (std::size_t i = entries.size(); i-- > 0;) {
        Entry& entry = entries[i];
        const bool wanted_by_child = std::any_of(entry.children.begin(), entry.children.end(), [&](std::size_t child) {
            return entries[child].phase == Phase::waiting && !has_own_checkpoint(child);
        });
        const bool run_again = start[i].done && start[i].succeeded && !start[i].has_state && wanted_by_child;
        const double flops = forest.stages[i].flops;
        if (start[i].done && !run_again) {
            entry.phase = Phase::settled_before;
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
        Entry& entry = entries[child];
        if (entry.phase == Phase::waiting) {
            entry.phase = Phase::skipped;
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
        Entry& entry = entries[i];
        double below = 0;
        for (const std::size_t child : entry.children) {
            below = std::max(below, entries[child].critical_path_s);
        }
        const bool open_work = entry.phase == Phase::waiting || entry.phase == Phase::ready || entry.phase == Phase::running;
        entry.critical_path_s = below + (open_work ? model.seconds_left(i, entry.step, 1) : 0);
    }
    std::set<std::pair<double, std::size_t>> reordered;
    for (const auto& [old_key, stage] : ready) {
        reordered.emplace(-entries[stage].critical_path_s, stage);
    }
    ready = std::move(reordered);
}

void Coordinator::Book::make_ready(std::size_t stage) {
    entries[stage].phase = Phase::ready;
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

bool Coordinator::Book::is_leader(std::size_t stage, int rank) const {
    return stage < entries.size() && entries[stage].phase == Phase::running && entries[stage].team.front() == rank;
}

void Coordinator::Book::on_ready(int rank) {
    const Seat seat = seats[static_cast<std::size_t>(rank)];
    if (seat.phase == RankPhase::idle || seat.phase == RankPhase::left || is_leader(seat.stage, rank)) {
        return;  // said twice, too late, or before the Ended that must come first
    }
    set_phase(rank, RankPhase::idle);
    if (seat.stage != none && entries[seat.stage].phase == Phase::running) {
        for (const int mate : entries[seat.stage].team) {
            const Seat& other = seats[static_cast<std::size_t>(mate)];
            if (other.phase == RankPhase::busy && other.stage == seat.stage) {
                set_phase(mate, RankPhase::returning);
            }
        }
    }
    seats[static_cast<std::size_t>(rank)].stage = none;
}

void Coordinator::Book::on_heartbeat(int rank, const Heartbeat& message) {
    const std::size_t stage = message.stage;
    if (!is_leader(stage, rank)) {
        return;
    }
    Entry& entry = entries[stage];
    const Stage& work = forest.stages[stage];
    if (std::isfinite(message.tokens_per_second) && message.tokens_per_second > 0) {
        entry.tokens_per_second = message.tokens_per_second;
        if (work.tokens > 0) {
            const double flops_per_token = work.flops / static_cast<double>(work.tokens);
            model.observe(stage, static_cast<int>(entry.team.size()), flops_per_token * message.tokens_per_second, 1.0);
        }
    }
    const double flops = work.flops * share_done(work, message.step);
    if (message.step > entry.step_of_heartbeat && flops > entry.flops_done) {
        entry.step_of_heartbeat = message.step;
        flops_done += flops - entry.flops_done;
        entry.flops_done = flops;
    }
}

void Coordinator::Book::learn(std::size_t stage, const Ended& message, double now_s) {
    const Entry& entry = entries[stage];
    const Stage& work = forest.stages[stage];
    const double share = message.outcome == StageOutcome::done ? 1 : share_done(work, message.step);
    const double seconds = message.seconds > 0 ? message.seconds : now_s - entry.assigned_s;
    model.observe_stage(stage, static_cast<int>(entry.team.size()), work.flops * (share - share_done(work, entry.step)), seconds);
    if (std::has_single_bit(++measured)) {
        compute_critical_paths();  // after 1, 2, 4, 8 ... measurements: what they change shrinks as fast
    }
}

void Coordinator::Book::on_ended(int rank, const Ended& message, double now_s) {
    const std::size_t stage = message.stage;
    if (!is_leader(stage, rank) || message.attempt != entries[stage].attempt) {
        return;
    }
    Entry& entry = entries[stage];
    for (const int mate : entry.team) {
        const Seat& seat = seats[static_cast<std::size_t>(mate)];
        if (seat.phase == RankPhase::busy && seat.stage == stage) {
            set_phase(mate, RankPhase::returning);
        }
    }
    --running;
    learn(stage, message, now_s);
    static constexpr const char* words[] = {"done", "diverged", "failed", "stopped"};
    std::string detail = words[static_cast<std::size_t>(message.outcome)];
    if (!message.reason.empty()) {
        detail.append(" ").append(message.reason);
    }
    events.push_back({CoordinatorEvent::Kind::ended, message.stage, entry.team, message.step, detail});
    entry.step = std::max(entry.step, message.step);
    settle(stage, message.outcome, "stage '" + forest.stages[stage].id + "' " + detail);
}

void Coordinator::Book::settle(std::size_t stage, StageOutcome outcome, const std::string& why) {
    Entry& entry = entries[stage];
    const Stage& work = forest.stages[stage];
    const double reached = outcome == StageOutcome::done ? work.flops : work.flops * share_done(work, entry.step);
    flops_done += reached - entry.flops_done;
    entry.flops_done = reached;
    if (outcome == StageOutcome::stopped) {
        make_ready(stage);
        return;
    }
    const bool succeeded = outcome == StageOutcome::done;
    entry.phase = succeeded ? Phase::done : Phase::failed;
    ++(succeeded ? done : failed);
    if (succeeded || options.keep_running_children_of_failed) {
        for (const std::size_t child : entry.children) {
            if (entries[child].phase == Phase::waiting) {
                make_ready(child);
            }
        }
    } else {
        skip_below(stage, why);
    }
    flops_total -= succeeded ? 0 : work.flops - reached;
}

/// One rank for every ready stage, then doubled where it shortens the longest path, while idle ranks remain.
std::vector<std::pair<std::size_t, int>> Coordinator::Book::choose_widths() const {
    std::vector<std::pair<std::size_t, int>> widths;
    for (const auto& [key, stage] : ready) {
        if (widths.size() == idle.size()) {
            return widths;
        }
        widths.emplace_back(stage, 1);
    }
    std::size_t spare = idle.size() - widths.size();
    while (spare > 0) {
        std::pair<std::size_t, int>* best = nullptr;
        double longest_s = -1;
        for (auto& choice : widths) {
            const auto [stage, width] = choice;
            const double now_s = model.seconds_left(stage, entries[stage].step, width);
            const double path_s = entries[stage].critical_path_s - model.seconds_left(stage, entries[stage].step, 1) + now_s;
            if (2 * width <= widest_team(forest.stages[stage], options) && static_cast<std::size_t>(width) <= spare && path_s > longest_s &&
                model.seconds_left(stage, entries[stage].step, 2 * width) < gain_worth_a_doubling * now_s) {
                best = &choice;
                longest_s = path_s;
            }
        }
        if (best == nullptr) {
            break;
        }
        spare -= static_cast<std::size_t>(best->second);
        best->second *= 2;
    }
    return widths;
}

/// Idle ranks for a team, those of the team that ran the parent first. Empty if only they would do and they are not enough.
std::vector<int> Coordinator::Book::take_ranks(std::size_t stage, int width, bool only_preferred) {
    std::vector<int> team;
    const auto wanted = static_cast<std::size_t>(width);
    if (entries[stage].parent != none) {
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

void Coordinator::Book::hand_out(double now_s, std::vector<Outgoing>& out) {
    if (ready.empty() || idle.empty()) {
        return;
    }
    const bool enough_for_all = ready.size() >= idle.size() + returning + absent;
    if (!enough_for_all && returning + absent > 0) {
        return;  // they will be idle in a moment, and a wider team may be better then
    }
    std::vector<std::pair<std::size_t, int>> choices = choose_widths();
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
            Entry& entry = entries[stage];
            ready.erase({-entry.critical_path_s, stage});
            entry.phase = Phase::running;
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
}

std::vector<Outgoing> Coordinator::Book::answer(double now_s) {
    std::vector<Outgoing> out;
    if (!stopping) {
        hand_out(now_s, out);
    }
    if (stopping || (running == 0 && ready.empty())) {
        for (const int rank : std::vector<int>(idle.begin(), idle.end())) {
            set_phase(rank, RankPhase::left);
            out.push_back({rank, Leave{}});
        }
    }
    return out;
}

Coordinator::Coordinator(const StageForest& forest, std::vector<StageStart> start, CoordinatorOptions options)
    : book_(std::make_shared<Book>(forest, std::move(start), options)) {
    book_->open();
}

std::vector<Outgoing> Coordinator::on_message(int from, const ToCoordinator& message, double now_s) {
    if (from < 0 || static_cast<std::size_t>(from) >= book_->seats.size()) {
        return {};
    }
    if (std::holds_alternative<Ready>(message)) {
        book_->on_ready(from);
    } else if (const auto* heartbeat = std::get_if<Heartbeat>(&message)) {
        book_->on_heartbeat(from, *heartbeat);
        return {};
    } else {
        book_->on_ended(from, std::get<Ended>(message), now_s);
    }
    return book_->answer(now_s);
}

std::vector<Outgoing> Coordinator::on_stop() {
    if (std::exchange(book_->stopping, true)) {
        return {};
    }
    std::vector<Outgoing> out;
    for (std::size_t rank = 0; rank < book_->seats.size(); ++rank) {
        const RankPhase phase = book_->seats[rank].phase;
        if (phase == RankPhase::busy || phase == RankPhase::returning) {
            out.push_back({static_cast<int>(rank), StopNow{}});
        }
    }
    std::vector<Outgoing> leaving = book_->answer(0);
    std::move(leaving.begin(), leaving.end(), std::back_inserter(out));
    return out;
}

bool Coordinator::finished() const noexcept { return book_->running == 0 && book_->left == book_->seats.size(); }

std::vector<CoordinatorEvent> Coordinator::take_events() { return std::exchange(book_->events, {}); }

std::size_t Coordinator::stages_total() const noexcept { return book_->entries.size(); }
std::size_t Coordinator::stages_done() const noexcept { return book_->done; }
std::size_t Coordinator::stages_running() const noexcept { return book_->running; }
std::size_t Coordinator::stages_failed() const noexcept { return book_->failed; }
double Coordinator::flops_total() const noexcept { return book_->flops_total; }
double Coordinator::flops_done() const noexcept { return book_->flops_done; }
bool Coordinator::stopped() const noexcept { return book_->stopping && book_->done + book_->failed < book_->entries.size(); }
double Coordinator::critical_path_s(std::size_t stage) const noexcept { return book_->entries[stage].critical_path_s; }

double Coordinator::tokens_per_second() const noexcept {
    double sum = 0;
    for (const Seat& seat : book_->seats) {
        if (seat.phase == RankPhase::busy && book_->is_leader(seat.stage, static_cast<int>(&seat - book_->seats.data()))) {
            sum += book_->entries[seat.stage].tokens_per_second;
        }
    }
    return sum;
}

}  // namespace overtake
