// Curves, evaluations, results of tasks, learned structure and individuals of searches as HDF5 columns, the same way in state.h5, record.h5 and results.h5.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sweeps/results/payload.hpp"
#include "sweeps/results/records.hpp"

namespace overtake {

/// One dataset per member of CurvePoint under the existing group `group`, equal lengths.
void write_curve(PayloadWriter& payload, const std::string& group, std::span<const CurvePoint> curve);
/// Throws IoError if the columns differ in length.
std::vector<CurvePoint> read_curve(PayloadReader& payload, const std::string& group);

/// One dataset per member of Evaluation under the existing group `group`. The bins of all evaluations follow one
/// another; row_size says how many each has. position_begin and position_loss must be equally long.
void write_evaluations(PayloadWriter& payload, const std::string& group, std::span<const Evaluation> evaluations);
/// Throws IoError if columns differ in length or the row sizes don't add up.
std::vector<Evaluation> read_evaluations(PayloadReader& payload, const std::string& group);

/// One dataset per member of TaskResult under the existing group `group`, one row a result.
void write_tasks(PayloadWriter& payload, const std::string& group, std::span<const TaskResult> tasks);
/// Throws IoError if the columns differ in length.
std::vector<TaskResult> read_tasks(PayloadReader& payload, const std::string& group);

/// One dataset per member of StructureSeries under the existing group `group`. The numbers of all series follow one another; row_size
/// says how many each has. x and value must be equally long.
void write_structure(PayloadWriter& payload, const std::string& group, std::span<const StructureSeries> series);
/// Throws IoError if columns differ in length or the row sizes don't add up.
std::vector<StructureSeries> read_structure(PayloadReader& payload, const std::string& group);

/// One dataset per member of SearchIndividual under the existing group `group`. The factors of all individuals follow one another;
/// row_size says how many each has.
void write_individuals(PayloadWriter& payload, const std::string& group, std::span<const SearchIndividual> individuals);
/// Throws IoError if columns differ in length or the row sizes don't add up.
std::vector<SearchIndividual> read_individuals(PayloadReader& payload, const std::string& group);

}  // namespace overtake
