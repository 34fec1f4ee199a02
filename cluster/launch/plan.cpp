// Counting, and printing what was counted.
#include "cluster/launch/plan.hpp"

#include <algorithm>
#include <ostream>

#include <nlohmann/json.hpp>

#include "cluster/launch/budget.hpp"
#include "cluster/launch/progress.hpp"
#include "cluster/launch/tune.hpp"
#include "sweeps/counts.hpp"
#include "sweeps/quantity.hpp"

namespace overtake {

namespace {

constexpr std::size_t new_stages_shown = 24;

double saved_percent(double shared, double independent) { return independent > 0 ? 100 * (1 - shared / independent) : 0; }

void count_sharing(const SweepView& view, SweepPlan& plan) {
    std::map<std::string_view, const Stage*> by_id;
    for (const Stage& stage : view.forest.stages) {
        by_id.emplace(stage.id, &stage);
        plan.flops += stage.flops;
        plan.tokens += is_training(stage.kind) ? stage.tokens : 0;
        plan.flops_by_kind[std::string(name_of(stage.kind))] += stage.flops;
    }
    for (const Trial& trial : view.forest.trials) {
        for (const std::string& id : trial.path) {
            const Stage& stage = *by_id.at(id);
            plan.flops_independent += stage.flops;
            plan.tokens_independent += is_training(stage.kind) ? stage.tokens : 0;
        }
    }
}

void count_parameters_of(const SweepView& view, SweepPlan& plan) {
    for (const TrialConfig& config : view.specification.trials) {
        const ParameterCounts counts = count_parameters(config.model, config.position, config.training.train_length);
        const bool first = plan.parameters_most == 0;
        plan.parameters_least = first ? counts.total() : std::min(plan.parameters_least, counts.total());
        plan.parameters_most = std::max(plan.parameters_most, counts.total());
        plan.backbone_least = first ? counts.backbone : std::min(plan.backbone_least, counts.backbone);
        plan.backbone_most = std::max(plan.backbone_most, counts.backbone);
        if (config.data.train_tokens > 0) {
            plan.epochs_most = std::max(plan.epochs_most, static_cast<double>(config.tokens()) / static_cast<double>(config.data.train_tokens));
        }
    }
}

/// Of what a forest has left.
using SecondsLeft = std::function<double(const StageForest& forest, const std::vector<std::optional<StageStatus>>& status)>;

SecondsLeft seconds_left(const SweepView& view, const Calibration& calibration, std::int64_t ranks, const MakespanPrediction& predict) {
    return [&view, &calibration, ranks, &predict](const StageForest& forest, const std::vector<std::optional<StageStatus>>& status) {
        if (!predict) {
            return predicted_seconds_left(forest, status, calibration, ranks);
        }
        std::vector<bool> done;
        for (const auto& each : status) {
            done.push_back(each.has_value());
        }
        return predict(forest, done, static_cast<int>(ranks), static_cast<int>(view.specification.cluster.max_width),
                       [&](std::size_t stage, int width) { return predicted_seconds(forest.stages[stage], calibration, width); });
    };
}

SweepPlan::Tuning count(const StageForest& forest, const std::vector<std::optional<StageStatus>>& status, const SecondsLeft& left) {
    SweepPlan::Tuning counted{forest.trials.size(), forest.stages.size()};
    for (std::size_t i = 0; i < forest.stages.size(); ++i) {
        const Stage& stage = forest.stages[i];
        counted.stages_done += status[i] ? 1 : 0;
        counted.tokens += is_training(stage.kind) ? stage.tokens : 0;
        counted.flops += stage.flops;
    }
    counted.seconds = counted.stages_done < counted.stages ? left(forest, status) : 0;
    return counted;
}

void count_tuning(const SweepView& view, SweepPlan& plan, const SecondsLeft& left) {
    if (!view.specification.tuning) {
        return;
    }
    const TuningViews views = tuning_views(view);
    plan.tuning = count(views.round.forest, views.round.status, left);
    plan.tuning_check = count(views.check, views.check_status, left);
    plan.provisional = plan.provisional || view.specification.tuning->phase == TuningPhase::planned;
}

nlohmann::ordered_json to_json(const SweepPlan::Tuning& tuning) {
    return {{"trials", tuning.trials}, {"stages", tuning.stages}, {"stages_done", tuning.stages_done}, {"tokens", tuning.tokens}, {"flops", tuning.flops}, {"predicted_hours", tuning.seconds / 3600}};
}

void print(std::ostream& out, const char* heading, const SweepPlan::Tuning& tuning) {
    if (tuning.trials > 0) {
        out << heading << tuning.trials << " trials, " << tuning.stages << " stages (" << tuning.stages_done << " done), "
            << short_number(static_cast<double>(tuning.tokens)) << " tokens, " << flops_text(tuning.flops) << ", " << duration_text(tuning.seconds) << ", apart from the above\n";
    }
}

std::string scheme_of(const Stage& stage) {
    const bool extended = stage.config.extension && stage.kind != StageKind::train && stage.kind != StageKind::cooldown;
    return stage.config.position.scheme + (extended ? "+" + stage.config.extension->method : "");
}

}  // namespace

double SweepPlan::tokens_shared_percent() const { return saved_percent(static_cast<double>(tokens), static_cast<double>(tokens_independent)); }
double SweepPlan::flops_shared_percent() const { return saved_percent(flops, flops_independent); }

std::vector<Problem> problems_of_budget(const SweepView& view, const SweepPlan& plan) {
    const double budget = view.specification.cluster.budget_gpu_hours;
    const double tuning_s = plan.tuning.seconds + plan.tuning_check.seconds, seconds = plan.seconds + tuning_s;
    const double wanted = seconds / 3600 * static_cast<double>(plan.ranks);
    if (budget <= 0 || wanted <= budget) {
        return {};
    }
    return {{"cluster.budget_gpu_hours", "the sweep needs about " + short_number(wanted) + " rank hours (" + duration_text(seconds) + " on " +
                                             std::to_string(plan.ranks) + " ranks" + (tuning_s > 0 ? ", " + duration_text(tuning_s) + " of it tuning" : "") + ") and the budget is " + short_number(budget) +
                                             "; make the grid smaller, or raise the budget"}};
}

void refuse_over_budget(const std::filesystem::path& sweep, const std::filesystem::path& folder, const MakespanPrediction& predict) {
    if (load_specification(sweep).cluster.budget_gpu_hours <= 0) {
        return;
    }
    const SweepView view = look_at_sweep(sweep, folder);
    const std::vector<Problem> problems = problems_of_budget(view, make_plan(view, find_calibration(view), view.specification.cluster.ranks, predict));
    if (!problems.empty()) {
        throw ConfigError(problems);
    }
}

SweepPlan make_plan(const SweepView& view, const Calibration& calibration, std::int64_t ranks, const MakespanPrediction& predict) {
    SweepPlan plan;
    plan.name = view.specification.name;
    plan.folder = view.folder.root.string();
    plan.trials = view.forest.trials.size();
    plan.stages = view.forest.stages.size();
    plan.notes = view.specification.notes;
    plan.ranks = ranks;
    plan.calibration = calibration;
    for (std::size_t i = 0; i < view.forest.stages.size(); ++i) {
        const Stage& stage = view.forest.stages[i];
        plan.stages_by_kind[std::string(name_of(stage.kind))] += 1;
        plan.provisional = plan.provisional || stage.provisional;
        if (view.status[i]) {
            plan.stages_done += 1;
            plan.stages_failed += *view.status[i] == StageStatus::done ? 0 : 1;
        } else {
            plan.new_stages.push_back(stage);
            plan.flops_left += stage.flops;
        }
    }
    count_sharing(view, plan);
    count_parameters_of(view, plan);
    const SecondsLeft left = seconds_left(view, calibration, ranks, predict);
    count_tuning(view, plan, left);
    plan.disk = disk_bytes(view, ranks);
    plan.memory_per_rank = memory_bytes_per_rank(view);
    plan.seconds = left(view.forest, view.status) + (plan.new_stages.empty() ? 0 : calibration.launch_seconds);
    return plan;
}

std::string to_json_text(const SweepPlan& plan) {
    nlohmann::ordered_json json{
        {"name", plan.name},
        {"folder", plan.folder},
        {"trials", plan.trials},
        {"stages", plan.stages},
        {"stages_by_kind", plan.stages_by_kind},
        {"stages_done", plan.stages_done},
        {"stages_failed", plan.stages_failed},
        {"stages_new", plan.new_stages.size()},
        {"parameters", {plan.parameters_least, plan.parameters_most}},
        {"parameters_backbone", {plan.backbone_least, plan.backbone_most}},
        {"tokens", plan.tokens},
        {"tokens_independent", plan.tokens_independent},
        {"tokens_shared_percent", plan.tokens_shared_percent()},
        {"flops", plan.flops},
        {"flops_independent", plan.flops_independent},
        {"flops_shared_percent", plan.flops_shared_percent()},
        {"flops_left", plan.flops_left},
        {"flops_by_kind", plan.flops_by_kind},
        {"epochs", plan.epochs_most},
        {"ranks", plan.ranks},
        {"predicted_hours", plan.seconds / 3600},
        {"flops_per_second", plan.calibration.flops_per_second},
        {"calibration", plan.calibration.source},
        {"disk_bytes", plan.disk},
        {"memory_bytes_per_rank", plan.memory_per_rank},
        {"provisional", plan.provisional},
        {"notes", plan.notes},
        {"tuning", to_json(plan.tuning)},
        {"tuning_check", to_json(plan.tuning_check)},
    };
    auto& list = json["new"] = nlohmann::ordered_json::array();
    for (const Stage& stage : plan.new_stages) {
        list.push_back({{"id", stage.id},
                        {"parent", stage.parent},
                        {"kind", name_of(stage.kind)},
                        {"scheme", scheme_of(stage)},
                        {"size", stage.config.size},
                        {"seed", stage.config.seed},
                        {"begin_step", stage.begin_step},
                        {"steps", stage.end_step - stage.begin_step},
                        {"tokens", stage.tokens},
                        {"flops", stage.flops}});
    }
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";  // paths need not be UTF-8
}

void print(std::ostream& out, const SweepPlan& plan) {
    const auto percent = [](double value) { return std::to_string(static_cast<int>(value + 0.5)) + " %"; };
    out << "sweep       " << plan.name << " in " << plan.folder << '\n';
    out << "trials      " << grouped(static_cast<std::int64_t>(plan.trials)) << '\n';
    out << "stages      " << grouped(static_cast<std::int64_t>(plan.stages)) << " (";
    const char* separator = "";
    for (const auto& [kind, count] : plan.stages_by_kind) {
        out << separator << count << ' ' << kind;
        separator = ", ";
    }
    out << "); " << plan.stages_done << " done";
    if (plan.stages_failed > 0) {
        out << " (" << plan.stages_failed << " of them failed)";
    }
    out << ", " << plan.new_stages.size() << " new\n";
    out << "parameters  " << short_number(static_cast<double>(plan.parameters_least)) << " to " << short_number(static_cast<double>(plan.parameters_most))
        << ", without embedding and position " << short_number(static_cast<double>(plan.backbone_least)) << " to "
        << short_number(static_cast<double>(plan.backbone_most)) << '\n';
    out << "tokens      " << short_number(static_cast<double>(plan.tokens)) << "; sharing saves " << percent(plan.tokens_shared_percent()) << " of "
        << short_number(static_cast<double>(plan.tokens_independent)) << '\n';
    out << "compute     " << flops_text(plan.flops) << "; sharing saves " << percent(plan.flops_shared_percent()) << " of "
        << flops_text(plan.flops_independent) << '\n';
    if (plan.flops_by_kind.contains("search") || plan.flops_by_kind.contains("extend")) {
        out << "            of it";
        const char* comma = " ";
        for (const auto& [kind, flops] : plan.flops_by_kind) {
            out << comma << kind << ' ' << percent(100 * flops / plan.flops);
            comma = ", ";
        }
        out << '\n';
    }
    if (plan.epochs_most > 0) {
        out << "epochs      at most " << short_number(plan.epochs_most) << '\n';
    }
    out << "disk        " << bytes_text(plan.disk) << " for what is new\n";
    out << "memory      " << bytes_text(plan.memory_per_rank) << " per rank (an estimate)\n";
    out << "time        " << duration_text(plan.seconds) << " on " << plan.ranks << (plan.ranks == 1 ? " rank (" : " ranks (") << plan.calibration.source << ")\n";
    print(out, "tuning      ", plan.tuning);
    print(out, "its check   ", plan.tuning_check);
    for (const std::string& note : plan.notes) {
        out << "note        " << note << '\n';
    }
    if (!plan.new_stages.empty()) {
        out << "new stages:\n";
    }
    for (std::size_t i = 0; i < std::min(plan.new_stages.size(), new_stages_shown); ++i) {
        const Stage& stage = plan.new_stages[i];
        out << "  " << stage.id << "  " << name_of(stage.kind) << "  " << scheme_of(stage) << "  " << stage.config.size << "  seed " << stage.config.seed
            << "  steps " << stage.begin_step << " to " << stage.end_step << '\n';
    }
    if (plan.new_stages.size() > new_stages_shown) {
        out << "  and " << plan.new_stages.size() - new_stages_shown << " more (--json lists all)\n";
    }
}

}  // namespace overtake
