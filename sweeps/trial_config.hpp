// Everything that decides what one trial computes, as plain values with units in their names.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace overtake {

using OptionValue = std::variant<bool, std::int64_t, double, std::string, std::vector<double>>;
using Options = std::map<std::string, OptionValue>;

enum class Activation { gelu, swiglu };
enum class Precision { fp32, bf16 };
enum class ScheduleKind { wsd, cosine };
enum class Device { cpu, cuda };
/// joined: windows are cut from one stream and positions run through. packed: positions restart with every document of
/// a window, and attention sees its own document only.
enum class Documents { joined, packed };
/// Of held-out windows. spread: evenly over the held-out blocks. documents: at the beginning of held-out documents that
/// fill them.
enum class WindowPlaces { spread, documents };

/// Shape of the decoder-only transformer of design 7.
struct ModelConfig {
    std::int64_t layers = 2;
    std::int64_t width = 64;        // D, model width
    std::int64_t heads = 4;         // N; width must be a multiple of heads, head width even
    std::int64_t mlp_width = 256;   // F, hidden width of the MLP (each of SwiGLU's two branches)
    std::int64_t vocabulary = 256;  // V
    Activation activation = Activation::gelu;
    bool qk_norm = false;  // RMSNorm of queries and keys per head, before the scheme's transform
    bool tied = false;     // output head shares the token embedding
    std::int64_t head_width() const { return width / heads; }
    bool operator==(const ModelConfig&) const = default;
};

/// Where training tokens stand, drawn anew in each step (randomised, shape, cape); options complete.
struct SamplerConfig {
    std::string method;
    Options options;
    bool operator==(const SamplerConfig&) const = default;
};

/// A position scheme by its name in the table of schemes, with the options that differ from nothing: the
/// specification fills in every default, so equal meaning is equal value.
struct PositionConfig {
    std::string scheme = "rope";
    Options options;
    std::optional<SamplerConfig> sampler = std::nullopt;  // nullopt: position p is p
    bool operator==(const PositionConfig&) const = default;
};

/// Fine-tuning of an extended model, at the context length that the extension is for.
struct TuneConfig {
    std::string tokens;                     // as written ("1M", "2%" of D)
    std::int64_t steps = 0;                 // the same, in whole batches of the trial's batch tokens; at least 1
    double learning_rate_multiplier = 0.1;  // of the trial's peak learning rate
    bool operator==(const TuneConfig&) const = default;
};

/// A search of an extension's factors by its name in the table of searches, with every option filled in.
struct SearchConfig {
    std::string method;
    Options options;
    bool operator==(const SearchConfig&) const = default;
};

/// A change of a trained model for contexts of factor x T (pi, yarn), or of a table's end (clamp, interpolate): applied as it is
/// (zero-shot), or with a factor also after its factors were searched, and before or after fine-tuning.
struct ExtensionConfig {
    std::string method;
    Options options;  // has "factor" (double) where the method has one; N / T
    std::optional<TuneConfig> tune = {};
    std::optional<SearchConfig> search = {};
    bool operator==(const ExtensionConfig&) const = default;
};

struct DataConfig {
    std::string corpus = "gcide";     // "gcide", "linux", "synthetic", or "files"
    std::string tokenizer = "bytes";  // "bytes" or "bpe"
    std::int64_t vocabulary = 256;
    std::vector<std::string> shards;  // corpus = "files": token shards (.bin) or text files
    Documents documents = Documents::joined;
    double recall_share = 0;                     // of the tokens are planted keys and questions; 0: none
    std::vector<std::int64_t> recall_distances;  // tokens from a planted value to where it is asked for, one each
    std::string folder = "data";                 // where prepared corpora are; not part of any id
    std::string digest;             // from the manifest of `overtake data`; empty while the data don't exist yet
    std::int64_t train_tokens = 0;  // unique tokens of the training split, from the manifest; 0 while unknown
    bool operator==(const DataConfig&) const = default;
    /// Whether `shards` are tokens already, so that there is no text.
    bool has_token_shards() const;
    /// Whether it is known where documents begin: linux, synthetic, and several text files (one document each).
    bool has_documents() const;
};

struct OptimizerConfig {
    double learning_rate = 0.01;            // peak, after the rule in N and the multiplier
    double learning_rate_multiplier = 1.0;  // the axis; already contained in learning_rate
    double beta1 = 0.9;
    double beta2 = 0.95;
    double epsilon = 1e-8;
    double weight_decay = 0.1;  // decoupled; matrices only
    double clip_norm = 1.0;     // global gradient norm; 0 switches clipping off
    double position_learning_rate_multiplier = 1.0;
    /// What both rates were before tuning chose others: cells are told by these. Equal to them in a sweep without
    /// [tune].
    std::optional<double> untuned_learning_rate = {}, untuned_position_multiplier = {};
    bool operator==(const OptimizerConfig&) const = default;
};

struct ScheduleConfig {
    ScheduleKind kind = ScheduleKind::wsd;
    std::int64_t warmup_steps = 0;   // a rule in N, never in D
    double cooldown_fraction = 0.2;  // share of D; linear to zero
    bool operator==(const ScheduleConfig&) const = default;
};

struct TrainingConfig {
    std::int64_t train_length = 128;    // T, context length in tokens
    std::int64_t batch_sequences = 32;  // sequences per step; batch tokens = batch_sequences * train_length
    Precision precision = Precision::fp32;
    std::int64_t shards = 1;      // equal parts of a batch, a power of two that divides batch_sequences
    std::int64_t threads = 1;     // per rank
    std::int64_t log_every = 10;  // steps per point of the curve; checkpoints fall on these steps too
    bool deterministic = true;
    Device device = Device::cpu;
    bool operator==(const TrainingConfig&) const = default;
    std::int64_t batch_tokens() const { return batch_sequences * train_length; }
};

/// Which held-out blocks are read: all, or in a tuned sweep every second one for choosing and the others for scoring.
enum class HeldoutPart { all, tuning, scoring };

struct EvaluationConfig {
    std::vector<std::int64_t> lengths;  // context lengths in tokens, ascending, first is usually train_length
    std::int64_t tokens = 65536;        // held-out target tokens per length (rounded down to whole windows)
    WindowPlaces windows = WindowPlaces::spread;
    HeldoutPart heldout = HeldoutPart::all;
    std::int64_t sliding_stride = 0;    // targets per sliding window; 0: non-overlapping windows alone
    std::vector<std::string> tasks{};   // names of evaluation_tasks(), in their order
    std::int64_t task_samples = 16;     // windows per length, and per depth or lag
    std::vector<double> task_depths{0, 0.25, 0.5, 0.75, 1};  // ascending shares of the filler before the needle
    bool blockwise = false;             // all lengths block by block, not only those above blockwise_above
    std::int64_t scored_blocks = 4;     // per doubling of position, of block-wise evaluation; 0: all positions
    std::int64_t scored_block = 64;     // targets of such a block
    double blockwise_flops = 2e13;      // most that one window may cost; changes no bit

    static constexpr std::int64_t blockwise_above = 65536;  // the longest held-out block
    bool is_blockwise(std::int64_t length) const { return blockwise || length > blockwise_above; }
    bool operator==(const EvaluationConfig&) const = default;
};

/// One point of the grid, resolved: no rule is left to apply.
struct TrialConfig {
    std::string size;  // the axis value as written ("2x64", "10M", a ladder name)
    ModelConfig model;
    PositionConfig position;
    std::optional<ExtensionConfig> extension;
    DataConfig data;
    OptimizerConfig optimizer;
    ScheduleConfig schedule;
    TrainingConfig training;
    EvaluationConfig evaluation;
    std::int64_t total_steps = 0;  // D / batch tokens, rounded to the nearest, at least 1
    std::int64_t seed = 0;
    bool operator==(const TrialConfig&) const = default;

    /// Training tokens of the whole path, D.
    std::int64_t tokens() const { return total_steps * training.batch_tokens(); }
    /// Steps of the cooldown: cooldown_fraction of total_steps, rounded to the nearest; 0 for cosine.
    std::int64_t cooldown_steps() const;
    /// "rope", or "rope+yarn" with an extension.
    std::string scheme_name() const;
    /// The evaluation lengths that the position scheme can be asked for: up to the train length if its table ends there, and
    /// block-wise ones only if it and the extension have a form for them.
    std::vector<std::int64_t> possible_lengths() const;
    /// Tokens of a context `factor` times the train length, rounded to the nearest.
    std::int64_t extended_length(double factor) const;
    /// The factor that fine-tuning is for: the extension's, or that of a first search. Throws std::logic_error without one.
    double tuned_factor() const;
};

/// Every rule that a resolved trial must obey, each written once here. Empty: fit to run.
/// `where` of each problem is the dotted field name ("model.heads").
std::vector<struct Problem> find_problems(const TrialConfig& config);

}  // namespace overtake
