// Whether two results files hold the same numbers, bit for bit, whoever computed them and however long it took.
#include <bit>
#include <map>
#include <type_traits>

#include "sweeps/results/results_file.hpp"
#include "sweeps/results/status_names.hpp"

namespace overtake {

namespace {

std::string show(const std::string& value) {
    return "'" + value + "'";
}
std::string show(std::int64_t value) {
    return std::to_string(value);
}
std::string show(TrialStatus value) {
    return std::string(name_of(value));
}
std::string show(StageStatus value) {
    return std::string(name_of(value));
}
std::string show(double value) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.17g", value);
    return digits;
}
std::string show(float value) {
    return show(double{value});
}
std::string show(const std::vector<std::string>& values) {
    std::string text;
    for (const std::string& value : values) {
        text += (text.empty() ? "" : " ") + value;
    }
    return text;
}

/// Numbers are equal if their bits are, so a NaN equals itself and 0 differs from -0.
template <typename T>
bool same_bits(const T& a, const T& b) {
    if constexpr (std::is_same_v<T, double>) {
        return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
    } else if constexpr (std::is_same_v<T, float>) {
        return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
    } else {
        return a == b;
    }
}

class Comparison {
  public:
    explicit Comparison(ResultsDifference& found) : found_(found) {}

    template <typename T>
    void field(const std::string& where, const char* name, const T& a, const T& b) {
        if (!same_bits(a, b)) {
            found_.differences.push_back(where + ": " + name + " is " + show(a) + " in the first and " + show(b) +
                                         " in the second");
        }
    }
    /// Answers whether the counts agree, so that the entries can be compared.
    bool count(const std::string& where, const char* name, std::size_t a, std::size_t b) {
        if (a != b) {
            found_.differences.push_back(where + ": " + std::to_string(a) + " " + name + " in the first and " +
                                         std::to_string(b) + " in the second");
        }
        return a == b;
    }
    void only_in(const std::string& where, const char* which) {
        found_.differences.push_back(where + " is in the " + which + " file alone");
    }

  private:
    ResultsDifference& found_;
};

void compare(Comparison& comparison, const TrialResult& a, const TrialResult& b) {
    const std::string where = "trial " + a.id;
    comparison.field(where, "cell", a.cell, b.cell);
    comparison.field(where, "size", a.size, b.size);
    comparison.field(where, "scheme", a.scheme, b.scheme);
    comparison.field(where, "scheme_class", a.scheme_class, b.scheme_class);
    comparison.field(where, "options", a.options, b.options);
    comparison.field(where, "tuning", a.tuning, b.tuning);
    comparison.field(where, "seed", a.seed, b.seed);
    comparison.field(where, "train_length", a.train_length, b.train_length);
    comparison.field(where, "learning_rate_multiplier", a.learning_rate_multiplier, b.learning_rate_multiplier);
    comparison.field(where, "parameters_backbone", a.parameters.backbone, b.parameters.backbone);
    comparison.field(where, "parameters_embedding", a.parameters.embedding, b.parameters.embedding);
    comparison.field(where, "parameters_position", a.parameters.position, b.parameters.position);
    comparison.field(where, "tokens", a.tokens, b.tokens);
    comparison.field(where, "flops", a.flops, b.flops);
    comparison.field(where, "six_nd", a.six_nd, b.six_nd);
    comparison.field(where, "unique_tokens", a.unique_tokens, b.unique_tokens);
    comparison.field(where, "epochs", a.epochs, b.epochs);
    comparison.field(where, "status", a.status, b.status);
    comparison.field(where, "reason", a.reason, b.reason);
    comparison.field(where, "path", a.path, b.path);
    comparison.field(where, "final_train_loss", a.final_train_loss, b.final_train_loss);
    comparison.field(where, "text", a.text, b.text);
}

void compare(Comparison& comparison, const std::string& where, const CurvePoint& a, const CurvePoint& b) {
    comparison.field(where, "step", a.step, b.step);
    comparison.field(where, "tokens", a.tokens, b.tokens);
    comparison.field(where, "flops", a.flops, b.flops);
    comparison.field(where, "train_loss", a.train_loss, b.train_loss);
    comparison.field(where, "learning_rate", a.learning_rate, b.learning_rate);
    comparison.field(where, "gradient_norm", a.gradient_norm, b.gradient_norm);
}

void compare(Comparison& comparison, const std::string& where, const Evaluation& a, const Evaluation& b) {
    comparison.field(where, "context_length", a.context_length, b.context_length);
    comparison.field(where, "tokens", a.tokens, b.tokens);
    comparison.field(where, "loss", a.loss, b.loss);
    comparison.field(where, "standard_error", a.standard_error, b.standard_error);
    comparison.field(where, "loss_beyond_train", a.loss_beyond_train, b.loss_beyond_train);
    if (comparison.count(where, "position bins", a.position_loss.size(), b.position_loss.size())) {
        for (std::size_t i = 0; i < a.position_loss.size(); ++i) {
            const std::string bin = where + " bin " + std::to_string(i);
            comparison.field(bin, "position_begin", a.position_begin[i], b.position_begin[i]);
            comparison.field(bin, "position_loss", a.position_loss[i], b.position_loss[i]);
        }
    }
}

void compare(Comparison& comparison, const std::string& where, const TaskResult& a, const TaskResult& b) {
    comparison.field(where, "task", a.task, b.task);
    comparison.field(where, "metric", a.metric, b.metric);
    comparison.field(where, "context_length", a.context_length, b.context_length);
    comparison.field(where, "depth", a.depth, b.depth);
    comparison.field(where, "lag", a.lag, b.lag);
    comparison.field(where, "samples", a.samples, b.samples);
    comparison.field(where, "value", a.value, b.value);
    comparison.field(where, "standard_error", a.standard_error, b.standard_error);
}

void compare(Comparison& comparison, const std::string& where, const StructureSeries& a, const StructureSeries& b) {
    comparison.field(where, "kind", a.kind, b.kind);
    comparison.field(where, "source", a.source, b.source);
    comparison.field(where, "family", a.family, b.family);
    comparison.field(where, "layer", a.layer, b.layer);
    comparison.field(where, "head", a.head, b.head);
    if (comparison.count(where, "samples", a.value.size(), b.value.size())) {
        for (std::size_t j = 0; j < a.value.size(); ++j) {
            comparison.field(where + " sample " + std::to_string(j), "x", a.x[j], b.x[j]);
            comparison.field(where + " sample " + std::to_string(j), "value", a.value[j], b.value[j]);
        }
    }
}

void compare(Comparison& comparison, const std::string& where, const SearchIndividual& a, const SearchIndividual& b) {
    comparison.field(where, "iteration", a.iteration, b.iteration);
    comparison.field(where, "origin", a.origin, b.origin);
    comparison.field(where, "loss", a.loss, b.loss);
    comparison.field(where, "n_hat", a.n_hat, b.n_hat);
    comparison.field(where, "critical_pair", a.critical_pair, b.critical_pair);
    if (comparison.count(where, "factors", a.factors.size(), b.factors.size())) {
        for (std::size_t j = 0; j < a.factors.size(); ++j) {
            comparison.field(where + " pair " + std::to_string(j), "factor", a.factors[j], b.factors[j]);
        }
    }
}

void compare(Comparison& comparison, ResultsDifference& found, const StageRecord& a, const StageRecord& b) {
    const std::string where = "stage " + a.id;
    comparison.field(where, "parent", a.parent, b.parent);
    comparison.field(where, "kind", a.kind, b.kind);
    comparison.field(where, "text", a.text, b.text);
    comparison.field(where, "status", a.status, b.status);
    comparison.field(where, "reason", a.reason, b.reason);
    comparison.field(where, "end_step", a.end_step, b.end_step);
    if (comparison.count(where, "curve points", a.curve.size(), b.curve.size())) {
        for (std::size_t i = 0; i < a.curve.size(); ++i) {
            compare(comparison, where + " step " + std::to_string(a.curve[i].step), a.curve[i], b.curve[i]);
        }
        found.curve_points_compared += a.curve.size();
    }
    if (comparison.count(where, "evaluations", a.evaluations.size(), b.evaluations.size())) {
        for (std::size_t i = 0; i < a.evaluations.size(); ++i) {
            const std::string length = " at context length " + std::to_string(a.evaluations[i].context_length);
            compare(comparison, where + length, a.evaluations[i], b.evaluations[i]);
        }
        found.evaluations_compared += a.evaluations.size();
    }
    if (comparison.count(where, "results of tasks", a.task_results.size(), b.task_results.size())) {
        for (std::size_t i = 0; i < a.task_results.size(); ++i) {
            compare(comparison, where + " result " + std::to_string(i) + " (" + a.task_results[i].task + ")", a.task_results[i],
                    b.task_results[i]);
        }
        found.task_results_compared += a.task_results.size();
    }
    if (comparison.count(where, "learned curves", a.structure.size(), b.structure.size())) {
        for (std::size_t i = 0; i < a.structure.size(); ++i) {
            compare(comparison, where + " learned curve " + std::to_string(i) + " (" + a.structure[i].kind + ")", a.structure[i], b.structure[i]);
        }
    }
    if (comparison.count(where, "individuals", a.individuals.size(), b.individuals.size())) {
        for (std::size_t i = 0; i < a.individuals.size(); ++i) {
            compare(comparison, where + " individual " + std::to_string(i), a.individuals[i], b.individuals[i]);
        }
    }
}

/// Calls `both` for each id that the two share and names the others.
template <typename Row, typename Both>
void pair_by_id(Comparison& comparison, const char* kind, const std::vector<Row>& a, const std::vector<Row>& b,
                Both&& both) {
    std::map<std::string_view, const Row*> waiting;
    for (const Row& row : b) {
        waiting.emplace(row.id, &row);
    }
    for (const Row& row : a) {
        const auto found = waiting.find(row.id);
        if (found == waiting.end()) {
            comparison.only_in(kind + (" " + row.id), "first");
        } else {
            both(row, *found->second);
            waiting.erase(found);
        }
    }
    for (const auto& [id, row] : waiting) {
        comparison.only_in(kind + (" " + std::string(id)), "second");
    }
}

}  // namespace

ResultsDifference compare_results(const std::filesystem::path& a, const std::filesystem::path& b) {
    const Results first = read_results(a), second = read_results(b);
    ResultsDifference found;
    found.ignored_fields = {"trials/seconds",     "curves/seconds",      "stages/seconds",  "stages/tokens_per_second",
                            "stages/started_utc", "stages/finished_utc", "stages/attempts", "stages/team_width",
                            "stages/host",        "stages/version",      "stages/device",   "stages/alone",
                            "program_version",    "sweep_name",          "sweep_text",      "claims", "analysis_*"};
    Comparison comparison(found);
    comparison.field("file", "bytes_per_token", first.bytes_per_token, second.bytes_per_token);
    pair_by_id(comparison, "trial", first.trials, second.trials, [&](const TrialResult& x, const TrialResult& y) {
        compare(comparison, x, y);
        ++found.trials_compared;
    });
    pair_by_id(comparison, "stage", first.stages, second.stages,
               [&](const StageRecord& x, const StageRecord& y) { compare(comparison, found, x, y); });
    return found;
}

}  // namespace overtake
