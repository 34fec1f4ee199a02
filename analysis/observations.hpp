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
    std::int64_t train_length = 0;  // [tokens]; 0 where a table says nothing
    std::string scheme_class;   // of design 9a; "" if the scheme is not in our table
    bool untuned = false;       // [tune] flagged the scheme's rate or knob
    std::int64_t line = 0;      // of the table, or place of the trial in the results file
    double backbone_parameters = 0, position_parameters = 0, total_parameters = 0, exact_flops = 0;  // what is known of them, for conventions; else 0
    double solo_seconds = 0;    // ranks x wall seconds of training, where all of it ran alone; 0: not known
};

/// A point that a rule left out, by name.
struct LeftOut {
    std::string rule, scheme, cell;
    std::int64_t seed = 0;
    std::int64_t line = 0;
    bool operator==(const LeftOut&) const = default;
};

/// What was taken, and what was not, and why.
struct ObservationSet {
    std::vector<Observation> observations;
    std::vector<std::string> left_out;   // one sentence a rule that left something out, with the count
    std::vector<LeftOut> left_out_points;  // each of them, but for rows that the caller's own filter dropped
    std::vector<std::string> remarks;    // of the file as such: columns that a careful reader would use
    bool exact_flops = false;            // C is counted, given or measured, not 6 N D
    std::string seconds_unit = "seconds";  // of solo_seconds
    std::string source;                  // file name
};

/// What happens to trials whose scheme [tune] flagged. flag: every comparison says so.
enum class Untuned { flag, leave_out };

struct ObservationFilter {
    double most_epochs = 4;              // trials that saw their data more often are left out (Muennighoff et al. 2023)
    std::int64_t context = 0;            // results.h5: evaluation length; 0: each trial's train length, or a multiple of it
    double context_multiple = 0;         // results.h5: evaluation length over train length; 0: see `context`
    std::int64_t train_length = 0;       // results.h5: trials of this train length alone; 0: all
    bool beyond_train = false;           // results.h5: mean loss at positions beyond the train length
    bool every_learning_rate = false;    // default: the best learning rate of each cell and scheme, by mean over seeds
    bool keep_untuned = false;           // default: where three or more rates were tried and the best is the lowest or highest, the cell is left out
    Untuned untuned = Untuned::flag;
};

/// Final losses (after the cooldown) of the trials that count, by the rules of `filter`; each rule says what it left out. N is the backbone, C exact.
ObservationSet observations_of(const Results& results, const ObservationFilter& filter = {});

/// Roles and columns of a table: parameters, tokens and loss are needed; scheme, seed, flops, context, cell, train_length, total_parameters,
/// position_parameters, seconds (of a run that had its machine alone), and steps with last_step (rows whose last step is lower are unfinished and left out) may be absent. `keep` lists
/// column = value conditions; a value may be empty and then means true, yes or 1.
struct TableColumns {
    std::map<std::string, std::string> roles;
    std::vector<std::pair<std::string, std::string>> keep;
};

/// Reads "scheme=arch,parameters=params,tokens=tokens,loss=val_loss[,filter=column]". Throws ConfigError.
TableColumns parse_columns(const std::string& text);

/// Roles by columns of the same name, for a table given without any.
TableColumns columns_by_name(std::string_view header);

/// `text` is the table with a header line, separated by commas, semicolons or tabs (what the header has most of); quoted fields may hold
/// separators, line ends and doubled quotes; a byte order mark, CRLF and blank lines are fine. Losses that are empty, nan or infinite are diverged
/// runs and left out. Throws ConfigError with every bad line as "source:line: ..." (the first 20, and how many more).
ObservationSet observations_of_table(std::string_view text, const std::string& source, const TableColumns& columns);

/// A .csv file by `columns`, else a results file. Throws IoError, ConfigError.
ObservationSet load_observations(const std::filesystem::path& file, const TableColumns& columns, const ObservationFilter& filter);

}  // namespace overtake
