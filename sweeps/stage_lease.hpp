// Who works on a stage where the members of a job array share a sweep folder. Leases save double work and promise nothing: that results
// are right rests on determinism and renames.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sweeps/sweep_folder.hpp"

namespace overtake {

/// The files lease.1, lease.2 ... in a stage's folder: the newest counts.
struct StageLease {
    std::int64_t generation = 0;  // 0: nobody ever had it
    bool held = false;            // false: given back, or never taken
    std::string member, life;     // of the holder, as in SweepFolder
    std::string host;
    std::int64_t pid = 0;
    bool is_of(const SweepFolder& folder) const { return held && member == folder.member && life == folder.life; }
    bool operator==(const StageLease&) const = default;
};

/// The newest generation. One that can't be read counts as held by a nameless member, which never moves.
StageLease read_lease(const SweepFolder& folder, std::string_view stage);

/// Makes the generation after `seen` for the folder's member, by link(2): of all who try one wins, on any file system with hard links. False if
/// another was there first. Throws IoError.
bool take_lease(const SweepFolder& folder, std::string_view stage, const StageLease& seen);

/// Makes the generation after ours, held by nobody; nothing if ours isn't the newest. Generations only grow, so that a member that was
/// asleep meanwhile never removes what is another's.
void give_back_lease(const SweepFolder& folder, std::string_view stage);

/// For a stage that has its record: the files of all generations go.
void drop_leases(const SweepFolder& folder, std::string_view stage);

/// A counter that its member writes ever higher while it works, in place: clients of NFS keep names for up to a minute, but ask for
/// a file's content when they open it. Throws IoError.
void write_pulse(const SweepFolder& folder, std::int64_t count);
/// nullopt if there is none.
std::optional<std::int64_t> read_pulse(const SweepFolder& folder);

/// Which members still move, by the clock of whoever watches: clocks of two hosts are never compared. Pure.
class HolderWatch {
  public:
    explicit HolderWatch(double patience_s) : patience_s_(patience_s) {}
    /// Lets the watch's clock follow `now_s`, by at most a third of the patience: a pause of the watcher accuses nobody.
    void tick(double now_s);
    /// Tells what the pulse of a holder says now. False if it has said the same for longer than the patience.
    bool moves(const std::string& member, const std::string& life, std::optional<std::int64_t> count);

  private:
    struct Seen {
        std::optional<std::int64_t> count;
        double since_s = 0;
    };
    double patience_s_, clock_s_ = 0;
    std::optional<double> last_tick_s_;
    std::map<std::pair<std::string, std::string>, Seen> seen_;
};

}  // namespace overtake
