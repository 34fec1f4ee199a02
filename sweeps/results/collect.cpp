// Assembles results.h5 from the records of a sweep folder.
#include <map>
#include <system_error>

#include "sweeps/claims.hpp"
#include "sweeps/data_manifest.hpp"
#include "sweeps/results/record_file.hpp"
#include "sweeps/results/results_file.hpp"
#include "sweeps/results/trial_results.hpp"

namespace overtake {

namespace {

using Known = std::map<std::string, StageRecord>;

/// Records that the results file there already holds; none if it can't be used, since everything is in the records
/// anyway.
Known take_from(const std::filesystem::path& results_file) {
    Known known;
    if (std::filesystem::exists(results_file)) {
        try {
            for (StageRecord& stage : read_results(results_file).stages) {
                std::string id = stage.id;
                known.emplace(std::move(id), std::move(stage));
            }
        } catch (const IoError&) {
            known.clear();
        }
    }
    return known;
}

std::vector<StageRecord> gather(const SweepFolder& folder, const StageForest& forest) {
    std::error_code absent;
    const auto assembled = std::filesystem::last_write_time(folder.results(), absent);
    Known known = absent ? Known{} : take_from(folder.results());
    std::vector<StageRecord> stages;
    for (const Stage& stage : forest.stages) {
        const auto written = std::filesystem::last_write_time(folder.record(stage.id), absent);
        if (absent) {
            continue;
        }
        const auto found = known.find(stage.id);
        // A record that was written again since (its stage was run anew by hand) is read again.
        if (found != known.end() && written < assembled) {
            stages.push_back(std::move(found->second));
        } else if (std::optional<StageRecord> record = read_record(folder, stage.id)) {
            stages.push_back(std::move(*record));
        }
    }
    return stages;
}

/// Where neither the folder remembers its corpus nor the corpus is at hand, ids are provisional: every record would seem
/// to be missing, and a good results.h5 be lost.
void refuse_provisional(const SweepFolder& folder, const StageForest& forest) {
    std::error_code absent;
    const bool has_records =
        std::filesystem::is_directory(folder.stages(), absent) && !std::filesystem::is_empty(folder.stages(), absent);
    for (const Stage& stage : forest.stages) {
        if (stage.provisional && has_records) {
            throw IoError("cannot collect '" + folder.root.string() + "' (it doesn't remember its corpus, and there is none in '" +
                          corpus_folder(stage.config.data).string() +
                          "', so which records belong to it can't be told); run it where the corpus is, or set "
                          "OVERTAKE_DATA to the folder of corpora");
        }
    }
}

}  // namespace

std::size_t collect_results(const SweepFolder& folder, const Specification& specification, const StageForest& forest) {
    refuse_provisional(folder, forest);
    Results results;
    results.sweep_name = specification.name;
    results.sweep_text = specification.text;
    results.version = OVERTAKE_VERSION;
    results.analysis = specification.analysis;
    results.claims = read_claims_history(folder);
    results.stages = gather(folder, forest);
    results.trials = judge_trials(forest, results.stages);
    for (std::size_t i = 0; specification.tuning && i < results.trials.size(); ++i) {
        if (const TunedChoice* choice = find_choice(specification.tuning->choices, forest.trials[i].config.position)) {
            results.trials[i].tuning = choice->untuned() ? "untuned" : "tuned";
        }
    }
    if (specification.data) {
        results.bytes_per_token = specification.data->bytes_per_token;
    }
    write_results(folder.results(), results);
    std::size_t done = 0;
    for (const TrialResult& trial : results.trials) {
        done += trial.status == TrialStatus::done ? 1 : 0;
    }
    return done;
}

}  // namespace overtake
