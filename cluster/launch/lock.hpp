// sweep.lock: who runs this sweep now. One supervisor at a time; a dead one is taken over, a folder out of reach is waited for.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/launch/retry.hpp"
#include "sweeps/sweep_folder.hpp"

namespace overtake {

/// What the file says.
struct LockOwner {
    std::string host;
    pid_t pid = 0;
    long long pid_start = 0;           // start time of that process, in ticks since boot
    std::string slurm_job;             // empty outside Slurm
    std::int64_t slurm_restart = 0;    // how often Slurm has begun that job again
    std::int64_t restarts = 0;         // of the MPI program, by this supervisor
    std::int64_t heartbeat = 0;        // [Unix seconds]
    pid_t launcher = 0;                // mpirun or srun; 0 while there is none
    long long launcher_start = 0;
    std::string token;                 // differs for every lock ever taken
    bool operator==(const LockOwner&) const = default;
};

std::string to_json_text(const LockOwner& owner);
/// nullopt if there is no file, it can't be read, or it holds no lock (then it counts as abandoned; it is only ever put there whole).
std::optional<LockOwner> read_lock(const SweepFolder& folder);

/// The folder as everybody sees it who has or had a lock in it: alone, or the members of an array.
std::vector<SweepFolder> folders_with_locks(const SweepFolder& folder);

enum class LockState { alive, dead };
/// On this host the process decides; elsewhere the age of the heartbeat does.
LockState state_of(const LockOwner& owner, std::int64_t now);

/// Whether `other` is a former life of the same Slurm job: Slurm began it again, so that its lock is void wherever it ran.
bool is_former_life(const LockOwner& other, const LockOwner& us);

inline constexpr std::int64_t heartbeat_seconds = 10;
inline constexpr std::int64_t stale_after_seconds = 90;

std::string host_name();
std::int64_t unix_seconds();

/// Holds the lock until it is destroyed; then the file goes if it is still ours.
class SweepLock {
  public:
    /// Throws IoError, in words, if somebody alive holds it who is no former life of our Slurm job, if we are one, or if the folder refuses. A
    /// member of an array has a lock of its own; it and who works alone exclude each other. What a dead supervisor of this host left running is waited for
    /// (`patience`), then ended, if its command line shows that it is ours. A stop file that it left is removed: one that is there from now on
    /// is meant for us. `say` gets what happened.
    static SweepLock take(const SweepFolder& folder,
                          std::chrono::milliseconds patience,
                          const std::function<void(const std::string&)>& say);
    SweepLock(SweepLock&& other) noexcept;
    SweepLock& operator=(SweepLock&&) = delete;
    ~SweepLock();

    void set_launcher(pid_t pid, std::int64_t restarts);
    /// Renews the heartbeat if it is due. False if the lock is somebody else's: then stop. A lock that is gone is made again; a folder that
    /// can't be read or written now is tried again soon, and `take_news` says so. Never throws.
    bool beat(Retry::Clock::time_point now = Retry::Clock::now());
    /// Words about the heartbeat that nobody was told yet; empty: nothing new.
    std::string take_news() { return renewal_.take_news(); }
    /// Looks at the file now. False only if it says that the lock is somebody else's.
    bool is_ours() const;

  private:
    SweepLock(SweepFolder folder, LockOwner owner);
    std::optional<LockOwner> excluded_by() const;
    void renew(Retry::Clock::time_point now);

    SweepFolder folder_;
    LockOwner owner_;
    bool held_ = true;
    Retry renewal_;
    Retry::Clock::time_point renewed_at_;
};

}  // namespace overtake
