// The lives of a job that Slurm begins again and again: how many in a row brought the sweep no further.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "cluster/launch/retry.hpp"
#include "cluster/slurm/job.hpp"
#include "sweeps/run_lines.hpp"
#include "sweeps/sweep_folder.hpp"

namespace overtake {

/// Kept in lives.json, so that it outlives a life that had no time to say goodbye. A stage that ends, or is begun or left at a later step
/// than ever before, is progress.
class JobLives {
  public:
    /// A new life begins; it counts as one without progress until it shows some. A job that is neither a restart nor a link of a chain
    /// begins at nothing.
    JobLives(const SweepFolder& folder, const SlurmJob& job);

    void on_line(const RunLine& line);
    /// Restarts in a row without progress, this life included.
    std::int64_t restarts_without_progress() const noexcept { return without_progress_; }
    /// Writes down what the folder did not take yet.
    void close();
    /// Words about the file that nobody was told yet; empty: nothing new. A folder that refuses it is tried again with later lines.
    std::string take_news() { return writing_.take_news(); }

  private:
    void note(const std::string& stage, std::int64_t step, bool began);
    void got_on();
    void write();

    SweepFolder folder_;
    std::int64_t without_progress_ = 0;
    std::map<std::string, std::int64_t> furthest_;
    Retry writing_;
};

}  // namespace overtake
