#include "sweeps/stage_forest.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "sweeps/canonical_text.hpp"
#include "sweeps/counts.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/position_rules.hpp"
#include "sweeps/position_schemes.hpp"
#include "sweeps/scored_positions.hpp"
#include "sweeps/stage_texts.hpp"

namespace overtake {

namespace {

constexpr std::size_t id_digits = 16;

/// Grows the forest trial by trial; trunk ends of all budgets are known before the first stage is made.
class Grower {
  public:
    explicit Grower(std::span<const TrialConfig> trials) {
        for (const TrialConfig& config : trials) {
            const std::int64_t end = config.total_steps - config.cooldown_steps();
            if (end > 0) {
                trunk_ends_[trunk_text(config).text("")].insert(end);
            }
        }
    }

    void add(const TrialConfig& config) {
        Trial trial;
        trial.text = canonical_text(config);
        trial.id = trial_id(trial.text);
        if (!trial_ids_.insert(trial.id).second) {
            return;
        }
        trial.cell = cell_of(config);
        trial.config = config;
        const std::int64_t trunk_end = config.total_steps - config.cooldown_steps();
        add_trunk(config, trunk_end, trial.path);
        if (trunk_end < config.total_steps) {
            add_cooldown(config, trunk_end, trial.path);
        }
        trial.path_flops = static_cast<double>(config.tokens()) *
                           training_flops_per_token(config.model, config.position, config.training.train_length);
        const std::int64_t end = config.extension ? add_extension(config, trial) : config.total_steps;
        add_evaluation(config, end, trial.path);
        forest.trials.push_back(std::move(trial));
    }

    StageForest forest;

  private:
    void add_trunk(const TrialConfig& config, std::int64_t trunk_end, std::vector<std::string>& path) {
        const auto ends = trunk_ends_.find(trunk_text(config).text(""));
        if (ends == trunk_ends_.end()) {
            return;
        }
        std::int64_t begin = 0;
        for (const std::int64_t end : ends->second) {
            if (end > trunk_end) {
                break;
            }
            CanonicalText text = trunk_text(config);
            text.set("kind", name_of(StageKind::train));
            text.set("end_step", end);
            add_stage(stage_of(StageKind::train, begin, end, config), text, path);
            begin = end;
        }
    }

    void add_cooldown(const TrialConfig& config, std::int64_t begin, std::vector<std::string>& path) {
        CanonicalText text = trunk_text(config);
        text.set("kind", name_of(StageKind::cooldown));
        text.set("parent", path.empty() ? std::string() : path.back());
        text.set("begin_step", begin);
        text.set("end_step", config.total_steps);
        add_stage(stage_of(StageKind::cooldown, begin, config.total_steps, config), text, path);
    }

    /// Searches and tuning of the extension, where it has any; answers the steps done after them.
    std::int64_t add_extension(const TrialConfig& config, Trial& trial) {
        const ExtensionConfig& extension = *config.extension;
        if (!extension.tune && !extension.search) {
            return config.total_steps;
        }
        const double last = number_option(extension.options, "factor"), first = config.tuned_factor();
        const bool two = first < last;
        std::int64_t step = config.total_steps;
        if (extension.search) {
            add_search(config, two ? SearchRound::first : SearchRound::only, first, step, trial);
        }
        if (extension.tune) {
            add_tuning(config, first, step, trial);
            step += extension.tune->steps;
        }
        if (extension.search && two) {
            add_search(config, SearchRound::second, last, step, trial);
        }
        if (extension.search && flag_option(extension.search->options, "search_short")) {
            add_search(config, SearchRound::short_factors, last, step, trial);
        }
        return step;
    }

    /// A search knows its own factor alone, so that trials which go on differently share it.
    void add_search(const TrialConfig& config, SearchRound round, double factor, std::int64_t step, Trial& trial) {
        Stage stage = stage_of(StageKind::search, step, step, config);
        stage.round = round;
        stage.context_length = round == SearchRound::short_factors ? config.training.train_length : config.extended_length(factor);
        stage.config.extension->options["factor"] = factor;
        SearchConfig search = *config.extension->search;
        search.options.erase("search_first_factor");
        search.options.erase("search_short");
        CanonicalText text = child_text(StageKind::search, trial.path);
        text.set("search.round", name_of(round == SearchRound::first ? SearchRound::only : round));
        set_extension(text, *stage.config.extension);
        set_search(text, search);
        set_sampler_in_evaluation(text, config);
        trial.path_flops += add_stage(std::move(stage), text, trial.path);
    }

    void add_tuning(const TrialConfig& config, double factor, std::int64_t begin, Trial& trial) {
        Stage stage = stage_of(StageKind::extend, begin, begin + config.extension->tune->steps, config);
        stage.context_length = config.extended_length(factor);
        stage.config.extension->options["factor"] = factor;
        CanonicalText text = child_text(StageKind::extend, trial.path);
        set_extension(text, *stage.config.extension);
        set_tuning(text, *config.extension->tune);
        trial.path_flops += add_stage(std::move(stage), text, trial.path);
    }

    void add_evaluation(const TrialConfig& config, std::int64_t step, std::vector<std::string>& path) {
        Stage stage = stage_of(StageKind::evaluate, step, step, config);
        stage.context_length = 0;
        CanonicalText text = child_text(StageKind::evaluate, path);
        set_evaluation(text, config.evaluation, config.possible_lengths());
        set_windows(text, config);
        set_sampler_in_evaluation(text, config);
        set_sampler_in_measures(text, config);
        if (config.extension) {
            set_extension(text, *config.extension);
        }
        add_stage(std::move(stage), text, path);
    }

    /// A stage of the trial, without its place in the forest.
    static Stage stage_of(StageKind kind, std::int64_t begin, std::int64_t end, const TrialConfig& config) {
        Stage stage;
        stage.kind = kind;
        stage.begin_step = begin;
        stage.end_step = end;
        stage.context_length = config.training.train_length;
        stage.config = config;
        stage.provisional = config.data.digest.empty();
        return stage;
    }

    /// What every stage that says all else by its parent begins with.
    static CanonicalText child_text(StageKind kind, const std::vector<std::string>& path) {
        CanonicalText text;
        text.set("numerics", numerics_version);
        text.set("kind", name_of(kind));
        text.set("parent", path.back());
        return text;
    }

    /// Appends the stage to the path, and to the forest unless it is there; answers its FLOPs.
    double add_stage(Stage stage, const CanonicalText& text, std::vector<std::string>& path) {
        stage.text = text.text("overtake stage v1");
        stage.id = sha256_hex(stage.text, id_digits);
        stage.parent = path.empty() ? std::string() : path.back();
        path.push_back(stage.id);
        set_cost(stage);
        const double flops = stage.flops;
        if (stage_ids_.insert(stage.id).second) {
            forest.stages.push_back(std::move(stage));
        }
        return flops;
    }

    static void set_cost(Stage& stage) {
        const TrialConfig& config = stage.config;
        if (is_training(stage.kind)) {
            stage.tokens = (stage.end_step - stage.begin_step) * config.training.batch_tokens();
            stage.flops = static_cast<double>(stage.tokens) *
                          training_flops_per_token(config.model, config.position, stage.context_length);
            return;
        }
        if (stage.kind == StageKind::search) {
            const SearchConfig& search = *config.extension->search;
            stage.tokens = search_evaluations(search) * search_windows(search) * stage.context_length;
            stage.flops = static_cast<double>(stage.tokens) *
                          forward_flops_per_token(config.model, config.position, stage.context_length);
            return;
        }
        const EvaluationCost cost = evaluation_cost(config);
        stage.tokens = cost.tokens;
        stage.flops = cost.flops;
    }

    std::map<std::string, std::set<std::int64_t>> trunk_ends_;
    std::unordered_set<std::string> stage_ids_;
    std::unordered_set<std::string> trial_ids_;
};

}  // namespace

std::string_view name_of(StageKind kind) {
    switch (kind) {
        case StageKind::train:
            return "train";
        case StageKind::cooldown:
            return "cooldown";
        case StageKind::search:
            return "search";
        case StageKind::extend:
            return "extend";
        case StageKind::evaluate:
            return "evaluate";
    }
    return "";
}

bool is_training(StageKind kind) {
    return kind == StageKind::train || kind == StageKind::cooldown || kind == StageKind::extend;
}

std::size_t StageForest::index_of(std::string_view stage_id) const {
    const auto found =
        std::find_if(stages.begin(), stages.end(), [&](const Stage& stage) { return stage.id == stage_id; });
    expects(found != stages.end(), "the stage is in the forest");
    return static_cast<std::size_t>(found - stages.begin());
}

std::string canonical_text(const TrialConfig& config) {
    CanonicalText text = shared_text(config);
    set_position(text, config);
    set_sampler_in_evaluation(text, config);
    set_sampler_in_measures(text, config);
    if (config.extension) {
        set_extension(text, *config.extension);
        if (config.extension->tune) {
            set_tuning(text, *config.extension->tune);
        }
        if (config.extension->search) {
            set_search(text, *config.extension->search);
        }
    }
    set_budget(text, config);
    return text.text("overtake trial v1");
}

std::string trial_id(std::string_view canonical) {
    return sha256_hex(canonical, id_digits);
}

StageForest grow_forest(std::span<const TrialConfig> trials) {
    Grower grower(trials);
    for (const TrialConfig& config : trials) {
        grower.add(config);
    }
    return std::move(grower.forest);
}

}  // namespace overtake
