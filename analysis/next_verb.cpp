// overtake next: which cells to run next, for a budget of GPU-hours or FLOPs.
#include <cmath>
#include <fstream>
#include <iostream>
#include <map>

#include "analysis/arguments.hpp"
#include "analysis/json_parts.hpp"
#include "analysis/next_sweep.hpp"
#include "analysis/tables.hpp"
#include "analysis/text.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/stage_forest.hpp"

namespace overtake {

namespace {

std::string words_of(const NextCells& next) {
    std::string what = next.of_crossing ? "crossing of " + next.challenger + " and " + next.baseline + " at 10^" + fixed(next.log10_flops, 2) + " FLOPs: interval in log10 FLOPs "
                                        : "gap of " + next.challenger + " to " + next.baseline + " at 10^" + fixed(next.log10_flops, 2) + " FLOPs, where it is nearest to 0: interval in nats ";
    auto interval = [](const Interval& i) { return "[" + significant(i.low, 4) + ", " + significant(i.high, 4) + "]"; };
    return what + interval(next.before) + " now, " + interval(next.after) + " expected (standard error x " + fixed(next.shrinkage, 2) + ") after " +
           counted(next.trials.size(), "unit") + " of " + significant(next.flops, 3) + " FLOPs";
}

/// Seeds of one cell and choice of schemes in one row.
Table cell_table(const NextCells& next) {
    Table table{"next_cells", "Next cells", {"N", "D", "schemes", "seeds", "FLOPs"}, {}};
    std::map<std::tuple<double, double, std::string>, std::pair<std::string, double>> rows;
    for (const ProposedTrial& t : next.trials) {
        std::string schemes = t.trial.baseline && t.trial.challenger ? next.baseline + ", " + next.challenger : t.trial.baseline ? next.baseline : next.challenger;
        auto& [seeds, flops] = rows[{t.trial.parameters, t.trial.tokens, schemes}];
        seeds += (seeds.empty() ? "" : " ") + std::to_string(t.seed);
        flops += t.flops;
    }
    for (const auto& [key, value] : rows) {
        table.rows.push_back({with_unit(std::get<0>(key)), with_unit(std::get<1>(key)), std::get<2>(key), value.first, significant(value.second, 3)});
    }
    return table;
}

Json as_json(const NextCells& next) {
    Json trials = Json::array();
    for (const ProposedTrial& t : next.trials) {
        Json schemes = Json::array();
        for (const auto& [runs, name] : {std::pair(t.trial.baseline, next.baseline), std::pair(t.trial.challenger, next.challenger)}) {
            if (runs) {
                schemes.push_back(name);
            }
        }
        trials.push_back({{"parameters", t.trial.parameters}, {"tokens", t.trial.tokens}, {"schemes", schemes}, {"seed", t.seed}, {"flops", t.flops}});
    }
    return {{"baseline", next.baseline}, {"challenger", next.challenger}, {"quantity", next.of_crossing ? "crossing" : "gap"}, {"log10_flops", next.log10_flops},
            {"before", interval_json(next.before)}, {"after", interval_json(next.after)}, {"shrinkage", next.shrinkage}, {"flops", next.flops}, {"trials", trials},
            {"needed_first", next.needed_first}};
}

}  // namespace

int run_next(const std::vector<std::string>& arguments) {
    Arguments a;
    NextOptions options;
    double gpu_hours = 0;
    bool with_finished = false;
    CLI::App app{"The cells to run next: those that shrink the interval of a crossing, or of the gap that decides whether there is one, most per FLOP.", "overtake next"};
    add_common(app, a);
    add_comparison(app, a);
    auto* hours = app.add_option("--gpu-hours", gpu_hours, "rank-hours to spend (one GPU or process each), at the throughput that the results measured")->check(CLI::PositiveNumber);
    auto* flops = app.add_option("--flops", options.flops, "FLOPs to spend, instead")->check(CLI::PositiveNumber)->excludes(hours);
    app.add_option("--cells", options.most_cells, "sizes and budgets that get trials, at most (default: no limit)");
    app.add_option("--largest", options.most_parameters, "parameters of the largest size to propose (default: what the FLOPs allow)")->check(CLI::PositiveNumber);
    app.add_option("--seeds-per-cell", options.seeds_per_cell, "new seeds of a cell, at most")->capture_default_str()->check(CLI::Range(1, 1000));
    app.add_option("--out", a.out, "results.h5: writes a sweep file with the proposed trials in its grid");
    app.add_flag("--with-finished", with_finished, "with --out: lists the finished trials too, so that a run in the same folder extends it");
    app.add_flag("--json", a.json, "one JSON object on standard output");
    if (auto code = parse(app, arguments)) {
        return *code;
    }
    if (a.cost == "seconds") {
        throw ConfigError(std::vector<Problem>{{"--cost", "next counts FLOPs (its cells are priced before they run); leave --cost seconds out"}});
    }
    Loaded loaded = load(a);
    const double rate = loaded.results ? flops_per_rank_second(*loaded.results) : NAN;
    if (flops->count() == 0 && hours->count() == 0) {
        throw ConfigError(std::vector<Problem>{{"overtake next", "nothing to spend (one of --gpu-hours and --flops is needed); try --gpu-hours 10"}});
    }
    if (hours->count() > 0) {
        if (!std::isfinite(rate)) {
            throw ConfigError(std::vector<Problem>{{"--gpu-hours", "no measured throughput (a table has none, and no finished trial of these results was timed); give --flops instead"}});
        }
        options.flops = gpu_hours * 3600 * rate;
    }
    if (!a.out.empty() && !loaded.results) {
        throw ConfigError(std::vector<Problem>{{"--out", "a table carries no sweep (only results.h5 does); leave --out away and read the printed cells"}});
    }
    if (loaded.results) {
        options.most_tokens = tokens_of_epochs(*loaded.results, a.filter.most_epochs);
        options.nearest_size = [&](double parameters) { return nearest_size(*loaded.results, parameters); };
    }
    const std::vector<Study> studies = make_studies(loaded.set.observations, a.study);
    const Study* study = nullptr;
    const Comparison* comparison = nullptr;
    for (const Study& s : studies) {
        const Comparison* nearest = nearest_undecided(s);
        if (nearest != nullptr && (comparison == nullptr || (nearest->verdict == Verdict::not_determined && comparison->verdict != Verdict::not_determined))) {
            study = &s;
            comparison = nearest;
        }
    }
    if (comparison == nullptr) {
        throw ConfigError(std::vector<Problem>{{"overtake next", "nothing to compare (fewer than two schemes have finished trials); run a baseline and a challenger first"}});
    }
    const NextCells next = propose_next(*study, *comparison, options);
    if (a.json) {
        std::cout << as_json(next) << "\n";
    } else if (!next.trials.empty()) {
        std::cout << words_of(next) << ".\n" << as_text(cell_table(next));
    }
    for (const std::string& words : next.needed_first) {
        std::cerr << "mind: " << words << "\n";
    }
    if (next.trials.empty()) {
        std::cerr << "nothing proposed (no candidate cell costs less than " << significant(options.flops, 3) << " FLOPs, or the laws do not hold); spend more, or see above\n";
        return exit_code::done;
    }
    if (!a.out.empty()) {
        const std::string text = next_sweep_text(*loaded.results, *study, next, with_finished);
        std::ofstream file(a.out, std::ios::binary);
        file << text;
        file.close();
        if (!file) {
            throw IoError("could not write " + a.out + ": no such folder, no permission, or the disk is full; check the path");
        }
        const Specification specification = parse_specification(text, a.out);
        double shared = 0;
        for (const Stage& stage : grow_forest(specification.trials).stages) {
            shared += stage.flops;
        }
        std::cerr << "wrote " << a.out << ": " << counted(specification.trials.size(), "trial") << ", " << significant(shared, 3)
                  << " FLOPs with what they share among themselves; `overtake plan " << a.out << "` shows them\n";
    }
    say_left_out(loaded.set);
    return exit_code::done;
}

}  // namespace overtake
