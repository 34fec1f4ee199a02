// After a death: which stages get a strike, and whether to start again. Pure: lines in, decisions out.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sweeps/run_lines.hpp"

namespace overtake {

/// Rank that died first by the words of mpirun ("process rank 3 with PID ...", "Process name: [[1,1],3]") or srun ("task 3: Killed");
/// nullopt for any other line.
std::optional<int> dead_rank_in(std::string_view line);

/// What is known of an unorderly end.
struct Death {
    std::optional<int> rank;          // the first that died, if the launcher said so
    std::vector<std::string> hung = {};  // stages of which nothing was heard for too long: they get the strike, whoever died then
    std::vector<FaultLine> faults = {};  // what ranks said before they ended the program: the stage gets the strike, unless it hung
    bool silent = false;              // the program was ended because its first rank said nothing any more
    bool blameless = false;           // the launcher itself was killed, or the program aborted on purpose: no stage's fault
};

struct Verdict {
    bool restart = true;
    std::vector<std::string> struck;  // stages that got a strike
    std::vector<std::string> failed;  // those among them whose third it is
    bool place_is_to_blame = false;   // what was tried met faults of the place: giving up is no end of the sweep
    std::int64_t restarts_in_a_row = 0;  // without progress, this one included
};

/// Before a restart: none before the first in a row, `first` before the second, then four times as long each time, at most a minute, so that what ails
/// a node or a disk for half a minute ends no sweep.
std::chrono::milliseconds restart_pause(std::chrono::milliseconds first, std::int64_t restarts_in_a_row);

class RestartPolicy {
  public:
    /// `limit` restarts in a row without progress are allowed; `strikes` are those of earlier runs.
    RestartPolicy(std::int64_t limit, std::vector<Strike> strikes);

    void on_line(const RunLine& line);
    Verdict on_death(const Death& death);
    const std::vector<Strike>& strikes() const noexcept { return strikes_; }
    /// True once after a change of the strikes, for whoever keeps their file.
    bool take_changed() noexcept;

  private:
    struct Running {
        std::vector<int> team;
        std::int64_t step = 0;
    };
    void clear_strikes(const std::string& stage);

    void strike(const std::string& stage, const FaultLine* fault, const Death& death, Verdict& verdict, std::int64_t step);

    std::int64_t limit_, restarts_ = 0, progress_ = 0;  // progress: stages done and newer checkpoints so far
    bool progressed_ = false, changed_ = false;
    std::map<std::string, std::int64_t> progress_at_first_fault_;
    std::map<std::string, Running> running_;
    std::map<std::string, std::int64_t> furthest_;  // newest checkpoint from which each stage was ever started
    std::vector<Strike> strikes_;
};

inline constexpr std::int64_t strikes_that_fail = 3;

}  // namespace overtake
