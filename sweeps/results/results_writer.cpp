// Writes results.h5: values first, in the order of the schema, then the descriptions that netCDF-4 readers look for.
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "sweeps/results/curve_columns.hpp"
#include "sweeps/results/durable_file.hpp"
#include "sweeps/results/results_file.hpp"
#include "sweeps/results/schema.hpp"
#include "sweeps/results/status_names.hpp"

namespace overtake {

namespace {

/// One value per row.
template <typename Row, typename Function>
auto column(const std::vector<Row>& rows, Function&& value) {
    std::vector<std::decay_t<decltype(value(rows.front()))>> values;
    values.reserve(rows.size());
    for (const Row& row : rows) {
        values.push_back(value(row));
    }
    return values;
}

using Sizes = std::map<std::string_view, std::uint64_t>;  // of each dimension, by path

void write_attributes(PayloadWriter& payload, const Results& results) {
    payload.attribute(format_attribute, results_format.name);
    payload.attribute(version_attribute, results_format.version);
    payload.attribute("sweep_name", results.sweep_name);
    payload.attribute("program_version", results.version);
    payload.attribute("bytes_per_token", results.bytes_per_token);
    payload.attribute("analysis_baseline", results.analysis.baseline);
    payload.attribute("analysis_delta_nats", results.analysis.delta_nats);
    payload.attribute("analysis_bootstraps", results.analysis.bootstraps);
    payload.attribute("analysis_seed", results.analysis.seed);
    payload.attribute("analysis_confidence", results.analysis.confidence);
}

void write_loss_matrix(PayloadWriter& payload, const std::string& path, const std::vector<TrialResult>& trials,
                       const std::vector<std::int64_t>& lengths, double Evaluation::*member) {
    std::vector<double> matrix(trials.size() * lengths.size(), std::numeric_limits<double>::quiet_NaN());
    for (std::size_t i = 0; i < trials.size(); ++i) {
        for (const Evaluation& evaluation : trials[i].evaluations) {
            const auto place = std::lower_bound(lengths.begin(), lengths.end(), evaluation.context_length);
            matrix[i * lengths.size() + static_cast<std::size_t>(place - lengths.begin())] = evaluation.*member;
        }
    }
    payload.write(path, matrix, {trials.size(), lengths.size()});
}

void write_trials(PayloadWriter& payload, const std::vector<TrialResult>& trials, Sizes& sizes) {
    std::set<std::int64_t> distinct;
    for (const TrialResult& trial : trials) {
        for (const Evaluation& evaluation : trial.evaluations) {
            distinct.insert(evaluation.context_length);
        }
    }
    const std::vector<std::int64_t> lengths(distinct.begin(), distinct.end());
    sizes["/trials/trial"] = trials.size();
    using T = TrialResult;
    payload.write("/trials/context_length", lengths);
    payload.write_text("/trials/id", column(trials, [](const T& t) { return t.id; }));
    payload.write_text("/trials/cell", column(trials, [](const T& t) { return t.cell; }));
    payload.write_text("/trials/size", column(trials, [](const T& t) { return t.size; }));
    payload.write_text("/trials/scheme", column(trials, [](const T& t) { return t.scheme; }));
    payload.write_text("/trials/scheme_class", column(trials, [](const T& t) { return t.scheme_class; }));
    payload.write_text("/trials/options", column(trials, [](const T& t) { return t.options; }));
    payload.write("/trials/seed", column(trials, [](const T& t) { return t.seed; }));
    payload.write("/trials/train_length", column(trials, [](const T& t) { return t.train_length; }));
    payload.write("/trials/learning_rate_multiplier",
                  column(trials, [](const T& t) { return t.learning_rate_multiplier; }));
    payload.write_text("/trials/tuning", column(trials, [](const T& t) { return t.tuning; }));
    payload.write("/trials/parameters_backbone", column(trials, [](const T& t) { return t.parameters.backbone; }));
    payload.write("/trials/parameters_embedding", column(trials, [](const T& t) { return t.parameters.embedding; }));
    payload.write("/trials/parameters_position", column(trials, [](const T& t) { return t.parameters.position; }));
    payload.write("/trials/parameters_total", column(trials, [](const T& t) { return t.parameters.total(); }));
    payload.write("/trials/tokens", column(trials, [](const T& t) { return t.tokens; }));
    payload.write("/trials/flops", column(trials, [](const T& t) { return t.flops; }));
    payload.write("/trials/six_nd", column(trials, [](const T& t) { return t.six_nd; }));
    payload.write("/trials/seconds", column(trials, [](const T& t) { return t.seconds; }));
    payload.write("/trials/unique_tokens", column(trials, [](const T& t) { return t.unique_tokens; }));
    payload.write("/trials/epochs", column(trials, [](const T& t) { return t.epochs; }));
    payload.write_text("/trials/status", column(trials, [](const T& t) { return std::string(name_of(t.status)); }));
    payload.write_text("/trials/reason", column(trials, [](const T& t) { return t.reason; }));
    payload.write("/trials/final_train_loss", column(trials, [](const T& t) { return t.final_train_loss; }));
    write_loss_matrix(payload, "/trials/loss", trials, lengths, &Evaluation::loss);
    write_loss_matrix(payload, "/trials/loss_beyond_train", trials, lengths, &Evaluation::loss_beyond_train);
    write_loss_matrix(payload, "/trials/standard_error", trials, lengths, &Evaluation::standard_error);
}

void write_paths(PayloadWriter& payload, const Results& results, Sizes& sizes) {
    std::map<std::string_view, std::int64_t> index;
    for (const StageRecord& stage : results.stages) {
        index.emplace(stage.id, static_cast<std::int64_t>(index.size()));
    }
    std::vector<std::int64_t> row_size, stages;
    std::vector<std::string> ids;
    for (const TrialResult& trial : results.trials) {
        row_size.push_back(static_cast<std::int64_t>(trial.path.size()));
        for (const std::string& id : trial.path) {
            const auto found = index.find(id);
            ids.push_back(id);
            stages.push_back(found == index.end() ? -1 : found->second);
        }
    }
    sizes["/paths/trial"] = results.trials.size();
    sizes["/paths/path_point"] = ids.size();
    payload.write("/paths/row_size", row_size);
    payload.write_text("/paths/stage_id", ids);
    payload.write("/paths/stage", stages);
}

void write_stages(PayloadWriter& payload, const std::vector<StageRecord>& stages, Sizes& sizes) {
    sizes["/stages/stage"] = stages.size();
    using S = StageRecord;
    payload.write_text("/stages/id", column(stages, [](const S& s) { return s.id; }));
    payload.write_text("/stages/parent", column(stages, [](const S& s) { return s.parent; }));
    payload.write_text("/stages/kind", column(stages, [](const S& s) { return s.kind; }));
    payload.write_text("/stages/status", column(stages, [](const S& s) { return std::string(name_of(s.status)); }));
    payload.write_text("/stages/reason", column(stages, [](const S& s) { return s.reason; }));
    payload.write("/stages/end_step", column(stages, [](const S& s) { return s.end_step; }));
    payload.write_text("/stages/host", column(stages, [](const S& s) { return s.provenance.host; }));
    payload.write_text("/stages/version", column(stages, [](const S& s) { return s.provenance.version; }));
    payload.write_text("/stages/device", column(stages, [](const S& s) { return s.provenance.device; }));
    payload.write_text("/stages/started_utc", column(stages, [](const S& s) { return s.provenance.started_utc; }));
    payload.write_text("/stages/finished_utc", column(stages, [](const S& s) { return s.provenance.finished_utc; }));
    payload.write("/stages/attempts", column(stages, [](const S& s) { return s.provenance.attempts; }));
    payload.write("/stages/team_width", column(stages, [](const S& s) { return s.provenance.team_width; }));
    payload.write("/stages/seconds", column(stages, [](const S& s) { return s.provenance.seconds; }));
    payload.write("/stages/tokens_per_second",
                  column(stages, [](const S& s) { return s.provenance.tokens_per_second; }));
    payload.write("/stages/alone", column(stages, [](const S& s) { return std::uint8_t{s.provenance.alone}; }));
}

void write_curves(PayloadWriter& payload, const std::vector<StageRecord>& stages, Sizes& sizes) {
    std::vector<CurvePoint> points;
    for (const StageRecord& stage : stages) {
        points.insert(points.end(), stage.curve.begin(), stage.curve.end());
    }
    sizes["/curves/stage"] = stages.size();
    sizes["/curves/point"] = points.size();
    payload.write("/curves/row_size",
                  column(stages, [](const StageRecord& s) { return static_cast<std::int64_t>(s.curve.size()); }));
    write_curve(payload, "/curves", points);
}

void write_all_evaluations(PayloadWriter& payload, const std::vector<StageRecord>& stages, Sizes& sizes) {
    std::vector<Evaluation> evaluations;
    std::vector<std::int64_t> owner;
    std::uint64_t bins = 0;
    for (std::size_t i = 0; i < stages.size(); ++i) {
        for (const Evaluation& evaluation : stages[i].evaluations) {
            evaluations.push_back(evaluation);
            owner.push_back(static_cast<std::int64_t>(i));
            bins += evaluation.position_loss.size();
        }
    }
    sizes["/evaluations/evaluation"] = evaluations.size();
    sizes["/evaluations/bin"] = bins;
    payload.write("/evaluations/stage", owner);
    write_evaluations(payload, "/evaluations", evaluations);
}

void write_all_tasks(PayloadWriter& payload, const std::vector<StageRecord>& stages, Sizes& sizes) {
    std::vector<TaskResult> tasks;
    std::vector<std::int64_t> owner;
    for (std::size_t i = 0; i < stages.size(); ++i) {
        tasks.insert(tasks.end(), stages[i].task_results.begin(), stages[i].task_results.end());
        owner.resize(tasks.size(), static_cast<std::int64_t>(i));
    }
    sizes["/tasks/task_row"] = tasks.size();
    payload.write("/tasks/stage", owner);
    write_tasks(payload, "/tasks", tasks);
}

void write_all_structure(PayloadWriter& payload, const std::vector<StageRecord>& stages, Sizes& sizes) {
    std::vector<StructureSeries> series;
    std::vector<std::int64_t> owner;
    std::uint64_t samples = 0;
    for (std::size_t i = 0; i < stages.size(); ++i) {
        for (const StructureSeries& one : stages[i].structure) {
            series.push_back(one);
            owner.push_back(static_cast<std::int64_t>(i));
            samples += one.value.size();
        }
    }
    sizes["/structure/series"] = series.size();
    sizes["/structure/sample"] = samples;
    payload.write("/structure/stage", owner);
    write_structure(payload, "/structure", series);
}

void write_all_individuals(PayloadWriter& payload, const std::vector<StageRecord>& stages, Sizes& sizes) {
    std::vector<SearchIndividual> individuals;
    std::vector<std::int64_t> owner;
    std::uint64_t factors = 0;
    for (std::size_t i = 0; i < stages.size(); ++i) {
        for (const SearchIndividual& individual : stages[i].individuals) {
            individuals.push_back(individual);
            owner.push_back(static_cast<std::int64_t>(i));
            factors += individual.factors.size();
        }
    }
    sizes["/searches/individual"] = individuals.size();
    sizes["/searches/pair"] = factors;
    payload.write("/searches/stage", owner);
    write_individuals(payload, "/searches", individuals);
}

/// Texts of all rows after one another, in `group`.
template <typename Row>
void write_texts(PayloadWriter& payload, const std::string& group, const std::vector<Row>& rows) {
    std::string all;
    for (const Row& row : rows) {
        all += row.text;
    }
    payload.write(group + "/row_size",
                  column(rows, [](const Row& row) { return static_cast<std::int64_t>(row.text.size()); }));
    payload.write_bytes(group + "/text", all);
}

std::uint64_t text_bytes(const auto& rows) {
    std::uint64_t bytes = 0;
    for (const auto& row : rows) {
        bytes += row.text.size();
    }
    return bytes;
}

/// "tokens [token], seconds [s]": for readers that print the attributes of a group, but not those of its variables.
std::string list_units(std::string_view group) {
    std::string list;
    for (const Column& column : results_columns()) {
        const std::size_t slash = column.path.rfind('/');
        if (column.path.substr(0, slash) == group && !column.units.empty() && column.units != "1") {
            list += (list.empty() ? "" : ", ") + std::string(column.path.substr(slash + 1)) + " [" +
                    std::string(column.units) + "]";
        }
    }
    return list.empty() ? "none" : list;
}

/// Dimensions, units and long names: what turns datasets into variables.
void describe(const h5::Handle& file, const Sizes& sizes) {
    std::map<std::string_view, h5::Handle> dimensions;
    for (const Dimension& dimension : results_dimensions()) {
        const std::string path(dimension.path);
        if (dimension.is_coordinate) {
            h5::make_coordinate(file, path, std::string(dimension.name()));
        } else {
            h5::create_dimension(file, path, sizes.at(dimension.path));
        }
        dimensions.emplace(dimension.path, h5::open_object(file, path));
    }
    for (const Column& described : results_columns()) {
        h5::Handle dataset = h5::open_object(file, std::string(described.path));
        h5::write_attribute(dataset, "long_name", described.long_name);
        if (!described.units.empty()) {
            h5::write_attribute(dataset, "units", described.units);
        }
        if (described.path != described.dimension) {
            h5::attach_dimension(dataset, dimensions.at(described.dimension), 0);
        }
        if (!described.second_dimension.empty()) {
            h5::attach_dimension(dataset, dimensions.at(described.second_dimension), 1);
        }
        dataset.close();
    }
    for (const RaggedArray& ragged : results_ragged_arrays()) {
        const std::string_view samples = ragged.samples.substr(ragged.samples.rfind('/') + 1);
        h5::write_attribute(h5::open_object(file, std::string(ragged.row_size)), "sample_dimension", samples);
    }
    for (const std::string_view group : results_groups()) {
        h5::write_attribute(h5::open_object(file, std::string(group)), "units_of_variables", list_units(group));
    }
    h5::write_attribute(file, "Conventions", "CF-1.10");
    h5::write_attribute(file, "title", "Results of an overtake sweep");
}

}  // namespace

void write_results(const std::filesystem::path& path, const Results& results) {
    DurableFile written(path, "-" + std::to_string(::getpid()));
    {
        const h5::Session session;
        const h5::Handle& file = written.file();
        for (const std::string_view group : results_groups()) {
            h5::create_group(file, std::string(group)).close();
        }
        Sizes sizes{{"/sweep_text/byte", results.sweep_text.size()},
                    {"/claims/byte", results.claims.size()},
                    {"/stage_texts/stage", results.stages.size()},
                    {"/stage_texts/byte", text_bytes(results.stages)},
                    {"/trial_texts/trial", results.trials.size()},
                    {"/trial_texts/byte", text_bytes(results.trials)}};
        PayloadWriter payload(file);
        write_attributes(payload, results);
        write_trials(payload, results.trials, sizes);
        write_paths(payload, results, sizes);
        write_stages(payload, results.stages, sizes);
        write_curves(payload, results.stages, sizes);
        write_all_evaluations(payload, results.stages, sizes);
        write_all_tasks(payload, results.stages, sizes);
        write_all_structure(payload, results.stages, sizes);
        write_all_individuals(payload, results.stages, sizes);
        payload.write_bytes("/sweep_text/text", results.sweep_text);
        payload.write_bytes("/claims/text", results.claims);
        write_texts(payload, "/stage_texts", results.stages);
        write_texts(payload, "/trial_texts", results.trials);
        payload.seal();
        describe(file, sizes);
    }
    written.publish();
    remove_leftovers(path);
}

}  // namespace overtake
