// What can be wrong with a place where sweeps shall run: gathered facts in, findings with their cures out. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace overtake {

/// What one rank of overtake-train says of itself (`--doctor`).
struct RankFacts {
    std::int64_t rank = 0, size = 1;
    std::string host, machine;          // name, and boot id of the kernel
    std::int64_t thread_level = 3;      // MPI's: 3 is MPI_THREAD_MULTIPLE
    double clock_s = 0;                 // [Unix seconds] right after a barrier
    std::string mpi;                    // the library's own words
    std::int64_t cpus = 1;              // that it may run on
    bool sees_folder = true;            // found the mark that was left in the sweep folder
    std::vector<std::string> unseen = {};    // of the files that the mark lists, those that it does not find
    bool with_cuda = false;             // built so
    std::int64_t gpus = 0;              // visible to it
    std::string gpu;                    // PCI bus id of the one it would take
    std::int64_t driver = 0, runtime = 0, nccl = 0;  // versions, CUDA's as 13000 for 13.0
    bool operator==(const RankFacts&) const = default;
};

/// What one rank says next, if it was asked to prove NCCL's sums (`--nccl`).
struct RankSums {
    std::int64_t rank = 0;
    bool made = true;                   // false: a rank had no GPU, so nobody tried
    std::string wrong = {};             // in words; empty: all sums were right
    bool operator==(const RankSums&) const = default;
};

/// One line of JSON, as overtake-train prints it; nullopt for any other line.
std::optional<RankFacts> parse_rank_facts(std::string_view line);
std::optional<RankSums> parse_rank_sums(std::string_view line);

struct SiteFacts {
    std::int64_t ranks_asked = 1, threads = 1;
    std::int64_t max_width = 0;         // of [cluster]; 1: no team has two ranks, 0: as wide as can be
    bool srun = false, gpus_wanted = false;
    bool sums_wanted = false;           // NCCL's, to be proven
    int launcher_code = 0;
    std::string launcher_words;         // of launcher and ranks, but for the facts
    std::vector<RankFacts> ranks;       // sorted
    std::vector<RankSums> sums;         // sorted; ranks that hang in them are missing
    std::string folder;
    std::string write_error, lock_error, reserve_error;  // words of the system; empty: it can be written, locked, filled as needed
    bool hdf5_locks = true;             // HDF5_USE_FILE_LOCKING does not forbid it
    std::string hdf5;                   // version
    double free_bytes = -1, needed_bytes = 0;  // < 0: unknown
    double checkpoint_seconds = 0;      // of the largest state of all ranks at once, by a trial
    double grace_seconds = 120;         // that a job has to leave
};

struct Finding {
    bool severe = true;                 // a sweep would fail here; else it would run, but worse
    std::string what, cure;
    bool operator==(const Finding&) const = default;
};

/// Every rank said that NCCL's sums are right.
bool sums_are_proven(const SiteFacts& facts);

/// Empty: nothing is wrong. What follows from something else that is wrong is not said.
std::vector<Finding> diagnose(const SiteFacts& facts);

}  // namespace overtake
