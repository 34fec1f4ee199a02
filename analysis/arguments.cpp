// What the verbs of analysis share on their command line.
#include "analysis/arguments.hpp"

#include <algorithm>
#include <cmath>
#include <iostream>

#include "analysis/point_flags.hpp"
#include "analysis/solo_seconds.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/quantity.hpp"

namespace overtake {

void add_common(CLI::App& app, Arguments& a) {
    app.add_option("file", a.file, "results.h5, or a table (.csv)")->required();
    app.add_option("--columns", a.columns, "table: role=column pairs, e.g. scheme=arch,parameters=params,tokens=tokens,loss=val_loss,seed=seed; "
                                           "roles: scheme parameters tokens loss seed flops context cell train_length total_parameters position_parameters steps last_step seconds filter");
    app.add_option("--where", a.where, "table: keep rows with COLUMN=VALUE; may be repeated");
    add_fit_options(app, a.fit);
    app.add_option("--bootstraps", a.bootstraps, "bootstrap draws (default 1000, or what the sweep says)")->check(CLI::Range(20.0, 1e6));
    app.add_option("--seed", a.seed, "seed of the bootstrap (default 42 for a table: NumPy's stream, as Besiroglu et al. drew; else what the sweep says)")->check(CLI::NonNegativeNumber);
    app.add_option("--confidence", a.confidence, "of every interval")->check(CLI::Range(0.5, 0.999));
    app.add_option("--pairing", a.pairing, "draw seeds of a cell together through all schemes: test, always or never")->check(CLI::IsMember({"test", "always", "never"}));
    app.add_option("--context", a.context, "results.h5: evaluation length, in tokens or as a multiple of the train length (4x; default: 1x)");
    app.add_option("--train-length", a.filter.train_length, "results.h5: trials of this train length alone (default: all, grouped)")->check(CLI::NonNegativeNumber);
    app.add_flag("--beyond", a.filter.beyond_train, "results.h5: loss at positions beyond the train length only");
    app.add_option("--most-epochs", a.filter.most_epochs, "results.h5: leave out trials above this many epochs")->capture_default_str();
    app.add_flag("--every-learning-rate", a.filter.every_learning_rate, "results.h5: keep all learning rates, not the best of each cell");
    app.add_option("--untuned", a.filter.untuned, "results.h5: trials whose tuning is flagged: flag (in every comparison) or leave-out")
        ->transform(CLI::CheckedTransformer(std::map<std::string, Untuned>{{"flag", Untuned::flag}, {"leave-out", Untuned::leave_out}}));
    app.add_flag("--keep-untuned", a.filter.keep_untuned, "results.h5: keep cells whose best of three or more learning rates is the lowest or highest");
    auto* cost = app.add_option("--cost", a.cost, "what C is: flops (exact where known), six-nd, or seconds (ranks x wall time of trials that ran alone; table: seconds=COLUMN)")
                     ->check(CLI::IsMember({"flops", "six-nd", "seconds"}));
    app.add_flag_callback("--six-nd", [&a] { a.cost = "six-nd"; }, "short for --cost six-nd")->excludes(cost);
    app.add_option("--conventions", a.conventions, "what N and C count: backbone/exact, backbone/6nd, position/exact, total/exact, total/6nd, or all: the verdict under each")->excludes(cost);
    app.add_option("--threads", a.study.fit.threads, "threads (0: all); the answer does not depend on it");
}

void add_comparison(CLI::App& app, Arguments& a) {
    app.add_option("--baseline", a.study.baseline, "scheme to compare with (default: rope)");
    app.add_option("--challenger", a.study.challengers, "scheme to compare (default: every other)");
    app.add_option("--delta-nats", a.delta_nats, "smallest gap that counts, nats per token (default 0.002)")->check(CLI::NonNegativeNumber);
    app.add_option("--tokens-per-parameter", a.ratio, "of the fixed-ratio comparison (default: the data's median)")->check(CLI::PositiveNumber);
}

std::optional<int> parse(CLI::App& app, const std::vector<std::string>& arguments) {
    try {
        app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
        return std::nullopt;
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? exit_code::done : exit_code::usage;
    }
}

namespace {

constexpr std::uint64_t seed_of_tables = 42;  // what Besiroglu et al. 2024 draw with: their interval comes out of their points as printed

/// The context as the filter takes it.
void read_context(Arguments& a) {
    if (a.context.empty()) {
        return;
    }
    const std::optional<Quantity> quantity = parse_quantity(a.context);
    if (!quantity || quantity->value <= 0 || (quantity->unit != Unit::ratio && (quantity->unit != Unit::count || !whole_number(*quantity)))) {
        throw ConfigError({{"--context", "'" + a.context + "' is no length (tokens, or a multiple of the train length); try 4x"}});
    }
    if (quantity->unit == Unit::ratio) {
        a.filter.context_multiple = quantity->value;
    } else {
        a.filter.context = *whole_number(*quantity);
    }
}

/// Conventions asked for; the points as the first of them counts.
void use_conventions(const Arguments& a, Loaded& loaded) {
    const std::vector<Convention> possible = conventions_of(loaded.set.observations);
    if (a.cost == "seconds") {
        count_in_seconds(loaded.set);
        loaded.conventions = {{ParameterCount::backbone, ComputeCount::seconds}};
        return;
    }
    if (a.conventions.empty() && a.cost == "flops") {
        loaded.conventions.assign(possible.begin(), possible.begin() + 1);
        return;
    }
    loaded.conventions = possible;
    if (a.conventions != "all") {
        loaded.conventions = {a.cost == "six-nd" ? Convention{ParameterCount::backbone, ComputeCount::six_nd} : parse_convention(a.conventions)};
        if (std::find(possible.begin(), possible.end(), loaded.conventions[0]) == possible.end()) {
            std::string names;
            for (const Convention& convention : possible) {
                names += (names.empty() ? "" : ", ") + name_of(convention);
            }
            throw ConfigError({{"--conventions", "the points have no counts for '" + a.conventions + "' (possible: " + names + "); name the columns with --columns"}});
        }
    }
    loaded.set.observations = count_by(loaded.set.observations, loaded.conventions[0]);
    loaded.set.exact_flops = loaded.conventions[0].compute == ComputeCount::exact;
}

}  // namespace

Loaded load(Arguments& a) {
    Loaded loaded;
    read_context(a);
    std::filesystem::path file = a.file;
    if (std::filesystem::is_directory(file)) {
        file /= "results.h5";
    }
    if (file.extension() == ".csv" || !a.columns.empty()) {
        TableColumns columns = a.columns.empty() ? TableColumns{} : parse_columns(a.columns);
        for (const std::string& condition : a.where) {
            std::size_t equals = condition.find('=');
            columns.keep.emplace_back(condition.substr(0, equals), equals == std::string::npos ? "" : condition.substr(equals + 1));
        }
        loaded.set = load_observations(file, columns, a.filter);
    } else {
        loaded.results = read_results(file);
        loaded.set = observations_of(*loaded.results, a.filter);
        loaded.set.source = file.string();
    }
    use_conventions(a, loaded);
    StudyOptions& s = a.study;
    if (loaded.results) {
        const AnalysisSection& section = loaded.results->analysis;
        s.bootstrap.draws = static_cast<std::size_t>(section.bootstraps);
        s.bootstrap.seed = static_cast<std::uint64_t>(section.seed);
        s.comparison.confidence = section.confidence;
        s.comparison.delta_nats = section.delta_nats;
        bool there = std::any_of(loaded.set.observations.begin(), loaded.set.observations.end(),
                                 [&](const Observation& o) { return o.scheme == section.baseline; });
        s.baseline = s.baseline.empty() && there ? section.baseline : s.baseline;
    }
    s.bootstrap.seed = loaded.results ? s.bootstrap.seed : seed_of_tables;
    s.bootstrap.draws = a.bootstraps > 0 ? static_cast<std::size_t>(a.bootstraps) : s.bootstrap.draws;
    s.bootstrap.seed = a.seed >= 0 ? static_cast<std::uint64_t>(a.seed) : s.bootstrap.seed;
    s.comparison.cost_unit = a.cost == "seconds" ? loaded.set.seconds_unit : "FLOPs";
    s.bootstrap.threads = s.fit.threads;
    s.comparison.confidence = a.confidence > 0 ? a.confidence : s.comparison.confidence;
    s.comparison.delta_nats = a.delta_nats >= 0 ? a.delta_nats : s.comparison.delta_nats;
    s.comparison.tokens_per_parameter = a.ratio > 0 ? a.ratio : s.comparison.tokens_per_parameter;
    s.ratio_from_data = !(a.ratio > 0);
    apply_fit_options(a.fit, s);
    s.pairing = a.pairing == "always" ? Pairing::always : a.pairing == "never" ? Pairing::never : Pairing::by_test;
    return loaded;
}

void say_left_out(const ObservationSet& set) {
    for (const std::string& words : set.left_out) {
        std::cerr << "left out: " << words << "\n";
    }
}

void say_flags(std::span<const Study> studies, const ObservationSet& set) {
    for (const std::string& words : set.remarks) {
        std::cerr << "mind: " << words << "\n";
    }
    for (const Study& study : studies) {
        const std::string where = studies.size() > 1 ? "at " + std::to_string(study.context) + " tokens: " : "";
        for (const std::string& words : point_flags(study, set.exact_flops)) {
            std::cerr << "mind: " << where << words << "\n";
        }
    }
}

}  // namespace overtake
