// What the verbs of analysis share: their arguments, and points loaded by them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "analysis/conventions.hpp"
#include "analysis/fit_options.hpp"
#include "analysis/observations.hpp"
#include "analysis/study.hpp"

namespace overtake {

struct Arguments {
    std::string file, columns, out, context, conventions;
    std::vector<std::string> where;
    StudyOptions study;
    ObservationFilter filter;
    FitArguments fit;
    std::string pairing = "test", cost = "flops";
    double bootstraps = -1, seed = -1, confidence = -1, delta_nats = -1, ratio = 0;
    bool json = false;
};

/// File, columns, filter, fit and bootstrap.
void add_common(CLI::App& app, Arguments& arguments);

/// Baseline, challengers, delta and ratio.
void add_comparison(CLI::App& app, Arguments& arguments);

/// nullopt: go on; else an exit code (help was asked for, or the arguments are wrong).
std::optional<int> parse(CLI::App& app, const std::vector<std::string>& arguments);

struct Loaded {
    ObservationSet set;                     // under the first of `conventions`
    std::vector<Convention> conventions;    // asked for, or all that the points allow; at least one
    std::optional<Results> results;
};

/// Reads the file and fills in `arguments.study`: what the command line says, else what the sweep says. Throws ConfigError, IoError.
Loaded load(Arguments& arguments);

/// What a rule left out, and what a careful reader would say of the points, on stderr.
void say_left_out(const ObservationSet& set);
void say_flags(std::span<const Study> studies, const ObservationSet& set);

/// The verbs, one file each. Throw what loading throws.
int run_fit(const std::vector<std::string>& arguments);
int run_crossover(const std::vector<std::string>& arguments);
int run_differences(const std::vector<std::string>& arguments);
int run_compare(const std::vector<std::string>& arguments);
int run_report(const std::vector<std::string>& arguments);
int run_next(const std::vector<std::string>& arguments);

}  // namespace overtake
