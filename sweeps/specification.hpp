// A sweep as its TOML file describes it, resolved: values in, text out of sight.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sweeps/claims.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/trial_config.hpp"
#include "sweeps/tuning.hpp"

namespace overtake {

enum class Keep { all, trunks, none };

struct ClusterSection {
    std::int64_t ranks = 1;          // MPI ranks of the whole sweep
    std::int64_t max_width = 0;      // largest team; 0: as wide as `shards` allows
    double checkpoint_seconds = 60;  // between two checkpoints of a running stage
    Keep keep = Keep::trunks;
    std::int64_t restarts = 5;  // in a row without progress before the run gives up
    double budget_gpu_hours = 0;     // of all ranks together, beyond which `plan` refuses; 0: no limit
    bool operator==(const ClusterSection&) const = default;
};

struct SlurmSection {
    std::string job_name;  // default: the sweep's name
    std::string partition, account, qos, constraint;
    std::int64_t nodes = 1, tasks_per_node = 1, gpus_per_task = 0, cpus_per_task = 1;
    std::int64_t minutes = 60;          // wall time limit
    std::int64_t signal_seconds = 120;  // URG this long before the limit
    bool requeue = true;                // false, where a site forbids it: a job with work left submits the next one
    std::vector<std::string> setup;     // lines run before the program ("module load ...")
    std::vector<std::string> extra;     // further #SBATCH options, verbatim ("--mem=0")
    bool operator==(const SlurmSection&) const = default;
};

struct AnalysisSection {
    std::string baseline = "rope";
    double delta_nats = 0.002;
    std::int64_t bootstraps = 1000;
    std::int64_t seed = 0;
    double confidence = 0.95;
    bool operator==(const AnalysisSection&) const = default;
};

/// What `overtake data` knows of a prepared corpus. The specification takes digest and sizes from here, so that ids
/// are final; without it stages are provisional.
struct DataManifest {
    std::string corpus, tokenizer, digest;
    std::int64_t vocabulary = 0, train_tokens = 0, heldout_tokens = 0;
    double bytes_per_token = 1;  // of the held-out split, for bits per byte
};

struct Specification {
    std::string name;
    std::optional<DataManifest> data;  // of the corpus; nullopt: it is not known yet and stages are provisional
    ClusterSection cluster;
    SlurmSection slurm;
    AnalysisSection analysis;
    std::vector<Claim> claims;        // of [claims]; in no id
    std::vector<TrialConfig> trials;  // the expanded grid, axes as written, last one fastest, no duplicates
    std::optional<Tuning> tuning;     // of a file with [tune]; while it `runs`, `trials` are the round's or the check's
    std::int64_t max_trials = 10000;
    std::string text;                // the file as read, byte for byte
    std::vector<std::string> notes;  // words for the user that are not errors (rules applied, epochs above one)
};

/// Where prepared corpora are: $OVERTAKE_DATA, else "data" beside the sweep folders; one folder per corpus.
struct SpecificationContext {
    /// Answers the manifest of a corpus as the file asks for it, or nullopt. Empty: nothing is prepared.
    std::function<std::optional<DataManifest>(const DataConfig&)> find_manifest;
};

/// Throws ConfigError with every problem as "source_name:line:column: what (rule); suggestion".
Specification parse_specification(std::string_view toml_text, std::string_view source_name,
                                  const SpecificationContext& context = {});

/// Reads at most 1 MiB. Throws IoError if the file can't be read, ConfigError as above.
Specification load_specification(const std::filesystem::path& file, const SpecificationContext& context = {});

}  // namespace overtake
