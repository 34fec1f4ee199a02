// The coordinator's rules for each message.
#include "cluster/schedule/coordinator.hpp"

#include <bit>
#include <cmath>
#include <iterator>
#include <utility>

#include "cluster/schedule/coordinator_book.hpp"

namespace overtake {

namespace {

constexpr double surprise = 0.25;                // a stage took so much more or less than planned
constexpr std::size_t plans_per_forest = 64;     // at most so many plans follow from surprises

std::string_view word_of(StageOutcome outcome) {
    static constexpr std::string_view words[] = {"done", "diverged", "failed", "stopped"};
    return words[static_cast<std::size_t>(outcome)];
}

}  // namespace

bool Coordinator::Book::is_leader(std::size_t stage, int rank) const {
    return stage < entries.size() && entries[stage].phase == StagePhase::running && entries[stage].team.front() == rank;
}

void Coordinator::Book::on_ready(int rank) {
    const Seat seat = seats[static_cast<std::size_t>(rank)];
    if (seat.phase == RankPhase::idle || seat.phase == RankPhase::left || is_leader(seat.stage, rank)) {
        return;  // said twice, too late, or before the Ended that must come first
    }
    set_phase(rank, RankPhase::idle);
    if (seat.stage != no_stage && entries[seat.stage].phase == StagePhase::running) {
        for (const int mate : entries[seat.stage].team) {
            const Seat& other = seats[static_cast<std::size_t>(mate)];
            if (other.phase == RankPhase::busy && other.stage == seat.stage) {
                set_phase(mate, RankPhase::returning);
            }
        }
    }
    seats[static_cast<std::size_t>(rank)].stage = no_stage;
}

void Coordinator::Book::on_heartbeat(int rank, const Heartbeat& message) {
    const std::size_t stage = message.stage;
    if (!is_leader(stage, rank)) {
        return;
    }
    StageEntry& entry = entries[stage];
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
    const StageEntry& entry = entries[stage];
    const Stage& work = forest.stages[stage];
    const double share = message.outcome == StageOutcome::done ? 1 : share_done(work, message.step);
    const double seconds = message.seconds > 0 ? message.seconds : now_s - entry.assigned_s;
    model.observe_stage(stage, static_cast<int>(entry.team.size()), work.flops * (share - share_done(work, entry.step)), seconds);
    ++measured;
    ++ends_since_plan;
    const double planned_s = entry.end->first - entry.assigned_s;
    const bool surprising = message.outcome == StageOutcome::done && std::abs(seconds - planned_s) > surprise * planned_s;
    const bool of_a_few = ends_since_plan * plans_per_forest >= entries.size();
    // After 1, 4, 16, 64 ... measurements, since what they change shrinks as fast, and when one is far off.
    plan_is_due = plan_is_due || (std::has_single_bit(measured) && std::countr_zero(measured) % 2 == 0) || (surprising && of_a_few);
    if (plan_is_due && now_s >= next_plan_s) {
        make_plan(now_s);
    }
}

void Coordinator::Book::on_ended(int rank, const Ended& message, double now_s) {
    const std::size_t stage = message.stage;
    if (!is_leader(stage, rank) || message.attempt != entries[stage].attempt) {
        return;
    }
    StageEntry& entry = entries[stage];
    for (const int mate : entry.team) {
        const Seat& seat = seats[static_cast<std::size_t>(mate)];
        if (seat.phase == RankPhase::busy && seat.stage == stage) {
            set_phase(mate, RankPhase::returning);
        }
    }
    --running;
    entry.phase = StagePhase::done;  // whatever its outcome, it runs no more
    learn(stage, message, now_s);
    ends.erase(entry.end);
    std::string detail(word_of(message.outcome));
    if (!message.reason.empty()) {
        detail.append(" ").append(message.reason);
    }
    events.push_back({CoordinatorEvent::Kind::ended, message.stage, entry.team, message.step, detail});
    entry.step = std::max(entry.step, message.step);
    settle(stage, message.outcome, "stage '" + forest.stages[stage].id + "' " + detail, now_s);
}

/// What others did with a stage that we set aside.
void Coordinator::Book::over_elsewhere(std::size_t stage, StageOutcome outcome, std::int64_t step, double now_s) {
    StageEntry& entry = entries[stage];
    if (entry.phase != StagePhase::elsewhere) {
        return;
    }
    --elsewhere;
    entry.step = std::max(entry.step, step);
    const std::string words = std::string(word_of(outcome)) + " elsewhere";
    if (outcome != StageOutcome::stopped) {
        events.push_back({CoordinatorEvent::Kind::ended, static_cast<std::uint32_t>(stage), {}, entry.step, words});
    }
    settle(stage, outcome, "stage '" + forest.stages[stage].id + "' " + words, now_s);
}

std::vector<Outgoing> Coordinator::Book::answer(double now_s) {
    std::vector<Outgoing> out;
    if (!stopping) {
        hand_out(now_s, out);
        while (let_in_one_of_the_last()) {
            hand_out(now_s, out);
        }
    }
    if (stopping || (running == 0 && elsewhere == 0 && ready.empty())) {
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

std::vector<Outgoing> Coordinator::on_time(double now_s) { return now_s >= book_->held_until_s ? book_->answer(now_s) : std::vector<Outgoing>{}; }

double Coordinator::held_until_s() const noexcept { return book_->held_until_s; }

std::vector<Outgoing> Coordinator::on_stop() {
    if (std::exchange(book_->stopping, true)) {
        return {};
    }
    book_->held_until_s = INFINITY;
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

std::vector<Outgoing> Coordinator::on_over_elsewhere(std::uint32_t stage, StageOutcome outcome, std::int64_t step, double now_s) {
    book_->over_elsewhere(stage, outcome, step, now_s);
    return book_->answer(now_s);
}

std::vector<Outgoing> Coordinator::on_taken_over(std::uint32_t stage) {
    std::vector<Outgoing> out;
    if (book_->entries[stage].phase == StagePhase::running) {
        for (const int rank : book_->entries[stage].team) {
            out.push_back({rank, StopNow{}});
        }
    }
    return out;
}

bool Coordinator::finished() const noexcept { return book_->running == 0 && book_->left == book_->seats.size(); }

std::vector<CoordinatorEvent> Coordinator::take_events() { return std::exchange(book_->events, {}); }

std::vector<std::uint32_t> Coordinator::stages_elsewhere() const { return book_->elsewhere > 0 ? book_->in_phase(StagePhase::elsewhere) : std::vector<std::uint32_t>(); }
std::vector<std::uint32_t> Coordinator::stages_here() const { return book_->running > 0 ? book_->in_phase(StagePhase::running) : std::vector<std::uint32_t>(); }

std::size_t Coordinator::stages_total() const noexcept { return book_->entries.size(); }
std::size_t Coordinator::stages_done() const noexcept { return book_->done; }
std::size_t Coordinator::stages_running() const noexcept { return book_->running; }
std::size_t Coordinator::stages_failed() const noexcept { return book_->failed; }
double Coordinator::flops_total() const noexcept { return book_->flops_total; }
double Coordinator::flops_done() const noexcept { return book_->flops_done; }
bool Coordinator::stopped() const noexcept { return book_->stopping && book_->done + book_->failed < book_->entries.size(); }
double Coordinator::critical_path_s(std::size_t stage) const noexcept { return book_->plan.path_s[stage]; }

double Coordinator::tokens_per_second() const noexcept {
    double sum = 0;
    for (std::size_t rank = 0; rank < book_->seats.size(); ++rank) {
        const std::size_t stage = book_->seats[rank].stage;
        if (book_->seats[rank].phase != RankPhase::busy || !book_->is_leader(stage, static_cast<int>(rank))) {
            continue;
        }
        const StageEntry& entry = book_->entries[stage];
        const Stage& work = book_->forest.stages[stage];
        if (entry.tokens_per_second > 0) {
            sum += entry.tokens_per_second;
        } else if (book_->measured > 0 && is_training(work.kind)) {
            const int width = static_cast<int>(entry.team.size());
            sum += static_cast<double>(work.tokens) / book_->model.seconds_left(stage, work.begin_step, width);
        }
    }
    return sum;
}

}  // namespace overtake
