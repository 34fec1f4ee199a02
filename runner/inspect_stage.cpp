// A trained scheme out of a sweep folder: the position parameters of a checkpoint, in the scheme of its stage.
#include <algorithm>

#include <ATen/ATen.h>

#include "runner/inspect.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/remembered_data.hpp"
#include "sweeps/results/state_file.hpp"
#include "sweeps/spelling.hpp"
#include "sweeps/specification.hpp"
#include "sweeps/stage_forest.hpp"

namespace overtake {

namespace {

constexpr std::int64_t default_length = 64;

const Stage& find_stage(const StageForest& forest, const std::string& id, const SweepFolder& folder) {
    for (const Stage& stage : forest.stages) {
        if (stage.id == id) {
            return stage;
        }
    }
    std::vector<std::string_view> ids;
    for (const Stage& stage : forest.stages) {
        ids.push_back(stage.id);
    }
    throw ConfigError({{id, "is no stage of '" + folder.root.string() + "' (its folder stages has their names, unless the sweep file was changed)" +
                                did_you_mean(id, ids)}});
}

LoadedState load_state(const SweepFolder& folder, const Stage& stage) {
    const std::string& id = stage.kind == StageKind::evaluate ? stage.parent : stage.id;
    std::optional<LoadedState> loaded = read_state(folder, id);
    if (!loaded) {
        throw IoError("cannot inspect stage '" + stage.id + "' (there is no " + folder.state(id).string() +
                      ": the stage has not run, or its state was removed when it was done); set cluster.keep = \"all\" and run the sweep again");
    }
    return *std::move(loaded);
}

}  // namespace

Json inspect_stage(const std::string& id, const std::string& folder_name, std::int64_t length) {
    const SweepFolder folder{folder_name};
    const Specification specification = load_specification(folder.specification(), data_of(folder));
    const StageForest forest = grow_forest(specification.trials);
    const Stage& stage = find_stage(forest, id, folder);
    const LoadedState loaded = load_state(folder, stage);
    const TrialConfig& config = stage.config;

    PositionCase asked;
    asked.position = config.position;
    asked.extension = config.extension;
    asked.model = config.model;
    asked.train_length = config.training.train_length;
    asked.seed = config.seed;
    asked.placement.length = length > 0 ? length : std::min(config.training.train_length, default_length);
    const auto scheme = make_position_scheme(config.position, {.model = config.model, .options = {}, .train_length = asked.train_length});
    const StageState& state = loaded.state;
    for (const Parameter& parameter : scheme->parameters()) {
        const auto found = std::find(state.parameter_names.begin(), state.parameter_names.end(), parameter.name);
        const auto index = static_cast<std::size_t>(found - state.parameter_names.begin());
        if (found == state.parameter_names.end() ||
            state.parameter_offsets[index + 1] - state.parameter_offsets[index] != parameter.value.numel()) {
            throw IoError("cannot inspect stage '" + id + "' (its state has no " + parameter.name + " " + shape_text(parameter.value.sizes()) +
                          ": another version of the scheme wrote it); train it again");
        }
        const float* first = state.weights.data() + state.parameter_offsets[index];
        asked.parameters[parameter.name] =
            at::tensor(at::ArrayRef<float>(first, static_cast<std::size_t>(parameter.value.numel())), at::kDouble).view(parameter.value.sizes());
    }

    Json answer{{"stage", stage.id}, {"kind", name_of(stage.kind)}, {"size", config.size}, {"step", state.step}};
    answer.update(inspect_position(asked, InspectedLayers::all));
    if (!loaded.warning.empty()) {
        answer["warning"] = loaded.warning;
    }
    return answer;
}

}  // namespace overtake
