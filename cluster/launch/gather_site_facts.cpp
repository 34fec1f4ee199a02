#include "cluster/launch/gather_site_facts.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>

#include "cluster/launch/budget.hpp"
#include "cluster/launch/line_reader.hpp"
#include "cluster/launch/lock.hpp"
#include "cluster/launch/process.hpp"
#include "sweeps/data_manifest.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/results/library_version.hpp"

namespace overtake {

namespace {

using Clock = std::chrono::steady_clock;
constexpr double trial_bytes = 64e6;  // enough that a disk's cache does not answer for it alone
constexpr std::size_t block = 1 << 20;

/// Seconds to write `bytes` durably; < 0 if it fails.
double seconds_to_write(int file, double bytes) {
    const std::vector<char> data(block, 'x');
    const auto start = Clock::now();
    for (double written = 0; written < bytes; written += static_cast<double>(block)) {
        if (write(file, data.data(), data.size()) < 0) {
            return -1;
        }
    }
    return fsync(file) == 0 ? std::chrono::duration<double>(Clock::now() - start).count() : -1;
}

}  // namespace

void try_folder(const std::filesystem::path& folder, double needed_bytes, double checkpoint_bytes, SiteFacts& facts) {
    facts.folder = folder.string();
    facts.hdf5 = hdf5_version();
    const char* locking = std::getenv("HDF5_USE_FILE_LOCKING");
    facts.hdf5_locks = locking == nullptr || std::string_view(locking) != "FALSE";
    facts.needed_bytes = needed_bytes;
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    const std::filesystem::path name = folder / ("doctor.trial." + host_name() + "." + std::to_string(getpid()));
    const Descriptor file(open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (file.value() < 0) {
        facts.write_error = error ? error.message() : std::strerror(errno);
        return;
    }
    if (flock(file.value(), LOCK_SH | LOCK_NB) != 0) {
        facts.lock_error = std::strerror(errno);
    }
    facts.free_bytes = machine_here(folder).free_disk_bytes;
    // A quota shows only when space is asked for; file systems that can't promise space say so, and then nobody knows.
    if (facts.free_bytes >= needed_bytes && needed_bytes >= 1 && fallocate(file.value(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(needed_bytes)) != 0 &&
        errno != EOPNOTSUPP) {
        facts.reserve_error = std::strerror(errno);
    }
    const double bytes = std::min(trial_bytes, std::max(1.0, checkpoint_bytes));
    if (const double seconds = seconds_to_write(file.value(), bytes); seconds >= 0) {
        facts.checkpoint_seconds = seconds * std::max(1.0, checkpoint_bytes / bytes);
    } else {
        facts.reserve_error = std::strerror(errno);
    }
    std::filesystem::remove(name, error);
}

void try_ranks(const LaunchSettings& launch, bool nccl, SiteFacts& facts, const std::vector<std::filesystem::path>& files, std::chrono::milliseconds patience) {
    facts.ranks_asked = launch.ranks;
    facts.sums_wanted = nccl;
    facts.threads = launch.threads;
    facts.srun = launch.srun;
    const std::filesystem::path mark = launch.folder / "doctor";
    std::error_code ignored;
    {
        std::ofstream lines(mark);
        for (const std::filesystem::path& file : files) {
            lines << file.string() << '\n';
        }
    }
    ProcessRequest request = launch_line(launch);
    std::erase(request.arguments, "--supervised");
    request.arguments.emplace_back("--doctor");
    if (nccl) {
        request.arguments.emplace_back("--nccl");
    }
    request.pipe_input = false;
    ChildProcess child = ChildProcess::start(request);
    LineReader output, errors;
    auto limit = Clock::now() + patience;
    const auto on_line = [&](std::string_view line) {
        if (auto rank = parse_rank_facts(line)) {
            facts.ranks.push_back(std::move(*rank));
            limit = nccl && facts.ranks.size() == static_cast<std::size_t>(launch.ranks) ? Clock::now() + patience : limit;
        } else if (auto sums = parse_rank_sums(line)) {
            facts.sums.push_back(std::move(*sums));
        } else {
            facts.launcher_words.append(facts.launcher_words.empty() ? "" : "\n").append(line);
        }
    };
    while ((child.output() >= 0 || child.errors() >= 0) && Clock::now() < limit) {
        std::array<pollfd, 2> sources{{{child.output(), POLLIN, 0}, {child.errors(), POLLIN, 0}}};
        poll(sources.data(), sources.size(), 200);
        if (sources[0].revents != 0 && !output.read_from(child.output(), on_line)) {
            child.close_output();
        }
        if (sources[1].revents != 0 && !errors.read_from(child.errors(), on_line)) {
            child.close_errors();
        }
    }
    if (Clock::now() >= limit) {
        facts.launcher_words.append("\nnothing more came, and the doctor's patience ended");
    }
    facts.launcher_code = child.terminate(std::chrono::milliseconds(1000)).code;
    std::filesystem::remove(mark, ignored);
    std::sort(facts.ranks.begin(), facts.ranks.end(), [](const RankFacts& a, const RankFacts& b) { return a.rank < b.rank; });
    std::sort(facts.sums.begin(), facts.sums.end(), [](const RankSums& a, const RankSums& b) { return a.rank < b.rank; });
}

namespace {

/// What stands for the sweep's corpora on this host: the manifest of a prepared one, or a mark of its own where it will be prepared.
class CorpusFiles {
  public:
    explicit CorpusFiles(const SweepView& view) {
        for (const TrialConfig& trial : view.specification.trials) {
            const std::filesystem::path folder = std::filesystem::absolute(corpus_folder(trial.data)).lexically_normal();
            if (folders_.insert(folder).second) {
                add(folder);
            }
        }
    }
    CorpusFiles(const CorpusFiles&) = delete;
    ~CorpusFiles() {
        for (const std::filesystem::path& mark : marks_) {
            std::error_code ignored;
            std::filesystem::remove(mark, ignored);
        }
    }
    const std::vector<std::filesystem::path>& all() const { return files_; }

  private:
    void add(std::filesystem::path folder) {
        std::error_code error;
        if (const std::filesystem::path manifest = folder / "manifest.json"; std::filesystem::exists(manifest, error)) {
            files_.push_back(manifest);
            return;
        }
        while (!std::filesystem::is_directory(folder, error) && folder.has_relative_path()) {
            folder = folder.parent_path();
        }
        const std::filesystem::path mark = folder / ("doctor.mark." + host_name() + "." + std::to_string(getpid()));
        if (std::ofstream(mark).is_open()) {  // else nobody can say
            marks_.insert(mark);
            files_.push_back(mark);
        }
    }

    std::set<std::filesystem::path> folders_, marks_;
    std::vector<std::filesystem::path> files_;
};

}  // namespace

SiteFacts gather_site_facts(const SweepView& view, const LaunchSettings& launch, bool nccl) {
    SiteFacts facts;
    facts.grace_seconds = static_cast<double>(view.specification.slurm.signal_seconds);
    // Who asks for a proof of NCCL wants GPUs, whatever the sweep says: no silence that could be taken for one.
    facts.gpus_wanted = nccl || std::any_of(view.specification.trials.begin(), view.specification.trials.end(),
                                            [](const TrialConfig& trial) { return trial.training.device == Device::cuda; });
    facts.max_width = view.specification.cluster.max_width;
    double largest = 0;
    for (const Stage& stage : view.forest.stages) {
        largest = std::max(largest, state_bytes(stage));
    }
    const bool was_there = std::filesystem::exists(view.folder.root);
    try_folder(view.folder.root, disk_bytes(view, launch.ranks), largest * static_cast<double>(launch.ranks), facts);
    if (facts.write_error.empty()) {
        const CorpusFiles corpora(view);
        try_ranks(launch, nccl, facts, corpora.all());
    }
    if (std::error_code ignored; !was_there) {
        std::filesystem::remove(view.folder.root, ignored);
    }
    return facts;
}

}  // namespace overtake
