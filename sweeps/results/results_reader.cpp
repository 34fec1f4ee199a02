// Reads results.h5 back into values; the checksum decides whether they can be trusted.
#include <cstdlib>
#include <utility>

#include "sweeps/results/curve_columns.hpp"
#include "sweeps/results/in_child.hpp"
#include "sweeps/results/results_file.hpp"
#include "sweeps/results/results_structure.hpp"
#include "sweeps/results/schema.hpp"
#include "sweeps/results/status_names.hpp"
#include "sweeps/results/trial_results.hpp"

namespace overtake {

namespace {

[[noreturn]] void inconsistent(const std::string& what) {
    throw IoError(what);
}

/// Writes `values` into the rows through `place`, which answers where a row keeps it.
template <typename Row, typename T, typename Place>
void spread(std::vector<Row>& rows, const std::vector<T>& values, Place&& place) {
    if (values.size() != rows.size()) {
        inconsistent("a column has " + std::to_string(values.size()) + " entries, not " + std::to_string(rows.size()));
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        place(rows[i]) = values[i];
    }
}

/// Cuts `all` into pieces of the sizes given.
template <typename Sequence, typename Take>
void cut(const Sequence& all, const std::vector<std::int64_t>& sizes, std::size_t rows, const std::string& name,
         Take&& take) {
    const auto total = static_cast<std::int64_t>(all.size());
    std::int64_t begin = 0;
    if (sizes.size() != rows) {
        inconsistent("'" + name + "' has " + std::to_string(sizes.size()) + " entries, not " + std::to_string(rows));
    }
    for (std::size_t i = 0; i < rows; ++i) {
        if (sizes[i] < 0 || sizes[i] > total - begin) {
            inconsistent("'" + name + "' doesn't add up");
        }
        take(i, Sequence(all.begin() + begin, all.begin() + begin + sizes[i]));
        begin += sizes[i];
    }
    if (begin != total) {
        inconsistent("'" + name + "' doesn't add up");
    }
}

/// Gives each row to the stage that owns it.
template <typename Row>
void hand_out(std::vector<Row> rows, const std::vector<std::int64_t>& owners, std::vector<StageRecord>& stages,
              std::vector<Row> StageRecord::*member, const std::string& name) {
    if (owners.size() != rows.size()) {
        inconsistent("'" + name + "' has " + std::to_string(owners.size()) + " entries, not " + std::to_string(rows.size()));
    }
    for (std::size_t i = 0; i < owners.size(); ++i) {
        if (owners[i] < 0 || owners[i] >= static_cast<std::int64_t>(stages.size())) {
            inconsistent("'" + name + "' names stage " + std::to_string(owners[i]) + ", which isn't there");
        }
        (stages[static_cast<std::size_t>(owners[i])].*member).push_back(std::move(rows[i]));
    }
}

void read_attributes(PayloadReader& payload, Results& results) {
    payload.text_attribute(format_attribute);
    payload.integer_attribute(version_attribute);
    results.sweep_name = payload.text_attribute("sweep_name");
    results.version = payload.text_attribute("program_version");
    results.bytes_per_token = payload.number_attribute("bytes_per_token");
    results.analysis.baseline = payload.text_attribute("analysis_baseline");
    results.analysis.delta_nats = payload.number_attribute("analysis_delta_nats");
    results.analysis.bootstraps = payload.integer_attribute("analysis_bootstraps");
    results.analysis.seed = payload.integer_attribute("analysis_seed");
    results.analysis.confidence = payload.number_attribute("analysis_confidence");
}

void read_trials(PayloadReader& payload, std::vector<TrialResult>& trials) {
    using T = TrialResult;
    payload.read<std::int64_t>("/trials/context_length");
    const std::vector<std::string> ids = payload.read_text("/trials/id");
    trials.resize(ids.size());
    spread(
        trials, ids, [](T & t) -> auto& { return t.id; });
    spread(
        trials, payload.read_text("/trials/cell"), [](T & t) -> auto& { return t.cell; });
    spread(
        trials, payload.read_text("/trials/size"), [](T & t) -> auto& { return t.size; });
    spread(
        trials, payload.read_text("/trials/scheme"), [](T & t) -> auto& { return t.scheme; });
    spread(
        trials, payload.read_text("/trials/scheme_class"), [](T & t) -> auto& { return t.scheme_class; });
    spread(
        trials, payload.read_text("/trials/options"), [](T & t) -> auto& { return t.options; });
    spread(
        trials, payload.read<std::int64_t>("/trials/seed"), [](T & t) -> auto& { return t.seed; });
    spread(
        trials, payload.read<std::int64_t>("/trials/train_length"), [](T & t) -> auto& { return t.train_length; });
    spread(
        trials, payload.read<double>("/trials/learning_rate_multiplier"),
        [](T & t) -> auto& { return t.learning_rate_multiplier; });
    spread(
        trials, payload.read_text("/trials/tuning"), [](T & t) -> auto& { return t.tuning; });
    spread(
        trials, payload.read<std::int64_t>("/trials/parameters_backbone"),
        [](T & t) -> auto& { return t.parameters.backbone; });
    spread(
        trials, payload.read<std::int64_t>("/trials/parameters_embedding"),
        [](T & t) -> auto& { return t.parameters.embedding; });
    spread(
        trials, payload.read<std::int64_t>("/trials/parameters_position"),
        [](T & t) -> auto& { return t.parameters.position; });
    payload.read<std::int64_t>("/trials/parameters_total");
    spread(
        trials, payload.read<std::int64_t>("/trials/tokens"), [](T & t) -> auto& { return t.tokens; });
    spread(
        trials, payload.read<double>("/trials/flops"), [](T & t) -> auto& { return t.flops; });
    spread(
        trials, payload.read<double>("/trials/six_nd"), [](T & t) -> auto& { return t.six_nd; });
    spread(
        trials, payload.read<double>("/trials/seconds"), [](T & t) -> auto& { return t.seconds; });
    spread(
        trials, payload.read<std::int64_t>("/trials/unique_tokens"), [](T & t) -> auto& { return t.unique_tokens; });
    spread(
        trials, payload.read<double>("/trials/epochs"), [](T & t) -> auto& { return t.epochs; });
    std::vector<TrialStatus> statuses;
    for (const std::string& word : payload.read_text("/trials/status")) {
        const std::optional<TrialStatus> status = find_trial_status(word);
        statuses.push_back(status ? *status
                                  : (inconsistent("'" + word + "' is no status of a trial"), TrialStatus::failed));
    }
    spread(
        trials, statuses, [](T & t) -> auto& { return t.status; });
    spread(
        trials, payload.read_text("/trials/reason"), [](T & t) -> auto& { return t.reason; });
    spread(
        trials, payload.read<double>("/trials/final_train_loss"), [](T & t) -> auto& { return t.final_train_loss; });
    payload.read<double>("/trials/loss");
    payload.read<double>("/trials/loss_beyond_train");
    payload.read<double>("/trials/standard_error");
    const std::vector<std::int64_t> path_sizes = payload.read<std::int64_t>("/paths/row_size");
    cut(payload.read_text("/paths/stage_id"), path_sizes, trials.size(), "/paths/row_size",
        [&](std::size_t i, std::vector<std::string> path) { trials[i].path = std::move(path); });
    payload.read<std::int64_t>("/paths/stage");
}

void read_stages(PayloadReader& payload, std::vector<StageRecord>& stages) {
    using S = StageRecord;
    const std::vector<std::string> ids = payload.read_text("/stages/id");
    stages.resize(ids.size());
    spread(
        stages, ids, [](S & s) -> auto& { return s.id; });
    spread(
        stages, payload.read_text("/stages/parent"), [](S & s) -> auto& { return s.parent; });
    spread(
        stages, payload.read_text("/stages/kind"), [](S & s) -> auto& { return s.kind; });
    std::vector<StageStatus> statuses;
    for (const std::string& word : payload.read_text("/stages/status")) {
        const std::optional<StageStatus> status = find_stage_status(word);
        statuses.push_back(status ? *status
                                  : (inconsistent("'" + word + "' is no status of a stage"), StageStatus::failed));
    }
    spread(
        stages, statuses, [](S & s) -> auto& { return s.status; });
    spread(
        stages, payload.read_text("/stages/reason"), [](S & s) -> auto& { return s.reason; });
    spread(
        stages, payload.read<std::int64_t>("/stages/end_step"), [](S & s) -> auto& { return s.end_step; });
    spread(
        stages, payload.read_text("/stages/host"), [](S & s) -> auto& { return s.provenance.host; });
    spread(
        stages, payload.read_text("/stages/version"), [](S & s) -> auto& { return s.provenance.version; });
    spread(
        stages, payload.read_text("/stages/device"), [](S & s) -> auto& { return s.provenance.device; });
    spread(
        stages, payload.read_text("/stages/started_utc"), [](S & s) -> auto& { return s.provenance.started_utc; });
    spread(
        stages, payload.read_text("/stages/finished_utc"), [](S & s) -> auto& { return s.provenance.finished_utc; });
    spread(
        stages, payload.read<std::int64_t>("/stages/attempts"), [](S & s) -> auto& { return s.provenance.attempts; });
    spread(
        stages, payload.read<std::int64_t>("/stages/team_width"),
        [](S & s) -> auto& { return s.provenance.team_width; });
    spread(
        stages, payload.read<double>("/stages/seconds"), [](S & s) -> auto& { return s.provenance.seconds; });
    spread(
        stages, payload.read<double>("/stages/tokens_per_second"),
        [](S & s) -> auto& { return s.provenance.tokens_per_second; });
    spread(
        stages, payload.read<std::uint8_t>("/stages/alone"), [](S & s) -> auto& { return s.provenance.alone; });
    const std::vector<std::int64_t> curve_sizes = payload.read<std::int64_t>("/curves/row_size");
    cut(read_curve(payload, "/curves"), curve_sizes, stages.size(), "/curves/row_size",
        [&](std::size_t i, std::vector<CurvePoint> curve) { stages[i].curve = std::move(curve); });
    const std::vector<std::int64_t> evaluated = payload.read<std::int64_t>("/evaluations/stage");
    hand_out(read_evaluations(payload, "/evaluations"), evaluated, stages, &S::evaluations, "/evaluations/stage");
    const std::vector<std::int64_t> asked = payload.read<std::int64_t>("/tasks/stage");
    hand_out(read_tasks(payload, "/tasks"), asked, stages, &S::task_results, "/tasks/stage");
    const std::vector<std::int64_t> learned = payload.read<std::int64_t>("/structure/stage");
    hand_out(read_structure(payload, "/structure"), learned, stages, &S::structure, "/structure/stage");
    const std::vector<std::int64_t> searched = payload.read<std::int64_t>("/searches/stage");
    hand_out(read_individuals(payload, "/searches"), searched, stages, &S::individuals, "/searches/stage");
}

template <typename Row>
void read_texts(PayloadReader& payload, const std::string& group, std::vector<Row>& rows) {
    const std::vector<std::int64_t> sizes = payload.read<std::int64_t>(group + "/row_size");
    cut(payload.read_bytes(group + "/text"), sizes, rows.size(), group + "/row_size",
        [&](std::size_t i, std::string text) { rows[i].text = std::move(text); });
}

Results read_values(const h5::Handle& file) {
    Results results;
    PayloadReader payload(file);
    read_attributes(payload, results);
    read_trials(payload, results.trials);
    read_stages(payload, results.stages);
    results.sweep_text = payload.read_bytes("/sweep_text/text");
    results.claims = payload.read_bytes("/claims/text");
    read_texts(payload, "/stage_texts", results.stages);
    read_texts(payload, "/trial_texts", results.trials);
    payload.verify();
    attach_evaluations(results.trials, results.stages);
    return results;
}

Results read_here(const std::filesystem::path& path) {
    const h5::Session session;
    const h5::Handle file = h5::open_file(path);
    expect_format(file, results_format);
    const std::vector<std::string> breaches = find_structure_breaches(file, path);
    if (!breaches.empty()) {
        throw IoError("'" + path.string() + "' is damaged or not ours: " + breaches.front() +
                      "; 'overtake validate' lists everything");
    }
    try {
        return read_values(file);
    } catch (const IoError& error) {
        throw IoError("'" + path.string() + "' is damaged: " + error.what() + "; 'overtake collect DIR' makes it anew");
    }
}

}  // namespace

Results read_results(const std::filesystem::path& path) {
    if (!std::filesystem::exists(path)) {
        throw IoError("cannot read '" + path.string() + "' (there is no such file); 'overtake collect DIR' makes it");
    }
    // The same reading in a child first: if the library crashes on a file from a stranger, it does there.
    const auto rehearse = [&] {
        (void)read_here(path);
        return std::vector<std::string>{};
    };
    try {
        const ChildLimits limits = limits_from(std::getenv("OVERTAKE_READ_SECONDS"), std::getenv("OVERTAKE_READ_GIB"), {});
        if (const std::vector<std::string> trouble = lines_from_child(rehearse, limits); !trouble.empty()) {
            throw IoError("cannot read '" + path.string() + "': " + trouble.front() + "; 'overtake collect DIR' makes it anew");
        }
    } catch (const LimitError& error) {
        throw LimitError("cannot read '" + path.string() + "': " + error.what());
    }
    return read_here(path);
}

}  // namespace overtake
