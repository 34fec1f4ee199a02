// The lives of a job that Slurm begins again and again: how many in a row brought the sweep no further.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "cluster/slurm/job.hpp"
#include "sweeps/run_lines.hpp"
#include "sweeps/sweep_folder.hpp"

namespace overtake {

/// Kept in lives.json, so that it outlives a life that had no time to say goodbye. A stage that ends, or is begun or left at a later step
/// than ever before, is progress.
class JobLives {
  public:
    /// A new life begins; it counts as one without progress until it shows some. A job that is neither a restart nor a link of a chain
    /// begins at nothing. Throws IoError.
    JobLives(const SweepFolder& folder, const SlurmJob& job);

    void on_line(const RunLine& line);
    /// Restarts in a row without progress, this life included.
    std::int64_t restarts_without_progress() const noexcept { return without_progress_; }
    /// Writes down how far stages came. Throws IoError.
    void close() const;

  private:
    void note(const std::string& stage, std::int64_t step, bool began);
    void got_on();

    SweepFolder folder_;
    std::int64_t without_progress_ = 0;
    std::map<std::string, std::int64_t> furthest_;
};

}  // namespace overtake
