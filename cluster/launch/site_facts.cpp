#include "cluster/launch/site_facts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

namespace overtake {

namespace {

constexpr double tolerated_skew_s = 5;
constexpr std::int64_t thread_multiple = 3;

using Version = std::array<int, 3>;

/// The first dotted number in the text.
Version version_in(std::string_view text) {
    Version version{};
    const auto digit = text.find_first_of("0123456789");
    const char* at = text.data() + (digit == std::string_view::npos ? text.size() : digit);
    const char* const end = text.data() + text.size();
    for (int& part : version) {
        at = std::from_chars(at, end, part).ptr;
        if (at == end || *at != '.') {
            break;
        }
        ++at;
    }
    return version;
}

std::string number(double value) {
    std::string text = std::to_string(std::round(10 * value) / 10);
    return text.substr(0, text.find('.') + 2);
}

std::string cuda_version(std::int64_t version) { return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10); }

std::string name_of(const RankFacts& rank) { return "rank " + std::to_string(rank.rank) + " on '" + rank.host + "'"; }

class Diagnosis {
  public:
    explicit Diagnosis(const SiteFacts& given) : facts(given) {}

    std::vector<Finding> all() {
        folder();
        libraries();
        if (launch()) {
            mpi();
            gpus();
            hosts();
        }
        return findings;
    }

  private:
    void severe(std::string what, std::string cure) { findings.push_back({true, std::move(what), std::move(cure)}); }
    void doubtful(std::string what, std::string cure) { findings.push_back({false, std::move(what), std::move(cure)}); }

    void folder() {
        if (!facts.write_error.empty()) {
            severe("'" + facts.folder + "' can't be written to (" + facts.write_error + ")", "choose another folder with --in, or ask its owner for the right to write");
            return;
        }
        if (!facts.lock_error.empty() && facts.hdf5_locks) {
            severe("files in '" + facts.folder + "' can't be locked (" + facts.lock_error + "), which HDF5 tries when it opens one",
                   "set HDF5_USE_FILE_LOCKING=FALSE in [slurm] setup; we don't need these locks");
        }
        if (facts.free_bytes >= 0 && facts.free_bytes < facts.needed_bytes) {
            severe("the disk of '" + facts.folder + "' has " + number(facts.free_bytes / 1e9) + " GB left and the sweep takes " + number(facts.needed_bytes / 1e9) + " GB",
                   "free some, choose another folder with --in, or set [cluster] keep = \"none\"");
        } else if (!facts.reserve_error.empty()) {
            severe("the " + number(facts.needed_bytes / 1e9) + " GB that the sweep takes can't be had in '" + facts.folder + "' (" + facts.reserve_error + ")",
                   "look at your quota (quota -s), choose another folder with --in, or set [cluster] keep = \"none\"");
        }
        if (facts.checkpoint_seconds > facts.grace_seconds / 3) {
            severe("writing the checkpoints takes about " + number(facts.checkpoint_seconds) + " s, and a job has " + number(facts.grace_seconds) + " s to leave",
                   "set [slurm] signal_before to " + std::to_string(static_cast<std::int64_t>(std::ceil(3 * facts.checkpoint_seconds))) + "s or more, or choose a faster disk");
        }
    }

    void libraries() {
        if (!facts.hdf5.empty() && version_in(facts.hdf5) < Version{1, 10, 7}) {
            severe("HDF5 " + facts.hdf5 + " is old (1.10.7 is needed)", "load a newer HDF5 module, or build with Debian 12's");
        }
    }

    /// False if nobody can say anything of the ranks.
    bool launch() {
        if (!facts.ranks.empty()) {
            return true;
        }
        if (!facts.write_error.empty()) {
            return false;  // none was started
        }
        if (facts.launcher_words.find("PMI") != std::string::npos || facts.launcher_words.find("mpi plugin") != std::string::npos) {
            severe("the launcher and the MPI library share no PMIx, so ranks can't find each other",
                   "ask for Slurm's pmix plugin (srun --mpi=list shows what is there), or run with --mpirun PATH of the same MPI");
        } else if (facts.launcher_words.find("root") != std::string::npos && facts.launcher_words.find("recommend") != std::string::npos) {
            severe("Open MPI refuses to run as root", "run as a user, or set OMPI_ALLOW_RUN_AS_ROOT=1 and OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1");
        } else {
            severe("no rank said anything (the launcher ended with code " + std::to_string(facts.launcher_code) + ")",
                   "read its words: " + facts.launcher_words.substr(0, 300));
        }
        return false;
    }

    void mpi() {
        const RankFacts& first = facts.ranks.front();
        if (facts.ranks_asked > 1 && std::all_of(facts.ranks.begin(), facts.ranks.end(), [](const RankFacts& rank) { return rank.size == 1; })) {
            severe(std::to_string(facts.ranks.size()) + " processes each believe to be alone: the launcher and the MPI library don't match",
                   facts.srun ? "use srun --mpi=pmix with an MPI built with PMIx" : "use the mpirun that belongs to the MPI library (--mpirun PATH)");
        } else if (first.size != facts.ranks_asked) {
            severe(std::to_string(facts.ranks_asked) + " ranks were asked for and " + std::to_string(first.size) + " came",
                   "make [cluster] ranks equal to [slurm] nodes x tasks_per_node");
        }
        for (const RankFacts& rank : facts.ranks) {
            if (rank.thread_level < thread_multiple) {
                severe(name_of(rank) + " gets MPI's thread level " + std::to_string(rank.thread_level) + " (3, MPI_THREAD_MULTIPLE, is needed)",
                       "use an MPI built with thread support, as Debian's Open MPI is");
                break;
            }
        }
        const auto at = first.mpi.find("Open MPI v");
        if (at != std::string::npos && version_in(std::string_view(first.mpi).substr(at)) < Version{4, 1, 0}) {
            severe("the MPI library is old (" + first.mpi.substr(at, first.mpi.find(',', at) - at) + "; 4.1 is needed)", "load a newer Open MPI module");
        }
    }

    void gpus() {
        if (!facts.gpus_wanted) {
            return;
        }
        std::map<std::pair<std::string, std::string>, const RankFacts*> owners;
        std::set<std::int64_t> nccl;
        for (const RankFacts& rank : facts.ranks) {
            if (!rank.with_cuda) {
                severe("overtake-train was built without CUDA, and GPUs are asked for", "build preset 'cuda' (./bootstrap.sh build --preset cuda)");
                return;
            }
            if (rank.driver > 0 && rank.driver / 1000 < rank.runtime / 1000) {  // since CUDA 11 any driver of the same major version does
                severe("the driver on '" + rank.host + "' knows CUDA " + cuda_version(rank.driver) + " and the program was built for " + cuda_version(rank.runtime),
                       "ask for a newer driver, or build with an older CUDA toolkit and its LibTorch (--torch DIR)");
                return;
            }
            if (rank.gpus == 0) {
                severe(name_of(rank) + " sees no GPU" + (facts.sums_wanted ? ", so NCCL's sums were not tried" : ""),
                       "ask Slurm for one ([slurm] gpus_per_task = 1), and look whether CUDA_VISIBLE_DEVICES hides it");
                return;
            }
            nccl.insert(rank.nccl);
            const auto [owner, is_new] = owners.emplace(std::pair(rank.machine, rank.gpu), &rank);
            if (!is_new && facts.max_width != 1) {
                severe(name_of(*owner->second) + " and rank " + std::to_string(rank.rank) + " share GPU " + rank.gpu,
                       "start as many ranks per host as it has GPUs, or set [cluster] max_width = 1");
                return;
            }
        }
        if (facts.max_width == 1) {
            return;  // each rank computes alone: NCCL is not used, and a GPU may have several
        }
        if (nccl.size() > 1) {
            severe("hosts have different versions of NCCL", "set one in LD_LIBRARY_PATH in [slurm] setup");
            return;
        }
        if (facts.sums_wanted) {
            sums();
        }
    }

    void sums() {
        const auto said = [&](const RankFacts& rank) {
            return std::find_if(facts.sums.begin(), facts.sums.end(), [&](const RankSums& one) { return one.rank == rank.rank; });
        };
        const auto silent = std::find_if(facts.ranks.begin(), facts.ranks.end(), [&](const RankFacts& rank) { return said(rank) == facts.sums.end(); });
        for (const RankFacts& rank : facts.ranks) {
            if (const auto sum = said(rank); sum != facts.sums.end() && !sum->wrong.empty()) {
                severe(name_of(rank) + ": NCCL's sums are wrong or fail (" + sum->wrong + ")",
                       "try NCCL_P2P_DISABLE=1, name the network by NCCL_SOCKET_IFNAME, or set [cluster] max_width = 1");
                return;
            }
        }
        if (silent != facts.ranks.end()) {
            severe("NCCL's sums came to no end (" + name_of(*silent) + " is the first that said nothing of them)",
                   "name the network that all nodes share by NCCL_SOCKET_IFNAME (ip -brief address lists them) in [slurm] setup, and read where it waits with NCCL_DEBUG=INFO");
        }
    }

    void hosts() {
        for (const RankFacts& rank : facts.ranks) {
            if (!rank.sees_folder) {
                severe(name_of(rank) + " does not see '" + facts.folder + "' as this host does", "choose a folder on a file system that all nodes share");
                break;
            }
            if (!rank.unseen.empty()) {
                severe(name_of(rank) + " does not see '" + rank.unseen.front() + "' as this host does, which belongs to the corpora",
                       "put them on a file system that all nodes share, and name it by [data] folder or OVERTAKE_DATA");
                break;
            }
        }
        const auto by_clock = [](const RankFacts& a, const RankFacts& b) { return a.clock_s < b.clock_s; };
        const auto [early, late] = std::minmax_element(facts.ranks.begin(), facts.ranks.end(), by_clock);
        if (facts.ranks.front().size > 1 && late->clock_s - early->clock_s > tolerated_skew_s) {
            severe("the clocks of '" + early->host + "' and '" + late->host + "' are " + number(late->clock_s - early->clock_s) + " s apart, and locks go by them",
                   "ask your administrator for NTP on all nodes");
        }
        for (const RankFacts& rank : facts.ranks) {
            if (rank.cpus < facts.threads) {
                doubtful(name_of(rank) + " may use " + std::to_string(rank.cpus) + " cores and wants " + std::to_string(facts.threads) + " threads",
                         "set [slurm] cpus_per_task to the threads of a rank, and bind to none");
                break;
            }
        }
    }

    const SiteFacts& facts;
    std::vector<Finding> findings;
};

}  // namespace

std::optional<RankFacts> parse_rank_facts(std::string_view line) {
    if (!line.starts_with("{\"rank\"")) {
        return std::nullopt;
    }
    const nlohmann::json json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object()) {
        return std::nullopt;
    }
    try {
        return RankFacts{.rank = json.at("rank"), .size = json.at("size"), .host = json.at("host"), .machine = json.at("machine"),
                         .thread_level = json.at("thread_level"), .clock_s = json.at("clock_s"), .mpi = json.at("mpi"), .cpus = json.at("cpus"),
                         .sees_folder = json.at("sees_folder"), .unseen = json.at("unseen"), .with_cuda = json.at("with_cuda"), .gpus = json.at("gpus"), .gpu = json.at("gpu"),
                         .driver = json.at("driver"), .runtime = json.at("runtime"), .nccl = json.at("nccl")};
    } catch (const nlohmann::json::exception&) {
        return std::nullopt;
    }
}

std::optional<RankSums> parse_rank_sums(std::string_view line) {
    if (!line.starts_with("{\"sums_of_rank\"")) {
        return std::nullopt;
    }
    const nlohmann::json json = nlohmann::json::parse(line, nullptr, false);
    try {
        return RankSums{.rank = json.at("sums_of_rank"), .made = json.at("made"), .wrong = json.at("wrong")};
    } catch (const nlohmann::json::exception&) {
        return std::nullopt;
    }
}

bool sums_are_proven(const SiteFacts& facts) {
    return !facts.sums.empty() && facts.sums.size() == facts.ranks.size() &&
           std::all_of(facts.sums.begin(), facts.sums.end(), [](const RankSums& one) { return one.made && one.wrong.empty(); });
}

std::vector<Finding> diagnose(const SiteFacts& facts) { return Diagnosis(facts).all(); }

}  // namespace overtake
