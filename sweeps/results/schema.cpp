#include "sweeps/results/schema.hpp"

#include <array>
#include <string>

namespace overtake {

namespace {

using enum h5::Type;

constexpr std::array<std::string_view, 12> groups{"/trials", "/paths",     "/stages",   "/curves",     "/evaluations",
                                                  "/tasks",  "/structure", "/searches", "/sweep_text", "/claims", "/stage_texts", "/trial_texts"};

constexpr std::string_view trial = "/trials/trial", length = "/trials/context_length";
constexpr std::string_view paths_trial = "/paths/trial", path_point = "/paths/path_point";
constexpr std::string_view stage = "/stages/stage";
constexpr std::string_view curves_stage = "/curves/stage", point = "/curves/point";
constexpr std::string_view evaluation = "/evaluations/evaluation", bin = "/evaluations/bin";
constexpr std::string_view task_row = "/tasks/task_row";
constexpr std::string_view series = "/structure/series", sample = "/structure/sample";
constexpr std::string_view individual = "/searches/individual", pair = "/searches/pair";
constexpr std::string_view sweep_byte = "/sweep_text/byte";
constexpr std::string_view claims_byte = "/claims/byte";
constexpr std::string_view texts_stage = "/stage_texts/stage", stage_byte = "/stage_texts/byte";
constexpr std::string_view texts_trial = "/trial_texts/trial", trial_byte = "/trial_texts/byte";
constexpr std::string_view nats = "nat token-1";

constexpr std::array dimensions{
    Dimension{trial, false},       Dimension{length, true},       Dimension{paths_trial, false},
    Dimension{path_point, false},  Dimension{stage, false},       Dimension{curves_stage, false},
    Dimension{point, false},       Dimension{evaluation, false},  Dimension{bin, false},
    Dimension{task_row, false},
    Dimension{claims_byte, false},
    Dimension{sweep_byte, false},  Dimension{texts_stage, false}, Dimension{stage_byte, false},
    Dimension{texts_trial, false}, Dimension{trial_byte, false},  Dimension{individual, false},
    Dimension{pair, false},        Dimension{series, false},      Dimension{sample, false},
};

constexpr std::array ragged_arrays{
    RaggedArray{"/paths/row_size", path_point},       RaggedArray{"/curves/row_size", point},
    RaggedArray{"/evaluations/row_size", bin},        RaggedArray{"/stage_texts/row_size", stage_byte},
    RaggedArray{"/trial_texts/row_size", trial_byte}, RaggedArray{"/searches/row_size", pair},
    RaggedArray{"/structure/row_size", sample},
};

constexpr std::array columns{
    Column{length, int64, length, "", "token", "context length of an evaluation"},
    Column{"/trials/id", text, trial, "", "", "id of the trial"},
    Column{"/trials/cell", text, trial, "", "", "cell: equal for trials that differ in position scheme and seed only"},
    Column{"/trials/size", text, trial, "", "", "model size as written in the sweep"},
    Column{"/trials/scheme", text, trial, "", "", "position scheme, with its extension"},
    Column{"/trials/scheme_class", text, trial, "", "", "class of the position scheme"},
    Column{"/trials/options", text, trial, "", "", "options of the scheme and of its extension"},
    Column{"/trials/seed", int64, trial, "", "1", "seed"},
    Column{"/trials/train_length", int64, trial, "", "token", "context length in training"},
    Column{"/trials/learning_rate_multiplier", float64, trial, "", "1", "multiplier of the learning rate, the axis"},
    Column{"/trials/tuning", text, trial, "", "", "what [tune] found for the scheme: none, tuned or untuned"},
    Column{"/trials/parameters_backbone", int64, trial, "", "1", "trained numbers without embeddings and position, N"},
    Column{"/trials/parameters_embedding", int64, trial, "", "1",
           "trained numbers of token embedding and untied output head"},
    Column{"/trials/parameters_position", int64, trial, "", "1", "trained numbers of the position scheme"},
    Column{"/trials/parameters_total", int64, trial, "", "1", "trained numbers"},
    Column{"/trials/tokens", int64, trial, "", "token", "training tokens, D"},
    Column{"/trials/flops", float64, trial, "", "1",
           "floating-point operations of the whole path, as if nothing were shared"},
    Column{"/trials/six_nd", float64, trial, "", "1", "six times backbone parameters times tokens"},
    Column{"/trials/seconds", float64, trial, "", "s", "wall time of the path's stages, as measured"},
    Column{"/trials/unique_tokens", int64, trial, "", "token", "distinct tokens among the training tokens"},
    Column{"/trials/epochs", float64, trial, "", "1", "passes over the training split; 0 if its size is unknown"},
    Column{"/trials/status", text, trial, "", "", "done, diverged, failed or unfinished"},
    Column{"/trials/reason", text, trial, "", "", "why it is not done"},
    Column{"/trials/final_train_loss", float64, trial, "", nats, "training loss at the last point of the curve", true},
    Column{"/trials/loss", float64, trial, length, nats, "held-out loss", true},
    Column{"/trials/loss_beyond_train", float64, trial, length, nats,
           "held-out loss at positions beyond the training length", true},
    Column{"/trials/standard_error", float64, trial, length, nats, "standard error of the held-out loss, over windows",
           true},
    Column{"/paths/row_size", int64, paths_trial, "", "1", "number of stages on the trial's path"},
    Column{"/paths/stage_id", text, path_point, "", "", "id of a stage, from the root to the evaluation"},
    Column{"/paths/stage", int64, path_point, "", "1", "index of that stage in /stages; -1 while it has no record"},
    Column{"/stages/id", text, stage, "", "", "id of the stage"},
    Column{"/stages/parent", text, stage, "", "", "id of the stage that it starts from"},
    Column{"/stages/kind", text, stage, "", "", "train, cooldown, search, extend or evaluate"},
    Column{"/stages/status", text, stage, "", "", "done, diverged or failed"},
    Column{"/stages/reason", text, stage, "", "", "why it is not done"},
    Column{"/stages/end_step", int64, stage, "", "1", "step that it reached, since the root of the path"},
    Column{"/stages/host", text, stage, "", "", "host of the team's first rank"},
    Column{"/stages/version", text, stage, "", "", "version of the program"},
    Column{"/stages/device", text, stage, "", "", "device"},
    Column{"/stages/started_utc", text, stage, "", "", "start of the last attempt, UTC"},
    Column{"/stages/finished_utc", text, stage, "", "", "end, UTC"},
    Column{"/stages/attempts", int64, stage, "", "1", "attempts"},
    Column{"/stages/team_width", int64, stage, "", "1", "ranks that ran it together"},
    Column{"/stages/seconds", float64, stage, "", "s", "wall time over all attempts"},
    Column{"/stages/tokens_per_second", float64, stage, "", "token s-1", "throughput"},
    Column{"/stages/alone", uint8, stage, "", "1", "1 if no other team ran on this host meanwhile"},
    Column{"/curves/row_size", int64, curves_stage, "", "1", "number of points of the stage's curve"},
    Column{"/curves/step", int64, point, "", "1", "steps done since the root of the path"},
    Column{"/curves/tokens", int64, point, "", "token", "tokens seen since the root of the path"},
    Column{"/curves/flops", float64, point, "", "1", "floating-point operations since the root of the path"},
    Column{"/curves/train_loss", float32, point, "", nats, "training loss, mean since the point before", true},
    Column{"/curves/learning_rate", float32, point, "", "1", "learning rate of the last step"},
    Column{"/curves/gradient_norm", float32, point, "", "1",
           "gradient norm before clipping, mean since the point before", true},
    Column{"/curves/seconds", float64, point, "", "s", "wall time of the stage so far"},
    Column{"/evaluations/stage", int64, evaluation, "", "1", "index of the stage in /stages"},
    Column{"/evaluations/context_length", int64, evaluation, "", "token", "context length"},
    Column{"/evaluations/tokens", int64, evaluation, "", "token", "target tokens behind the mean"},
    Column{"/evaluations/loss", float64, evaluation, "", nats, "held-out loss", true},
    Column{"/evaluations/standard_error", float64, evaluation, "", nats, "standard error over windows", true},
    Column{"/evaluations/loss_beyond_train", float64, evaluation, "", nats,
           "held-out loss at positions beyond the training length", true},
    Column{"/evaluations/row_size", int64, evaluation, "", "1", "number of position bins of the evaluation"},
    Column{"/evaluations/position_begin", int64, bin, "", "token", "first target position of the bin in its window"},
    Column{"/evaluations/position_loss", float64, bin, "", nats, "held-out loss in the bin", true},
    Column{"/tasks/stage", int64, task_row, "", "1", "index of the stage in /stages"},
    Column{"/tasks/task", text, task_row, "", "", "name of the task"},
    Column{"/tasks/metric", text, task_row, "", "", "what the value is"},
    Column{"/tasks/context_length", int64, task_row, "", "token", "context length"},
    Column{"/tasks/depth", float64, task_row, "", "1", "share of the filler before the needle", true},
    Column{"/tasks/lag", int64, task_row, "", "token", "from what is recalled to where it is asked for; -1 if there is none"},
    Column{"/tasks/samples", int64, task_row, "", "1", "windows behind the mean"},
    Column{"/tasks/value", float64, task_row, "", "1", "value in the unit of the metric", true},
    Column{"/tasks/standard_error", float64, task_row, "", "1", "standard error over windows, in the unit of the metric", true},
    Column{"/structure/stage", int64, series, "", "1", "index of the stage in /stages"},
    Column{"/structure/kind", text, series, "", "", "what the curve shows"},
    Column{"/structure/source", text, series, "", "", "what of the scheme it was taken from"},
    Column{"/structure/family", text, series, "", "", "fitted family of a bias"},
    Column{"/structure/layer", int64, series, "", "1", "layer; -1 if all share it"},
    Column{"/structure/head", int64, series, "", "1", "head; -1 if all share it"},
    Column{"/structure/row_size", int64, series, "", "1", "number of samples of the curve"},
    Column{"/structure/x", float64, sample, "", "1", "frequency, pair, lag or position, by kind"},
    Column{"/structure/value", float64, sample, "", "1", "value in the unit of the kind"},
    Column{"/searches/stage", int64, individual, "", "1", "index of the stage in /stages"},
    Column{"/searches/iteration", int64, individual, "", "1", "generation of the search, or gradient step"},
    Column{"/searches/origin", text, individual, "", "", "seed, mutation, crossover, refinement or gradient"},
    Column{"/searches/loss", float64, individual, "", nats, "loss of the search's windows under these factors", true},
    Column{"/searches/n_hat", int64, individual, "", "token", "positions below it keep the trained angles"},
    Column{"/searches/critical_pair", int64, individual, "", "1", "first pair with a factor of its own"},
    Column{"/searches/row_size", int64, individual, "", "1", "number of factors of the individual"},
    Column{"/searches/factor", float64, pair, "", "1", "rescale factor of the pair's wavelength"},
    Column{"/sweep_text/text", uint8, sweep_byte, "", "", "the sweep's TOML file, UTF-8"},
    Column{"/claims/text", uint8, claims_byte, "", "", "claims as they were frozen, oldest first, JSON"},
    Column{"/stage_texts/row_size", int64, texts_stage, "", "1", "bytes of the stage's text"},
    Column{"/stage_texts/text", uint8, stage_byte, "", "", "canonical text of each stage, UTF-8"},
    Column{"/trial_texts/row_size", int64, texts_trial, "", "1", "bytes of the trial's text"},
    Column{"/trial_texts/text", uint8, trial_byte, "", "", "canonical text of each trial, UTF-8"},
};

}  // namespace

std::span<const std::string_view> results_groups() {
    return groups;
}

std::span<const Dimension> results_dimensions() {
    return dimensions;
}

std::span<const RaggedArray> results_ragged_arrays() {
    return ragged_arrays;
}

std::span<const Column> results_columns() {
    return columns;
}

void expect_format(const h5::Handle& file, const FileFormat& format) {
    const std::string name = h5::read_text_attribute(file, format_attribute);
    if (name != format.name) {
        throw IoError("'" + file.name() + "' is of format '" + name + "', not '" + std::string(format.name) + "'");
    }
    const std::int64_t version = h5::read_integer_attribute(file, version_attribute);
    if (version < format.oldest || version > format.version) {
        const std::string reads = format.oldest == format.version ? "" : std::to_string(format.oldest) + " to ";
        throw IoError("'" + file.name() + "' is of version " + std::to_string(version) + " of '" + name +
                      "' (this program reads " + reads + std::to_string(format.version) +
                      "); use the program that wrote it, or a newer one");
    }
}

}  // namespace overtake
