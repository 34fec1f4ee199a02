#include "sweeps/resolve.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>

#include "sweeps/canonical_text.hpp"
#include "sweeps/counts.hpp"
#include "sweeps/extension_stages.hpp"
#include "sweeps/position_schemes.hpp"

namespace overtake {

namespace {

constexpr std::int64_t one_shard_tokens = 16384;

template <typename Value>
const Value& of(const GridPoint& point, Axis axis) {
    return std::get<Value>(point[static_cast<std::size_t>(axis)]->value);
}

const AxisValue& value_of(const GridPoint& point, Axis axis) {
    return *point[static_cast<std::size_t>(axis)];
}

/// A learning rate is fixed to four significant digits: what a person reads is what runs.
double four_digits(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return std::stod(text);
}

std::int64_t backbone_of(const ModelConfig& model) {
    return count_parameters(model, {.scheme = "none", .options = {}}, 1).backbone;
}

std::string shape_text(const ModelConfig& model) {
    return to_text(model.layers) + "x" + to_text(model.width) + ", " + to_text(model.heads) +
           (model.heads == 1 ? " head" : " heads") + ", MLP " + to_text(model.mlp_width) +
           ", N = " + grouped(backbone_of(model));
}

std::string joined(const std::map<std::string, std::string>& parts) {
    std::string text;
    std::size_t shown = 0;
    for (const auto& [name, value] : parts) {
        if (++shown > 8) {
            return text + ", ...";
        }
        text += text.empty() ? "" : ", ";
        text += name + ": " + value;
    }
    return text;
}

}  // namespace

const Resolver::Sized& Resolver::sized(const AxisValue& size) {
    const auto [entry, fresh] = sizes_.try_emplace(&size);
    Sized& result = entry->second;
    if (!fresh) {
        return result;
    }
    const auto& choice = std::get<SizeChoice>(size.value);
    if (choice.target > 0) {
        result.model = solve_size(choice.target, settings_.sizes);
        const std::int64_t nearest = result.model ? backbone_of(*result.model) : 0;
        const double miss = static_cast<double>(nearest) / choice.target - 1;
        if (!result.model || std::abs(miss) > 0.1) {
            const std::string found = result.model ? "the nearest shape has " + grouped(nearest) : "no shape fits";
            complaints_.add(size.place, "no shape of " + size.text + " backbone parameters (" + found +
                                            " under aspect_ratio " + to_text(settings_.sizes.aspect_ratio) +
                                            ", at least 2 layers); name a shape such as \"1x16\"");
            result.model.reset();
            return result;
        }
        char percent[32];
        std::snprintf(percent, sizeof percent, " (%+.1f %%)", 100 * miss);
        shapes_[size.text] = shape_text(*result.model) + percent;
    } else {
        result.model = make_shape(choice.layers, choice.width, settings_.sizes);
        if (choice.heads > 0) {
            result.model->heads = choice.heads;
        }
        if (choice.mlp_width > 0) {
            result.model->mlp_width = choice.mlp_width;
        }
        const bool head_width_kept = settings_.sizes.head_width == 0 || choice.heads > 0 || settings_.sizes.heads > 0 ||
                                     result.model->heads * settings_.sizes.head_width == choice.width;
        if (!head_width_kept) {
            complaints_.add(settings_.place("model", "head_width"),
                            "head_width " + to_text(settings_.sizes.head_width) + " does not divide the width " +
                                to_text(choice.width) + " of size " + size.text +
                                " (heads are whole); choose a divisor");
            result.model.reset();
            return result;
        }
        shapes_[size.text] = shape_text(*result.model);
    }
    result.parameters = backbone_of(*result.model);
    return result;
}

std::int64_t Resolver::batch_tokens(std::int64_t parameters) const {
    const double octaves =
        settings_.batch_exponent * std::log2(static_cast<double>(parameters) / settings_.reference_parameters);
    const double scaled =
        std::ldexp(static_cast<double>(settings_.batch_tokens), static_cast<int>(std::lround(octaves)));
    return static_cast<std::int64_t>(std::clamp(std::round(scaled), 1.0, 0x1p40));
}

std::int64_t Resolver::shards(std::int64_t batch_sequences, std::int64_t tokens) const {
    if (settings_.shards > 0) {
        return settings_.shards;
    }
    std::int64_t shards = 1;
    while (tokens / shards > one_shard_tokens && batch_sequences % (2 * shards) == 0 && shards < 64) {
        shards *= 2;
    }
    return shards;
}

std::int64_t Resolver::warmup_steps(std::int64_t parameters, std::int64_t tokens) const {
    const Quantity& warmup = settings_.warmup;
    const double wanted = warmup.unit == Unit::steps ? warmup.value
                          : warmup.unit == Unit::ratio
                              ? warmup.value * static_cast<double>(parameters) / static_cast<double>(tokens)
                              : warmup.value / static_cast<double>(tokens);
    return static_cast<std::int64_t>(std::min(std::round(wanted), 0x1p53));
}

std::vector<std::int64_t> Resolver::lengths(std::int64_t train_length) const {
    std::vector<std::int64_t> lengths;
    for (const Quantity& length : settings_.lengths) {
        const double tokens =
            length.unit == Unit::ratio ? length.value * static_cast<double>(train_length) : length.value;
        lengths.push_back(static_cast<std::int64_t>(std::round(std::min(tokens, 0x1p40))));
    }
    std::sort(lengths.begin(), lengths.end());
    lengths.erase(std::unique(lengths.begin(), lengths.end()), lengths.end());
    return lengths;
}

std::optional<TrialConfig> Resolver::resolve(const GridPoint& point) {
    const AxisValue& size = value_of(point, Axis::size);
    const Sized& shape = sized(size);
    if (!shape.model) {
        return std::nullopt;
    }
    TrialConfig config;
    config.size = size.text;
    config.model = *shape.model;
    config.position = of<PositionChoice>(point, Axis::position).position;
    config.extension = of<PositionChoice>(point, Axis::position).extension;
    config.data = settings_.data;
    config.seed = of<std::int64_t>(point, Axis::seed);

    config.training = settings_.training;
    config.training.train_length = of<std::int64_t>(point, Axis::train_length);
    const std::int64_t tokens_per_batch = batch_tokens(shape.parameters);
    if (tokens_per_batch % config.training.train_length != 0) {
        const bool scaled = settings_.batch_exponent != 0;
        const bool ruled = scaled && settings_.batch_tokens % config.training.train_length == 0;
        const std::string rule = scaled ? " under batch_exponent " + to_text(settings_.batch_exponent) : "";
        complaints_.add(
            ruled ? settings_.place("training", "batch_exponent") : value_of(point, Axis::train_length).place,
            "a batch of " + grouped(tokens_per_batch) + " tokens" + rule + " is not a whole number of windows of " +
                grouped(config.training.train_length) +
                " (a batch keeps its tokens at every train length); choose batch_tokens as a multiple of every train "
                "length");
        return std::nullopt;
    }
    config.training.batch_sequences = tokens_per_batch / config.training.train_length;
    config.training.shards = shards(config.training.batch_sequences, tokens_per_batch);

    const auto parameters = static_cast<double>(shape.parameters);
    config.optimizer = settings_.optimizer;
    config.optimizer.learning_rate_multiplier = of<double>(point, Axis::learning_rate_multiplier);
    const double rule = std::pow(parameters / settings_.reference_parameters, settings_.learning_rate_exponent);
    config.optimizer.learning_rate =
        four_digits(settings_.optimizer.learning_rate * rule * config.optimizer.learning_rate_multiplier);

    const double learning_rate = config.optimizer.learning_rate;
    config.schedule = {settings_.schedule, warmup_steps(shape.parameters, tokens_per_batch),
                       settings_.cooldown_fraction};
    const auto& budget = of<Quantity>(point, Axis::tokens);
    const double tokens = budget.unit == Unit::ratio ? budget.value * parameters : budget.value;
    const double steps = std::round(tokens / static_cast<double>(tokens_per_batch));
    config.total_steps =
        static_cast<std::int64_t>(std::clamp(steps, 1.0, 0x1p53 / static_cast<double>(tokens_per_batch) + 1));
    if (config.extension && config.extension->tune) {
        config.extension->tune->steps = tuning_steps(*config.extension->tune, config.tokens(), tokens_per_batch);
    }
    config.evaluation = settings_.evaluation;
    config.evaluation.lengths = lengths(config.training.train_length);
    config.optimizer.learning_rate = tuned(config, learning_rate, parameters);
    if (!check(config, point)) {
        return std::nullopt;
    }
    remember(config, shape.parameters);
    return config;
}

double Resolver::tuned(TrialConfig& config, double learning_rate, double parameters) const {
    if (!settings_.tune) {
        return learning_rate;
    }
    config.evaluation.heldout = HeldoutPart::scoring;
    const std::string position = position_text(config.position);
    for (const TunedChoice& choice : settings_.tune->choices) {
        if (choice.position != position) {
            continue;
        }
        config.optimizer.untuned_learning_rate = learning_rate;
        config.optimizer.untuned_position_multiplier = config.optimizer.position_learning_rate_multiplier;
        if (choice.knob_kind == Knob::position_rate) {
            config.optimizer.position_learning_rate_multiplier *= choice.knob;
        } else if (choice.knob_kind == Knob::base) {
            config.position.options["base"] = choice.knob;
        }
        return four_digits(
            learning_rate * choice.rate * std::pow(parameters / choice.reference_parameters, choice.exponent) *
            std::pow(static_cast<double>(config.tokens()) / choice.reference_tokens, choice.tokens_exponent));
    }
    return learning_rate;
}

bool Resolver::check(const TrialConfig& config, const GridPoint& point) {
    const auto blame = [&](const std::string& field) {
        const std::size_t dot = field.find('.');
        const std::string section = field.substr(0, dot);
        const std::string key = dot == std::string::npos ? "" : field.substr(dot + 1);
        if (settings_.places.contains(field)) {
            return settings_.place(section, key);
        }
        if (section == "model") {
            return value_of(point, Axis::size).place;
        }
        if (section == "position" || section == "extension") {
            return value_of(point, Axis::position).place;
        }
        if (field == "total_steps" || field == "schedule.warmup_steps") {
            return settings_.places.contains("schedule.warmup") && field != "total_steps"
                       ? settings_.place("schedule", "warmup")
                       : value_of(point, Axis::tokens).place;
        }
        if (field == "training.shards" || field == "training.batch_sequences") {
            return settings_.place("training", "batch_tokens");
        }
        return field == "training.train_length" ? value_of(point, Axis::train_length).place
                                                : settings_.place(section, key);
    };
    const std::vector<Problem> problems = find_problems(config);
    for (const Problem& problem : problems) {
        const Place place = blame(problem.where);
        const std::string once = problem.where + "@" + to_text(place.line) + ":" + to_text(place.column);
        if (complained_.insert(once).second) {
            complaints_.add(place, problem.what + " [size " + config.size + ", " +
                                       rounded(static_cast<double>(config.tokens())) + " tokens, " +
                                       config.position.scheme + "]");
        }
    }
    return problems.empty();
}

void Resolver::remember(const TrialConfig& config, std::int64_t parameters) {
    if (settings_.learning_rate_exponent != 0) {
        const double plain = config.optimizer.learning_rate / config.optimizer.learning_rate_multiplier;
        rates_[config.size] = to_text(four_digits(plain));
    }
    if (settings_.batch_exponent != 0) {
        batches_[config.size] = grouped(batch_tokens(parameters));
    }
    if (config.possible_lengths().size() < config.evaluation.lengths.size()) {
        const bool ends = find_position_scheme(config.position.scheme)->limited_to_train_length;
        (ends ? limited_ : whole_).insert(ends ? config.position.scheme : config.scheme_name());
    }
    if (settings_.data.train_tokens > 0) {
        const double epochs = static_cast<double>(config.tokens()) / static_cast<double>(settings_.data.train_tokens);
        repeated_ += epochs > 1 ? 1 : 0;
        most_epochs_ = std::max(most_epochs_, epochs);
    }
    cosine_budgets_ += config.schedule.kind == ScheduleKind::cosine ? 1 : 0;
}

std::vector<std::string> Resolver::notes() const {
    std::vector<std::string> notes;
    for (const auto& [size, shape] : shapes_) {
        notes.push_back("size " + size + " is " + shape);
    }
    const std::string share = "(N / " + grouped(std::llround(settings_.reference_parameters)) + ")^";
    if (!rates_.empty()) {
        notes.push_back("learning rate = " + to_text(settings_.optimizer.learning_rate) + " " + share +
                        to_text(settings_.learning_rate_exponent) + ", to four digits: " + joined(rates_));
    }
    if (!batches_.empty()) {
        notes.push_back("batch tokens = " + grouped(settings_.batch_tokens) + " " + share +
                        to_text(settings_.batch_exponent) + ", by powers of two: " + joined(batches_));
    }
    for (const std::string& scheme : limited_) {
        notes.push_back(scheme + " ends at the train length: longer evaluation lengths are left out for it");
    }
    for (const std::string& scheme : whole_) {
        notes.push_back(scheme + " has no form for a part of a window: lengths to be evaluated block by block are left out for it");
    }
    if (repeated_ > 0) {
        char epochs[32];
        std::snprintf(epochs, sizeof epochs, "%.1f", most_epochs_);
        notes.push_back(grouped(repeated_) + " trials read the " + grouped(settings_.data.train_tokens) +
                        " training tokens more than once, at most " + epochs +
                        " epochs; fits leave out trials above four");
    }
    if (cosine_budgets_ > 0) {
        notes.push_back(
            "cosine depends on the budget: every budget trains from its beginning; kind = \"wsd\" shares the trunk");
    }
    return notes;
}

}  // namespace overtake
