// The coordinator: which team runs which stage next. A pure state machine; time is an argument.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cluster/schedule/messages.hpp"
#include "cluster/schedule/throughput_model.hpp"
#include "cluster/schedule/width_plan.hpp"
#include "sweeps/stage_forest.hpp"

namespace overtake {

/// What a stage needs before the run, told by whoever looked into the sweep folder.
struct StageStart {
    bool done = false;         // its record says so (done, diverged or failed): never run again
    bool succeeded = false;    // done, with a usable outcome: children may start
    bool has_state = false;    // its final state is on disk
    std::int64_t step = 0;     // of its newest checkpoint, or begin_step
    std::int64_t attempts = 0; // so far
    bool last = false;         // to be run behind all others, with nothing beside it: it ended the program before
};

struct CoordinatorOptions {
    int ranks = 1;
    int max_width = 0;         // 0: no limit but the stage's shards
    bool keep_running_children_of_failed = false;
    ThroughputDefaults throughput = {};  // assumed until measured
    /// Where others share the sweep: asked before a stage is handed out. False: it is another's, and is set aside as elsewhere.
    std::function<bool(std::uint32_t stage)> claim = {};
    PlanEffort effort = {};
};

/// Largest width that the coordinator would give a stage: a power of two that its shards, max_width and the ranks allow; at most 4 for
/// an evaluation.
int widest_team(const Stage& stage, const CoordinatorOptions& options);

struct Outgoing {
    int to;                    // rank
    ToWorker message;
};

/// Something that happened, for the supervisor's log and progress line. `detail` of an end begins with its outcome ("done", "diverged",
/// "failed", "stopped"), then a space and the reason if there is one; of a skip it is the reason.
struct CoordinatorEvent {
    enum class Kind { assigned, ended, skipped } kind;
    std::uint32_t stage;
    std::vector<int> team;
    std::int64_t step = 0;
    std::string detail;
};

class Coordinator {
  public:
    /// `forest` must outlive it; start[i] belongs to forest.stages[i]. Stages below a failed or diverged one are skipped.
    /// A done stage whose state is gone but needed by a child is run again.
    Coordinator(const StageForest& forest, std::vector<StageStart> start, CoordinatorOptions options);
    std::vector<Outgoing> on_message(int from, const ToCoordinator& message, double now_s);
    /// To be called at held_until_s(), if nothing else came by then: what waited for stages that were about to end is handed out.
    std::vector<Outgoing> on_time(double now_s);
    double held_until_s() const noexcept;      // infinity: nothing is held back
    std::vector<Outgoing> on_stop();           // the stop file is there: StopNow to the busy, Leave to the idle
    /// Stages that others share: a stage elsewhere is over (`outcome` not stopped), or free again at `step` (stopped); a stage that runs
    /// here was taken over by others (its team is told to stop, and comes back with a claim that fails).
    std::vector<Outgoing> on_over_elsewhere(std::uint32_t stage, StageOutcome outcome, std::int64_t step, double now_s);
    std::vector<Outgoing> on_taken_over(std::uint32_t stage);
    std::vector<std::uint32_t> stages_elsewhere() const, stages_here() const;  // claimed by others; running on our ranks
    bool finished() const noexcept;            // nothing is running, here or elsewhere, and nothing can start: everybody was told to leave
    std::vector<CoordinatorEvent> take_events();
    /// Counts for progress. Done ones succeeded and are not to be run again; failed ones diverged, failed or were skipped.
    std::size_t stages_total() const noexcept, stages_done() const noexcept, stages_running() const noexcept, stages_failed() const noexcept;
    /// Of what ran or will run: skipped stages and the rest of failed ones don't count.
    double flops_total() const noexcept, flops_done() const noexcept;
    double tokens_per_second() const noexcept; // of all teams, from heartbeats; predicted for a team that has sent none yet
    bool stopped() const noexcept;             // told to stop before the last stage was over
    /// Predicted seconds from the start of this stage to the end of the last one below it, on teams of the planned widths.
    double critical_path_s(std::size_t stage) const noexcept;

  private:
    struct Book;
    std::shared_ptr<Book> book_;
};

}  // namespace overtake
