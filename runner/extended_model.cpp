#include "runner/extended_model.hpp"

#include <algorithm>
#include <cmath>

#include "runner/records.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/results/record_file.hpp"
#include "sweeps/results/state_file.hpp"

namespace overtake {

namespace {

/// The best individual that a search on the path found.
SearchIndividual found_by(const StageWork& work, const Stage& search) {
    const std::optional<StageRecord> record = read_record(work.folder, search.id);
    const SearchIndividual* best = record ? best_individual(record->individuals) : nullptr;
    if (best == nullptr) {
        throw IoError("cannot start stage '" + work.stage.id + "' (the record of the search '" + search.id +
                      "' is missing or damaged); remove that stage's folder to search again");
    }
    return *best;
}

}  // namespace

const SearchIndividual* best_individual(const std::vector<SearchIndividual>& individuals) {
    const SearchIndividual* best = nullptr;
    for (const SearchIndividual& individual : individuals) {
        if (std::isfinite(individual.loss) && (best == nullptr || individual.loss < best->loss)) {
            best = &individual;
        }
    }
    return best;
}

ExtensionConfig with_factors(ExtensionConfig extension, const SearchIndividual& found, SearchRound round) {
    Options& options = extension.options;
    if (round == SearchRound::short_factors) {
        options["short_factors"] = found.factors;
        return extension;
    }
    options["long_factors"] = found.factors;
    if (extension.method == "longrope2") {
        options["critical_pair"] = found.critical_pair;
    } else {
        options["n_hat"] = found.n_hat;
    }
    return extension;
}

std::optional<ExtensionConfig> extension_of(const StageWork& work) {
    const Stage& stage = work.stage;
    if (stage.kind == StageKind::train || stage.kind == StageKind::cooldown || !stage.config.extension) {
        return std::nullopt;
    }
    ExtensionConfig extension = *stage.config.extension;
    bool has_long = false, has_short = false;
    for (std::string id = stage.parent; !id.empty();) {
        const Stage& ancestor = work.forest.stages[work.forest.index_of(id)];
        const bool is_short = ancestor.round == SearchRound::short_factors;
        bool& known = is_short ? has_short : has_long;
        if (ancestor.kind == StageKind::search && !known) {
            extension = with_factors(std::move(extension), found_by(work, ancestor), ancestor.round);
            known = true;
        }
        id = ancestor.parent;
    }
    return extension;
}

ExtendedModel make_model(const StageWork& work) {
    const TrialConfig& config = work.stage.config;
    ExtendedModel made{Gpt(config.model, config.position, config.training.train_length, config.seed, config.training.precision, work.device), {}};
    const std::optional<ExtensionConfig> extension = extension_of(work);
    if (!extension || extension->method == "continue") {
        return made;
    }
    std::vector<std::string> before;
    for (const Parameter& parameter : made.model.parameters()) {
        before.push_back(parameter.name);
    }
    made.model.extend(*extension);
    for (const Parameter& parameter : made.model.parameters()) {
        if (std::find(before.begin(), before.end(), parameter.name) == before.end()) {
            made.added.push_back(parameter.name);
        }
    }
    return made;
}

StageState read_parent_state(const StageWork& work) {
    std::optional<LoadedState> parent = read_state_at(work.folder, work.stage.parent, work.stage.begin_step);
    if (!parent || parent->state.weights.empty()) {
        const bool aside = work.team.rank() == 0 && work.folder.member.empty() && set_damaged_states_aside(work.folder, work.stage.parent);
        throw IoError("cannot start stage '" + work.stage.id + "' (the state of its parent '" + work.stage.parent + "' is " +
                      (aside ? "damaged and was put aside; it is computed again)" : "missing, damaged or out of reach); if it stays so, remove its folder to compute it again"));
    }
    if (!parent->warning.empty() && work.team.rank() == 0) {
        say(parent->warning);
    }
    return std::move(parent->state);
}

}  // namespace overtake
