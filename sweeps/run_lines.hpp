// What the MPI program tells its supervisor: one line of text each on standard output, nearly all from rank 0, and an
// outcome file at the end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace overtake {

struct AssignedLine {
    std::string stage;
    std::int64_t step = 0;
    std::vector<int> team;
};  // world ranks
struct EndedLine {
    std::string stage, outcome;
    std::int64_t step = 0;
    std::string reason;
};  // outcome: done diverged failed stopped skipped
struct ProgressLine {
    std::int64_t done = 0, running = 0, waiting = 0, failed = 0;
    double tokens_per_second = 0, share_of_flops = 0, seconds_left = 0;
};
struct HungLine {
    std::string stage;  // "-": ranks that should ask for work don't
    double silent_s = 0;
};  // the program ends itself after it
struct FaultLine {
    std::string stage;
    bool of_the_place = true;  // false: one rank of several failed by itself, and nothing says why there
    std::string reason;
};  // from a rank of its team: the stage can't go on there (a GPU, a file that can't be read); the program ends itself after it
struct RefusedLine {
    std::string reason;  // why the sweep folder doesn't take what a stage or the coordinator has to keep
};  // from any rank; the program ends itself after it
using RunLine = std::variant<AssignedLine, EndedLine, ProgressLine, HungLine, FaultLine, RefusedLine>;

/// "@overtake assigned <stage> <step> 0,1" and so on, no line end.
std::string to_line(const RunLine& line);
/// nullopt for any other text (then it is the program's own words, for the log).
std::optional<RunLine> parse_run_line(std::string_view line);

/// How the MPI program ended in order; no file means that it did not.
struct RunOutcome {
    bool finished = false;  // every stage is done, failed or skipped
    bool stopped = false;   // left on request
    std::int64_t stages_done = 0, stages_failed = 0;
};
void write_outcome(const std::filesystem::path& file, const RunOutcome& outcome);  // aside, renamed
std::optional<RunOutcome> read_outcome(const std::filesystem::path& file);

/// Deaths of ranks laid to a stage; three fail it, passing the step of the last one clears them.
struct Strike {
    std::string stage;
    std::int64_t count = 0, step = 0;
    std::int64_t hangs = 0;  // how many of them were hanging ranks that had to be ended
    std::string reason = {};  // of the last fault, if a rank told it
};
void write_strikes(const std::filesystem::path& file, const std::vector<Strike>& strikes);
std::vector<Strike> read_strikes(const std::filesystem::path& file);  // empty if there is no file

}  // namespace overtake
