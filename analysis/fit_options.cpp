// The options that say how laws are fitted.
#include "analysis/fit_options.hpp"

#include <algorithm>
#include <cmath>

#include <CLI/CLI.hpp>

#include "sweeps/errors.hpp"

namespace overtake {

void add_fit_options(CLI::App& app, FitArguments& a) {
    app.add_option("--delta", a.delta, "width of the Huber loss in log loss")->check(CLI::PositiveNumber)->capture_default_str();
    app.add_flag("--least-squares", a.least_squares, "squares of log loss instead of the Huber loss");
    app.add_flag("--squares-of-loss", a.squares_of_loss, "squares of loss in nats, as ml-scalefit and VPNLS have it");
    app.add_option("--weights", a.weights, "of points: uniform, or seed-noise (measured between seeds of a cell)")->check(CLI::IsMember({"uniform", "seed-noise"}));
    app.add_flag("--tied", a.tied, "one exponent: alpha = beta");
    app.add_option("--hold", a.hold, "hold a quantity: E=1.69 (E, A, B, alpha or beta); may be repeated");
    app.add_option("--form", a.forms, "second opinions beside the law: kaplan, farseer, compute (L = E + A C^-g), isoflop (parabolas and splines), or all; may be repeated")
        ->check(CLI::IsMember({"kaplan", "farseer", "compute", "isoflop", "all"}));
    app.add_option("--share", a.share, "what schemes have in common: some of E,A,B,alpha,beta, or all, or none")->capture_default_str();
    app.add_option("--shared-floor", a.sharing_wish, "share it: test, always or never")->check(CLI::IsMember({"test", "always", "never"}));
}

void apply_fit_options(const FitArguments& a, StudyOptions& options) {
    std::vector<Problem> problems;
    LawConstraints& constraints = options.fit.constraints;
    constraints.tied = a.tied;
    for (const std::string& text : a.hold) {
        std::size_t equals = text.find('=');
        std::string name = text.substr(0, equals), number = equals == std::string::npos ? "" : text.substr(equals + 1);
        PowerLaw& held = constraints.held;
        double* place = name == "E" ? &held.E : name == "A" ? &held.A : name == "B" ? &held.B : name == "alpha" ? &held.alpha : name == "beta" ? &held.beta : nullptr;
        double value = 0;
        if (place == nullptr) {
            problems.push_back({"hold", "'" + name + "' is no quantity of the law; choose E, A, B, alpha or beta"});
        } else if (!CLI::detail::lexical_cast(number, value) || !(value > 0) || !std::isfinite(value)) {
            problems.push_back({"hold", "'" + text + "' has no positive number (a quantity of the law is one); write it like E=1.69"});
        } else {
            *place = value;
        }
    }
    if (a.tied && !std::isnan(constraints.held.beta)) {
        problems.push_back({"hold", "beta is tied to alpha; hold alpha, or leave out --tied"});
    }
    if (a.least_squares && a.squares_of_loss) {
        problems.push_back({"squares-of-loss", "one objective at a time (--least-squares is squares of log loss); leave one out"});
    }
    if (!problems.empty()) {
        throw ConfigError(problems);
    }
    bool squares = a.least_squares || a.squares_of_loss;
    options.fit.delta = squares ? INFINITY : a.delta;
    options.points = {a.squares_of_loss ? ResidualScale::loss : ResidualScale::log_loss, a.weights == "seed-noise", squares};
    bool every = std::find(a.forms.begin(), a.forms.end(), "all") != a.forms.end();
    options.forms = every ? std::vector<std::string>{"kaplan", "compute", "farseer", "isoflop"} : a.forms;
    options.sharing = parse_sharing(a.share);
    bool nothing = options.sharing == parse_sharing("none");
    options.shared_floor = a.sharing_wish == "always" ? SharedFloor::always
                           : a.sharing_wish == "never" || nothing ? SharedFloor::never : SharedFloor::by_test;
}

}  // namespace overtake
