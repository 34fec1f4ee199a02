// The options that say how laws are fitted, for every verb of analysis.
#pragma once

#include <string>
#include <vector>

#include "analysis/study.hpp"

namespace CLI {
class App;
}

namespace overtake {

struct FitArguments {
    double delta = 1e-3;
    bool least_squares = false, squares_of_loss = false, tied = false;
    std::string weights = "uniform", share = "E", sharing_wish = "test";
    std::vector<std::string> hold, forms;
};

void add_fit_options(CLI::App& app, FitArguments& arguments);

/// Throws ConfigError with every problem.
void apply_fit_options(const FitArguments& arguments, StudyOptions& options);

}  // namespace overtake
