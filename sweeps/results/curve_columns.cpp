#include "sweeps/results/curve_columns.hpp"

namespace overtake {

namespace {

template <typename Row, typename T>
std::vector<T> column(std::span<const Row> rows, T Row::*member) {
    std::vector<T> values;
    values.reserve(rows.size());
    for (const Row& row : rows) {
        values.push_back(row.*member);
    }
    return values;
}

template <typename Row, typename T>
void fill(std::vector<Row>& rows, T Row::*member, const std::vector<T>& values, const std::string& name) {
    if (values.size() != rows.size()) {
        throw IoError("column '" + name + "' has " + std::to_string(values.size()) + " entries, not " +
                      std::to_string(rows.size()));
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i].*member = values[i];
    }
}

/// Where the samples of each row begin, and their number behind all. Throws IoError unless there are `rows` row sizes and they add up
/// to the samples.
std::vector<std::int64_t> row_begins(const std::vector<std::int64_t>& row_size, std::size_t rows, std::size_t samples, const std::string& group) {
    const auto total = static_cast<std::int64_t>(samples);
    std::vector<std::int64_t> begins{0};
    bool adds_up = row_size.size() == rows;
    for (std::size_t i = 0; adds_up && i < rows; ++i) {
        adds_up = row_size[i] >= 0 && row_size[i] <= total - begins.back();
        begins.push_back(begins.back() + row_size[i]);
    }
    if (!adds_up || begins.back() != total) {
        throw IoError("the row sizes of '" + group + "' don't add up to its " + std::to_string(total) + " samples");
    }
    return begins;
}

template <typename T>
std::vector<T> piece(const std::vector<T>& all, const std::vector<std::int64_t>& begins, std::size_t row) {
    return {all.begin() + begins[row], all.begin() + begins[row + 1]};
}

}  // namespace

void write_curve(PayloadWriter& payload, const std::string& group, std::span<const CurvePoint> curve) {
    payload.write(group + "/step", column(curve, &CurvePoint::step));
    payload.write(group + "/tokens", column(curve, &CurvePoint::tokens));
    payload.write(group + "/flops", column(curve, &CurvePoint::flops));
    payload.write(group + "/train_loss", column(curve, &CurvePoint::train_loss));
    payload.write(group + "/learning_rate", column(curve, &CurvePoint::learning_rate));
    payload.write(group + "/gradient_norm", column(curve, &CurvePoint::gradient_norm));
    payload.write(group + "/seconds", column(curve, &CurvePoint::seconds));
}

std::vector<CurvePoint> read_curve(PayloadReader& payload, const std::string& group) {
    const std::vector<std::int64_t> steps = payload.read<std::int64_t>(group + "/step");
    std::vector<CurvePoint> curve(steps.size());
    fill(curve, &CurvePoint::step, steps, group + "/step");
    const auto read = [&]<typename T>(T CurvePoint::*member, const std::string& name) {
        fill(curve, member, payload.read<T>(group + name), group + name);
    };
    read(&CurvePoint::tokens, "/tokens");
    read(&CurvePoint::flops, "/flops");
    read(&CurvePoint::train_loss, "/train_loss");
    read(&CurvePoint::learning_rate, "/learning_rate");
    read(&CurvePoint::gradient_norm, "/gradient_norm");
    read(&CurvePoint::seconds, "/seconds");
    return curve;
}

void write_evaluations(PayloadWriter& payload, const std::string& group, std::span<const Evaluation> evaluations) {
    std::vector<std::int64_t> row_size, begins;
    std::vector<double> losses;
    for (const Evaluation& evaluation : evaluations) {
        expects(evaluation.position_begin.size() == evaluation.position_loss.size(),
                "every bin of an evaluation has a begin and a loss");
        row_size.push_back(static_cast<std::int64_t>(evaluation.position_loss.size()));
        begins.insert(begins.end(), evaluation.position_begin.begin(), evaluation.position_begin.end());
        losses.insert(losses.end(), evaluation.position_loss.begin(), evaluation.position_loss.end());
    }
    payload.write(group + "/context_length", column(evaluations, &Evaluation::context_length));
    payload.write(group + "/tokens", column(evaluations, &Evaluation::tokens));
    payload.write(group + "/loss", column(evaluations, &Evaluation::loss));
    payload.write(group + "/standard_error", column(evaluations, &Evaluation::standard_error));
    payload.write(group + "/loss_beyond_train", column(evaluations, &Evaluation::loss_beyond_train));
    payload.write(group + "/row_size", row_size);
    payload.write(group + "/position_begin", begins);
    payload.write(group + "/position_loss", losses);
}

std::vector<Evaluation> read_evaluations(PayloadReader& payload, const std::string& group) {
    const std::vector<std::int64_t> lengths = payload.read<std::int64_t>(group + "/context_length");
    std::vector<Evaluation> evaluations(lengths.size());
    fill(evaluations, &Evaluation::context_length, lengths, group + "/context_length");
    const auto read = [&]<typename T>(T Evaluation::*member, const std::string& name) {
        fill(evaluations, member, payload.read<T>(group + name), group + name);
    };
    read(&Evaluation::tokens, "/tokens");
    read(&Evaluation::loss, "/loss");
    read(&Evaluation::standard_error, "/standard_error");
    read(&Evaluation::loss_beyond_train, "/loss_beyond_train");
    const std::vector<std::int64_t> row_size = payload.read<std::int64_t>(group + "/row_size");
    const std::vector<std::int64_t> begins = payload.read<std::int64_t>(group + "/position_begin");
    const std::vector<double> losses = payload.read<double>(group + "/position_loss");
    row_begins(row_size, evaluations.size(), begins.size(), group);
    const std::vector<std::int64_t> rows = row_begins(row_size, evaluations.size(), losses.size(), group);
    for (std::size_t i = 0; i < evaluations.size(); ++i) {
        evaluations[i].position_begin = piece(begins, rows, i);
        evaluations[i].position_loss = piece(losses, rows, i);
    }
    return evaluations;
}

void write_tasks(PayloadWriter& payload, const std::string& group, std::span<const TaskResult> tasks) {
    payload.write_text(group + "/task", column(tasks, &TaskResult::task));
    payload.write_text(group + "/metric", column(tasks, &TaskResult::metric));
    payload.write(group + "/context_length", column(tasks, &TaskResult::context_length));
    payload.write(group + "/depth", column(tasks, &TaskResult::depth));
    payload.write(group + "/lag", column(tasks, &TaskResult::lag));
    payload.write(group + "/samples", column(tasks, &TaskResult::samples));
    payload.write(group + "/value", column(tasks, &TaskResult::value));
    payload.write(group + "/standard_error", column(tasks, &TaskResult::standard_error));
}

std::vector<TaskResult> read_tasks(PayloadReader& payload, const std::string& group) {
    const std::vector<std::string> names = payload.read_text(group + "/task");
    std::vector<TaskResult> tasks(names.size());
    fill(tasks, &TaskResult::task, names, group + "/task");
    fill(tasks, &TaskResult::metric, payload.read_text(group + "/metric"), group + "/metric");
    const auto read = [&]<typename T>(T TaskResult::*member, const std::string& name) {
        fill(tasks, member, payload.read<T>(group + name), group + name);
    };
    read(&TaskResult::context_length, "/context_length");
    read(&TaskResult::depth, "/depth");
    read(&TaskResult::lag, "/lag");
    read(&TaskResult::samples, "/samples");
    read(&TaskResult::value, "/value");
    read(&TaskResult::standard_error, "/standard_error");
    return tasks;
}

void write_structure(PayloadWriter& payload, const std::string& group, std::span<const StructureSeries> series) {
    std::vector<std::int64_t> row_size;
    std::vector<double> x, value;
    for (const StructureSeries& one : series) {
        expects(one.x.size() == one.value.size(), "every number of a structure has its x");
        row_size.push_back(static_cast<std::int64_t>(one.x.size()));
        x.insert(x.end(), one.x.begin(), one.x.end());
        value.insert(value.end(), one.value.begin(), one.value.end());
    }
    payload.write_text(group + "/kind", column(series, &StructureSeries::kind));
    payload.write_text(group + "/source", column(series, &StructureSeries::source));
    payload.write_text(group + "/family", column(series, &StructureSeries::family));
    payload.write(group + "/layer", column(series, &StructureSeries::layer));
    payload.write(group + "/head", column(series, &StructureSeries::head));
    payload.write(group + "/row_size", row_size);
    payload.write(group + "/x", x);
    payload.write(group + "/value", value);
}

std::vector<StructureSeries> read_structure(PayloadReader& payload, const std::string& group) {
    const std::vector<std::string> kinds = payload.read_text(group + "/kind");
    std::vector<StructureSeries> series(kinds.size());
    fill(series, &StructureSeries::kind, kinds, group + "/kind");
    fill(series, &StructureSeries::source, payload.read_text(group + "/source"), group + "/source");
    fill(series, &StructureSeries::family, payload.read_text(group + "/family"), group + "/family");
    fill(series, &StructureSeries::layer, payload.read<std::int64_t>(group + "/layer"), group + "/layer");
    fill(series, &StructureSeries::head, payload.read<std::int64_t>(group + "/head"), group + "/head");
    const std::vector<std::int64_t> row_size = payload.read<std::int64_t>(group + "/row_size");
    const std::vector<double> x = payload.read<double>(group + "/x"), value = payload.read<double>(group + "/value");
    row_begins(row_size, series.size(), x.size(), group);
    const std::vector<std::int64_t> rows = row_begins(row_size, series.size(), value.size(), group);
    for (std::size_t i = 0; i < series.size(); ++i) {
        series[i].x = piece(x, rows, i);
        series[i].value = piece(value, rows, i);
    }
    return series;
}

void write_individuals(PayloadWriter& payload, const std::string& group, std::span<const SearchIndividual> individuals) {
    std::vector<std::int64_t> row_size;
    std::vector<double> factors;
    for (const SearchIndividual& individual : individuals) {
        row_size.push_back(static_cast<std::int64_t>(individual.factors.size()));
        factors.insert(factors.end(), individual.factors.begin(), individual.factors.end());
    }
    payload.write(group + "/iteration", column(individuals, &SearchIndividual::iteration));
    payload.write_text(group + "/origin", column(individuals, &SearchIndividual::origin));
    payload.write(group + "/loss", column(individuals, &SearchIndividual::loss));
    payload.write(group + "/n_hat", column(individuals, &SearchIndividual::n_hat));
    payload.write(group + "/critical_pair", column(individuals, &SearchIndividual::critical_pair));
    payload.write(group + "/row_size", row_size);
    payload.write(group + "/factor", factors);
}

std::vector<SearchIndividual> read_individuals(PayloadReader& payload, const std::string& group) {
    const std::vector<std::int64_t> iterations = payload.read<std::int64_t>(group + "/iteration");
    std::vector<SearchIndividual> individuals(iterations.size());
    fill(individuals, &SearchIndividual::iteration, iterations, group + "/iteration");
    fill(individuals, &SearchIndividual::origin, payload.read_text(group + "/origin"), group + "/origin");
    fill(individuals, &SearchIndividual::loss, payload.read<double>(group + "/loss"), group + "/loss");
    fill(individuals, &SearchIndividual::n_hat, payload.read<std::int64_t>(group + "/n_hat"), group + "/n_hat");
    fill(individuals, &SearchIndividual::critical_pair, payload.read<std::int64_t>(group + "/critical_pair"), group + "/critical_pair");
    const std::vector<std::int64_t> row_size = payload.read<std::int64_t>(group + "/row_size");
    const std::vector<double> factors = payload.read<double>(group + "/factor");
    const std::vector<std::int64_t> rows = row_begins(row_size, individuals.size(), factors.size(), group);
    for (std::size_t i = 0; i < individuals.size(); ++i) {
        individuals[i].factors = piece(factors, rows, i);
    }
    return individuals;
}

}  // namespace overtake
