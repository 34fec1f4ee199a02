// overtake fit: a law for every scheme.
#include <iostream>

#include "analysis/arguments.hpp"
#include "analysis/fit_tables.hpp"
#include "analysis/json.hpp"
#include "analysis/tables.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

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
    say_flags(studies, loaded.set);
    say_left_out(loaded.set);
    return exit_code::done;
}

}  // namespace overtake
