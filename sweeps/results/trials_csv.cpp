#include "sweeps/results/trials_csv.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "sweeps/results/status_names.hpp"
#include "sweeps/visible_text.hpp"

namespace overtake {

namespace {

std::string field(const std::string& text) {
    return csv_field(text);
}

std::string field(std::int64_t value) {
    return std::to_string(value);
}

std::string field(double value) {
    if (std::isnan(value)) {
        return "";
    }
    std::array<char, 32> digits{};
    return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}

std::string join(std::initializer_list<std::string> fields) {
    std::string line;
    for (const std::string& one : fields) {
        line += (&one == fields.begin() ? "" : ",") + one;
    }
    return line;
}

}  // namespace

void print_trials_csv(std::ostream& out, const Results& results) {
    out << "id,cell,size,scheme,scheme_class,options,seed,train_length,learning_rate_multiplier,tuning,parameters_backbone,"
           "parameters_embedding,parameters_position,parameters_total,tokens,flops,six_nd,seconds,unique_tokens,epochs,"
           "status,"
           "reason,final_train_loss,context_length,loss,loss_beyond_train,standard_error\n";
    for (const TrialResult& trial : results.trials) {
        const std::string line = join({field(trial.id),
                                       field(trial.cell),
                                       field(trial.size),
                                       field(trial.scheme),
                                       field(trial.scheme_class),
                                       field(trial.options),
                                       field(trial.seed),
                                       field(trial.train_length),
                                       field(trial.learning_rate_multiplier),
                                       field(trial.tuning),
                                       field(trial.parameters.backbone),
                                       field(trial.parameters.embedding),
                                       field(trial.parameters.position),
                                       field(trial.parameters.total()),
                                       field(trial.tokens),
                                       field(trial.flops),
                                       field(trial.six_nd),
                                       field(trial.seconds),
                                       field(trial.unique_tokens),
                                       field(trial.epochs),
                                       std::string(name_of(trial.status)),
                                       field(trial.reason),
                                       field(trial.final_train_loss)});
        for (const Evaluation& evaluation : trial.evaluations) {
            out << line << ','
                << join({field(evaluation.context_length), field(evaluation.loss), field(evaluation.loss_beyond_train),
                         field(evaluation.standard_error)})
                << '\n';
        }
        if (trial.evaluations.empty()) {
            out << line << ",,,,\n";
        }
    }
}

}  // namespace overtake
