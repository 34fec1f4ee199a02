// results.h5: everything the analyst needs of a sweep, in one file without weights. Layout: FORMAT.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sweeps/counts.hpp"
#include "sweeps/results/records.hpp"
#include "sweeps/specification.hpp"
#include "sweeps/stage_forest.hpp"
#include "sweeps/sweep_folder.hpp"

namespace overtake {

enum class TrialStatus { done, diverged, failed, unfinished };

/// One trial as results.h5 holds it. Evaluations are those of its last stage.
struct TrialResult {
    std::string id, cell, size, scheme, scheme_class;  // scheme: "rope", or "rope+pi" style name of an extension
    std::string options;                 // "key=value" pairs, comma-separated, of scheme and extension
    std::int64_t seed = 0;
    std::int64_t train_length = 0;       // [tokens]
    double learning_rate_multiplier = 1;
    std::string tuning = "none";         // of a sweep without [tune]; "tuned"; "untuned": flagged, /sweep_text says why
    ParameterCounts parameters;
    std::int64_t tokens = 0;             // D
    double flops = 0;                    // exact, of the whole path as if nothing were shared
    double six_nd = 0;
    double seconds = 0;                  // of the path, as measured
    std::int64_t unique_tokens = 0;
    double epochs = 0;
    TrialStatus status = TrialStatus::unfinished;
    std::string reason;
    std::vector<std::string> path;       // stage ids
    std::vector<Evaluation> evaluations; // ascending in context length
    double final_train_loss = 0;         // last point of its curve; NaN if there is none
    std::string text;                    // canonical text: every resolved parameter
};

struct Results {
    std::string sweep_name, sweep_text, version;
    AnalysisSection analysis;
    std::string claims;                  // claims.json of the sweep folder (sweeps/claims.hpp); empty: nothing was ever claimed
    std::vector<TrialResult> trials;     // grid order
    std::vector<StageRecord> stages;     // curves once per stage
    double bytes_per_token = 1;
};

/// Assembles results.h5 from the records that exist so far, aside and renamed. Returns the number of trials done.
/// A record never changes, so those that the results.h5 there already holds are taken from it. Throws Hdf5Error or IoError,
/// also when there are records and the corpus that the ids depend on is not known.
std::size_t collect_results(const SweepFolder& folder, const Specification& specification, const StageForest& forest);

/// Writes results.h5 aside and renames it. Throws IoError, Hdf5Error.
void write_results(const std::filesystem::path& file, const Results& results);

/// Throws IoError if it isn't a results file of a version that this program reads, or is damaged. The file may be a stranger's: it is read in a
/// limited child first, where a crash of the library does no harm. For processes that run no other thread.
Results read_results(const std::filesystem::path& file);

/// Every way in which a file breaks FORMAT.md; empty: it is valid. Throws IoError if it can't be opened at all.
std::vector<std::string> validate_results(const std::filesystem::path& file);

struct ResultsDifference {
    std::vector<std::string> differences;    // empty: equal bit for bit but for the ignored fields
    std::vector<std::string> ignored_fields; // timing and provenance, by name
    std::size_t trials_compared = 0, curve_points_compared = 0, evaluations_compared = 0, task_results_compared = 0;
};

ResultsDifference compare_results(const std::filesystem::path& a, const std::filesystem::path& b);

}  // namespace overtake
