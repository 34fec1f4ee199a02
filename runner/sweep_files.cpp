#include "runner/sweep_files.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include "cluster/comm/mpi_environment.hpp"
#include "runner/records.hpp"
#include "sweeps/results/record_file.hpp"
#include "sweeps/results/state_file.hpp"
#include "sweeps/run_lines.hpp"

namespace overtake {

namespace {

constexpr std::int64_t strikes_that_fail = 3;
constexpr auto no_parent = static_cast<std::size_t>(-1);

std::string in_words(const Strike& strike) {
    const std::string times = std::to_string(strike.count) + " times";
    return !strike.reason.empty()         ? strike.reason + ", the last of " + std::to_string(strike.count) + " deaths"
           : strike.hangs == 0            ? "its ranks died " + times
           : strike.hangs == strike.count ? "its ranks hung " + times
                                          : "its ranks died or hung " + times + " (hung: " + std::to_string(strike.hangs) + ")";
}

void fail_by_strikes(const SweepFolder& folder, const Stage& stage, const Strike& strike) {
    StageRecord record;
    record.id = stage.id;
    record.parent = stage.parent;
    record.kind = name_of(stage.kind);
    record.text = stage.text;
    record.status = StageStatus::failed;
    record.reason = in_words(strike) + " without passing step " + std::to_string(strike.step);
    record.end_step = strike.step;
    record.provenance.host = MpiEnvironment::host();
    record.provenance.version = OVERTAKE_VERSION;
    record.provenance.attempts = strike.count;
    write_record_once(folder, record);
}

}  // namespace

std::vector<StageStart> look_up_stages(const SweepFolder& folder, const StageForest& forest) {
    std::map<std::string, Strike> strikes;
    for (Strike& strike : read_strikes(folder.strikes())) {
        strikes[strike.stage] = strike;
    }
    std::vector<StageStart> start(forest.stages.size());
    for (std::size_t i = 0; i < forest.stages.size(); ++i) {
        const Stage& stage = forest.stages[i];
        StageStart& look = start[i];
        look.step = stage.begin_step;
        std::optional<StageStatus> status = read_record_status(folder, stage.id);
        std::int64_t at_step = -1;
        if (std::filesystem::exists(folder.state(stage.id)) || std::filesystem::exists(folder.previous_state(stage.id))) {
            if (status == StageStatus::done && stage.kind != StageKind::evaluate && has_end_state(folder, stage.id, stage.end_step, stage.kind == StageKind::search)) {
                look.has_state = true;
                at_step = stage.end_step;
            } else if (const auto state = read_state(folder, stage.id)) {
                at_step = state->state.step;
                look.attempts = state->state.attempts;
            }
        }
        const auto strike = strikes.find(stage.id);
        if (!status && strike != strikes.end() && strike->second.count >= strikes_that_fail) {
            say("stage '" + stage.id + "' is given up (" + in_words(strike->second) + ")");
            fail_by_strikes(folder, stage, strike->second);
            status = StageStatus::failed;
        }
        if (strike != strikes.end()) {
            look.last = strike->second.count + 1 >= strikes_that_fail && !strike->second.reason.empty();
        }
        look.done = status.has_value();
        look.succeeded = status == StageStatus::done;
        look.has_state = look.has_state || (status != StageStatus::done && at_step == stage.end_step);
        look.step = std::max(look.step, at_step);
    }
    return start;
}

StateKeeper::StateKeeper(const SweepFolder& folder, const StageForest& forest, Keep keep, const std::vector<StageStart>& start)
    : folder_(folder), forest_(forest), keep_(keep), parent_(forest.stages.size(), no_parent), open_children_(forest.stages.size(), 0), is_counted_(forest.stages.size(), false) {
    for (std::size_t i = 0; i < forest.stages.size(); ++i) {
        if (!forest.stages[i].parent.empty()) {
            parent_[i] = forest.index_of(forest.stages[i].parent);
            is_counted_[i] = !start[i].done;
            open_children_[parent_[i]] += is_counted_[i] ? 1 : 0;
        }
    }
}

void StateKeeper::on_stage_over(std::size_t stage) {
    const std::size_t parent = parent_[stage];
    if (parent == no_parent || !is_counted_[stage] || open_children_[parent] == 0 || --open_children_[parent] > 0 || keep_ == Keep::all) {
        return;
    }
    const StageKind kind = forest_.stages[parent].kind;
    if (kind != StageKind::train || keep_ == Keep::none) {
        remove_states(folder_, forest_.stages[parent].id);
    }
}

}  // namespace overtake
