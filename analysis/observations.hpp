// The points that laws are fitted to, from our results file or from anybody's table.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sweeps/results/results_file.hpp"

namespace overtake {

/// The loss of one finished trial.
struct Observation {
    std::string scheme;         // "rope", "rope+pi"; "" where a table names none
    double parameters = 0;      // N, without embeddings and position parameters in our own files
    double tokens = 0;          // D
    double flops = 0;           // C; 6 N D where nothing better is known
    double loss = 0;            // [nats per token] at `context`
    std::string cell;           // equal for trials that differ in scheme and seed only; schemes pair by it, never by N
    std::int64_t seed = 0;
    std::int64_t context = 0;   // evaluation length in tokens; 0 where a table says nothing
    std::string scheme_class;   // of design 9a; "" if the scheme is not in our table
    bool untuned = false;       // [tune] flagged the scheme's rate or knob
    std::int64_t line = 0;      // of the table, or place of the trial in the results file
};

/// What was taken, and what was not, and why.
struct ObservationSet {
    std::vector<Observation> observations;
    std::vector<std::string> left_out;   // one sentence a rule that left something out, with the count
    bool exact_flops = false;            // flops are counted or given, not 6 N D
    std::string source;                  // file name
};

/// What happens to trials whose scheme [tune] flagged. flag: every comparison says so.
enum class Untuned { flag, leave_out };

struct ObservationFilter {
    double most_epochs = 4;              // trials that saw their data more often are left out (Muennighoff et al. 2023)
    std::int64_t context = 0;            // results.h5: evaluation length; 0: each trial's train length
    bool beyond_train = false;           // results.h5: mean loss at positions beyond the train length
    bool every_learning_rate = false;    // default: the best learning rate of each cell and scheme, by mean over seeds
    Untuned untuned = Untuned::flag;
    bool six_nd = false;                 // C = 6 N D even where exact FLOPs are known
};

ObservationSet observations_of(const Results& results, const ObservationFilter& filter = {});

/// Roles and columns of a table: scheme, parameters, tokens, loss, seed, flops, context, cell; the last two and scheme, seed and
/// flops may be absent. `keep` lists column = value conditions; a value may be empty and then means true, yes or 1.
struct TableColumns {
    std::map<std::string, std::string> roles;
    std::vector<std::pair<std::string, std::string>> keep;
};

/// Reads "scheme=arch,parameters=params,tokens=tokens,loss=val_loss[,filter=column]". Throws ConfigError.
TableColumns parse_columns(const std::string& text);

/// `text` is the table with a header line, separated by commas. Throws ConfigError with every bad line as "source:line: ...".
ObservationSet observations_of_table(const std::string& text, const std::string& source, const TableColumns& columns);

/// A .csv file by `columns`, else a results file. Throws IoError, ConfigError.
ObservationSet load_observations(const std::filesystem::path& file, const TableColumns& columns, const ObservationFilter& filter);

}  // namespace overtake
