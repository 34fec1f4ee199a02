// How fast this machine trains: measured per (size, scheme) from finished stages, or a stated guess.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "cluster/launch/sweep_view.hpp"

namespace overtake {

struct Calibration {
    std::string source;                              // in words, for the user: where the numbers come from
    double flops_per_second = 0;                     // of one rank, over everything
    double stage_seconds = 0.2;                      // fixed cost of a stage; measured: at most half of the shortest one
    double launch_seconds = 0;                       // of a run: before its first stage and behind its last
    std::map<std::string, double> by_class;          // "size scheme" -> FLOPs per second of one rank
};

inline constexpr double guessed_cpu_flops_per_second = 5e9;    // one core of a current machine on models of 10^4 to 10^6 parameters
inline constexpr double guessed_gpu_flops_per_second = 2e13;   // one data-centre GPU on small models in bf16

/// "2x64 rope": stages of one size and scheme share a rate; evaluations are a class apart.
std::string calibration_class(const Stage& stage);

/// From the records of finished stages, and from a run that knows more of some of them; nullopt if there is none that took a measurable time.
std::optional<Calibration> measure_calibration(const SweepView& view, const std::map<std::string, double>& seconds_with_team = {});

/// <sweep folder>/calibration.json, written aside.
void write_calibration(const std::filesystem::path& file, const Calibration& calibration);
std::optional<Calibration> read_calibration(const std::filesystem::path& file);
std::filesystem::path calibration_file(const SweepFolder& folder);

/// The best there is: the folder's file, else its records, else the guess for the device.
Calibration find_calibration(const SweepView& view);

/// What the user states of one rank, above 0; else what find_calibration() knows.
Calibration stated_or_found(double flops_per_second, const SweepView& view);

/// FLOPs per second of one rank on a stage: of its class, or over everything.
double rank_rate(const Stage& stage, const Calibration& calibration);

/// Predicted seconds of a whole stage on a team, which loses 2.5 % of its rate with every doubling of its width.
double predicted_seconds(const Stage& stage, const Calibration& calibration, int width = 1);

/// Predicted wall seconds of everything that has no record: the larger of work over ranks and the longest path of stages.
double predicted_seconds_left(const StageForest& forest, const std::vector<std::optional<StageStatus>>& status, const Calibration& calibration,
                              std::int64_t ranks);

}  // namespace overtake
