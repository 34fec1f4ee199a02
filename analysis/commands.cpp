// The verbs of analysis: fit, crossover, differences, report.
#include "analysis/commands.hpp"

#include <cmath>
#include <iostream>

#include <CLI/CLI.hpp>

#include "analysis/fit_options.hpp"
#include "analysis/fit_tables.hpp"
#include "analysis/json.hpp"
#include "analysis/paired_differences.hpp"
#include "analysis/report.hpp"
#include "analysis/study.hpp"
#include "analysis/tables.hpp"
#include "analysis/text.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

struct Arguments {
    std::string file, columns, out;
    std::vector<std::string> where;
    StudyOptions study;
    ObservationFilter filter;
    FitArguments fit;
    std::string pairing = "test";
    double bootstraps = -1, seed = -1, confidence = -1, delta_nats = -1, ratio = 0;
    bool json = false;
};

void add_common(CLI::App& app, Arguments& a) {
    app.add_option("file", a.file, "results.h5, or a table (.csv)")->required();
    app.add_option("--columns", a.columns, "table: role=column pairs, e.g. scheme=arch,parameters=params,tokens=tokens,loss=val_loss,seed=seed; "
                                           "roles: scheme parameters tokens loss seed flops context cell filter");
    app.add_option("--where", a.where, "table: keep rows with COLUMN=VALUE; may be repeated");
    add_fit_options(app, a.fit);
    app.add_option("--bootstraps", a.bootstraps, "bootstrap draws (default 1000, or what the sweep says)")->check(CLI::Range(20.0, 1e6));
    app.add_option("--seed", a.seed, "seed of the bootstrap")->check(CLI::NonNegativeNumber);
    app.add_option("--confidence", a.confidence, "of every interval")->check(CLI::Range(0.5, 0.999));
    app.add_option("--pairing", a.pairing, "draw seeds of a cell together through all schemes: test, always or never")->check(CLI::IsMember({"test", "always", "never"}));
    app.add_option("--context", a.filter.context, "results.h5: evaluation length in tokens (default: the train length)");
    app.add_flag("--beyond", a.filter.beyond_train, "results.h5: loss at positions beyond the train length only");
    app.add_option("--most-epochs", a.filter.most_epochs, "results.h5: leave out trials above this many epochs")->capture_default_str();
    app.add_flag("--every-learning-rate", a.filter.every_learning_rate, "results.h5: keep all learning rates, not the best of each cell");
    app.add_option("--untuned", a.filter.untuned, "results.h5: trials whose tuning is flagged: flag (in every comparison) or leave-out")
        ->transform(CLI::CheckedTransformer(std::map<std::string, Untuned>{{"flag", Untuned::flag}, {"leave-out", Untuned::leave_out}}));
    app.add_flag("--six-nd", a.filter.six_nd, "C = 6 N D even where exact FLOPs are known");
    app.add_option("--threads", a.study.fit.threads, "threads (0: all); the answer does not depend on it");
}

void add_comparison(CLI::App& app, Arguments& a) {
    app.add_option("--baseline", a.study.baseline, "scheme to compare with (default: rope)");
    app.add_option("--challenger", a.study.challengers, "scheme to compare (default: every other)");
    app.add_option("--delta-nats", a.delta_nats, "smallest gap that counts, nats per token (default 0.002)")->check(CLI::NonNegativeNumber);
    app.add_option("--tokens-per-parameter", a.ratio, "of the fixed-ratio comparison (default: the data's median)")->check(CLI::PositiveNumber);
}

/// nullopt: go on; else an exit code (help was asked for, or the arguments are wrong).
std::optional<int> parse(CLI::App& app, const std::vector<std::string>& arguments) {
    try {
        app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
        return std::nullopt;
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? exit_code::done : exit_code::usage;
    }
}

struct Loaded {
    ObservationSet set;
    std::optional<Results> results;
};

Loaded load(Arguments& a) {
    Loaded loaded;
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
    s.bootstrap.draws = a.bootstraps > 0 ? static_cast<std::size_t>(a.bootstraps) : s.bootstrap.draws;
    s.bootstrap.seed = a.seed >= 0 ? static_cast<std::uint64_t>(a.seed) : s.bootstrap.seed;
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

int run_fit(const std::vector<std::string>& arguments) {
    Arguments a;
    CLI::App app{"Fits L(N, D) = E + A/N^alpha + B/D^beta to every scheme, with intervals.", "overtake fit"};
    add_common(app, a);
    app.add_flag("--json", a.json, "one JSON object on standard output");
    if (auto code = parse(app, arguments)) {
        return *code;
    }
    Loaded loaded = load(a);
    a.study.compare = false;
    std::vector<Study> studies = make_studies(loaded.set.observations, a.study);
    if (a.json) {
        std::cout << fits_as_json(studies, loaded.set) << "\n";
    } else {
        for (const Study& study : studies) {
            std::cout << as_text(law_table(study)) << "\n";
            for (const Table& table : fit_tables(study)) {
                std::cout << as_text(table) << "\n";
            }
        }
    }
    say_left_out(loaded.set);
    return exit_code::done;
}

int run_crossover(const std::vector<std::string>& arguments) {
    Arguments a;
    CLI::App app{"Where, and how surely, a scheme overtakes another as compute grows.", "overtake crossover"};
    add_common(app, a);
    add_comparison(app, a);
    app.add_flag("--json", a.json, "one JSON object on standard output");
    if (auto code = parse(app, arguments)) {
        return *code;
    }
    Loaded loaded = load(a);
    std::vector<Study> studies = make_studies(loaded.set.observations, a.study);
    if (a.json) {
        std::cout << crossovers_as_json(studies, loaded.set) << "\n";
    } else {
        for (const Study& study : studies) {
            if (studies.size() > 1) {
                std::cout << "At " << study.context << " tokens of context:\n";
            }
            for (const Comparison& c : study.comparisons) {
                std::cout << c.sentence << "\n";
                for (const std::string& note : c.notes) {
                    std::cerr << "  mind: " << note << "\n";
                }
            }
            if (study.comparisons.empty()) {
                std::cout << "Nothing to compare: finished trials of " << counted(study.schemes.size(), "scheme") << ".\n";
            }
        }
    }
    say_left_out(loaded.set);
    return exit_code::done;
}

int run_report(const std::vector<std::string>& arguments) {
    Arguments a;
    CLI::App app{"One offline page with verdicts, figures and tables; their data and gnuplot scripts beside it.", "overtake report"};
    add_common(app, a);
    add_comparison(app, a);
    app.add_option("--out", a.out, "folder (default: report/ beside the file)");
    if (auto code = parse(app, arguments)) {
        return *code;
    }
    Loaded loaded = load(a);
    std::filesystem::path folder = a.out;
    if (folder.empty()) {
        std::filesystem::path file = a.file;
        folder = (std::filesystem::is_directory(file) ? file : file.parent_path()) / "report";
    }
    ReportInput input{loaded.set, make_studies(loaded.set.observations, a.study), loaded.results ? &*loaded.results : nullptr};
    ReportSummary summary = write_report(input, folder);
    for (const std::string& sentence : summary.sentences) {
        std::cout << sentence << "\n";
    }
    std::cout << "Report: " << summary.page.string() << "\n";
    say_left_out(loaded.set);
    for (const std::string& words : summary.warnings) {
        std::cerr << words << "\n";
    }
    return exit_code::done;
}

int run_differences(const std::vector<std::string>& arguments) {
    std::string file;
    DifferenceOptions options{.against = {}, .baseline = {}, .confidence = 0};
    bool json = false;
    CLI::App app{"What an option or scheme costs: differences of loss, paired by seed, with intervals.", "overtake differences"};
    app.add_option("file", file, "results.h5, or the sweep folder")->required();
    app.add_option("--against", options.against, "variant or scheme that all are compared with (default: for each the first before it in the grid "
                                                 "that differs in one option, else in one method, else the baseline)");
    app.add_flag("--beyond", options.beyond_train, "loss at positions beyond the train length only");
    app.add_option("--confidence", options.confidence, "of every interval (default: the sweep's)")->check(CLI::Range(0.5, 0.999));
    app.add_flag("--json", json, "one JSON object on standard output");
    if (auto code = parse(app, arguments)) {
        return *code;
    }
    const Results results = read_results(std::filesystem::is_directory(file) ? std::filesystem::path(file) / "results.h5" : std::filesystem::path(file));
    options.baseline = results.analysis.baseline;
    options.confidence = options.confidence > 0 ? options.confidence : results.analysis.confidence;
    if (json) {
        std::cout << differences_as_json(paired_differences(results, options)) << "\n";
    } else if (const std::optional<Table> table = difference_table(results, options)) {
        std::cout << as_text(*table);
    } else {
        std::cerr << "nothing to compare (no seed has finished trials of a variant and of its reference)\n";
    }
    return exit_code::done;
}

constexpr Command commands[] = {
    {"fit", "fits a law to every scheme of a results file or table", run_fit},
    {"crossover", "says where a scheme overtakes another, and how surely", run_crossover},
    {"differences", "says what an option or scheme costs, paired by seed, with intervals", run_differences},
    {"report", "writes one page with verdicts, figures and tables", run_report},
};

}  // namespace

std::span<const Command> analysis_commands() { return commands; }

}  // namespace overtake
