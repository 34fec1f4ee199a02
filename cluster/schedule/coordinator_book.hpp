// The coordinator's books: every stage's and every rank's state. Private to its three sources.
#pragma once

#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cluster/schedule/coordinator.hpp"
#include "cluster/schedule/list_schedule.hpp"
#include "cluster/schedule/throughput_model.hpp"
#include "cluster/schedule/width_plan.hpp"

namespace overtake {

enum class StagePhase { settled_before, waiting, ready, elsewhere, running, done, failed, skipped };  // elsewhere: another member's
enum class RankPhase { absent, idle, busy, returning, left };  // returning: its team's stage is over or ending, its Ready is on the way

struct StageEntry {
    StagePhase phase = StagePhase::waiting;
    std::size_t parent = no_stage;
    std::vector<std::size_t> children;
    std::int64_t step = 0, attempt = 0, step_of_heartbeat = 0;
    double flops_done = 0, tokens_per_second = 0, assigned_s = 0;
    RunningEnds::iterator end = {};  // predicted, while it runs
    std::vector<int> team;  // of the running attempt, else of the last one
};

struct Seat {
    RankPhase phase = RankPhase::absent;
    std::size_t stage = no_stage;
};

struct Coordinator::Book {
    Book(const StageForest& stage_forest, std::vector<StageStart> stage_start, CoordinatorOptions given)
        : forest(stage_forest), start(std::move(stage_start)), options(given), model(stage_forest, given.throughput) {}

    void open();
    void find_what_must_run();
    void skip_below(std::size_t stage, const std::string& why);
    void make_plan(double now_s);
    void plan_again_after(double flops_dropped, double now_s);
    void make_ready(std::size_t stage);
    bool let_in_one_of_the_last();
    void set_phase(int rank, RankPhase phase);
    void on_ready(int rank);
    void on_heartbeat(int rank, const Heartbeat& message);
    void on_ended(int rank, const Ended& message, double now_s);
    void settle(std::size_t stage, StageOutcome outcome, const std::string& why, double now_s);
    void learn(std::size_t stage, const Ended& message, double now_s);
    std::vector<Outgoing> answer(double now_s);
    void hand_out(double now_s, std::vector<Outgoing>& out);
    bool hand_out_once(double now_s, std::vector<Outgoing>& out);
    bool claim(std::size_t stage);
    std::vector<int> take_ranks(std::size_t stage, int width, bool only_preferred);
    void over_elsewhere(std::size_t stage, StageOutcome outcome, std::int64_t step, double now_s);
    std::vector<std::uint32_t> in_phase(StagePhase phase) const;
    bool holds_back(double now_s, double held_until);
    bool is_leader(std::size_t stage, int rank) const;
    bool has_own_checkpoint(std::size_t stage) const { return start[stage].step > forest.stages[stage].begin_step; }

    const StageForest& forest;
    std::vector<StageStart> start;
    CoordinatorOptions options;
    ThroughputModel model;
    std::vector<StageEntry> entries;
    std::vector<Seat> seats;
    std::set<int> idle;
    std::vector<PlannedStage> stages;  // as planned last
    WidthPlan plan;
    ReadyQueue ready;
    std::vector<std::size_t> last;     // could run, and wait until nothing else does
    RunningEnds ends;
    std::int64_t width_wanted = 0;     // planned widths of the ready stages together
    double flops_dropped = 0;          // by failures since the last plan
    bool plan_is_due = false;          // measurements ask for one
    double next_plan_s = 0;            // they get one from then on
    std::vector<CoordinatorEvent> events;
    std::size_t absent = 0, returning = 0, left = 0;
    std::size_t done = 0, running = 0, elsewhere = 0, failed = 0, measured = 0, ends_since_plan = 0;
    double flops_total = 0, flops_done = 0;
    double held_until_s = INFINITY;
    bool stopping = false;
};

}  // namespace overtake
