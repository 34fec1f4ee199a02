// What a stage leaves on disk, as plain values: its curve, its evaluations, how and where it ran, its state.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace overtake {

/// One point of a loss curve; means over the log_every steps that end at `step`, except where said.
struct CurvePoint {
    std::int64_t step = 0;         // steps done since the root of the path
    std::int64_t tokens = 0;       // tokens seen since the root of the path
    double flops = 0;              // FLOPs since the root of the path
    float train_loss = 0;          // [nats per token]
    float learning_rate = 0;       // of the last step
    float gradient_norm = 0;       // before clipping
    double seconds = 0;            // wall time of the stage so far, all attempts; not compared by `diff`
    bool operator==(const CurvePoint&) const = default;
};

/// Held-out loss at one context length.
struct Evaluation {
    std::int64_t context_length = 0;        // [tokens]
    std::int64_t tokens = 0;                // target tokens behind the mean
    double loss = 0;                        // [nats per token], mean over all targets
    double standard_error = 0;              // [nats per token], over windows
    double loss_beyond_train = 0;           // mean over targets at positions >= train length; NaN if there are none
    std::vector<std::int64_t> position_begin;  // bins of position in the window: first target position of each bin
    std::vector<double> position_loss;      // [nats per token], mean of each bin
    bool operator==(const Evaluation&) const = default;
};

/// One number of one task, or of a loss that is measured in another way than by non-overlapping windows.
struct TaskResult {
    std::string task;                // "passkey"; "sliding-window" for the loss with at least N - S tokens of context
    std::string metric;              // "exact-match", "answer-loss" [nats per token], "flops"; units by name, in FORMAT.md
    std::int64_t context_length = 0; // [tokens]
    double depth = 0;                // share of the filler before the needle; NaN if there is none
    std::int64_t lag = -1;           // [tokens] from what is recalled to where it is asked for; -1 if there is none
    std::int64_t samples = 0;        // independent ones behind the mean: windows
    double value = 0;
    double standard_error = 0;       // over samples; NaN for numbers without one
    bool operator==(const TaskResult&) const = default;
};

/// One curve of what training made of a scheme's positions, for a figure; kinds, sources and units in FORMAT.md.
struct StructureSeries {
    std::string kind;                // "spectrum", "frequencies", "bias", "similarity" ...
    std::string source;              // what of the scheme it shows: "table", "keys", "rotation" ...
    std::string family;              // of "bias-fit": the fitted family; else empty
    std::int64_t layer = -1;         // -1: shared by all layers
    std::int64_t head = -1;          // -1: shared by all heads
    std::vector<double> x, value;    // equally many
    bool operator==(const StructureSeries&) const = default;
};

/// One individual of a search of rescale factors, with its loss.
struct SearchIndividual {
    std::int64_t iteration = 0;      // generation, or gradient step; the first is 0
    std::string origin;              // seed, mutation, crossover, refinement, gradient
    double loss = 0;                 // [nats per token]; NaN or infinite where the model broke down
    std::int64_t n_hat = 0;          // positions below it keep the trained angles
    std::int64_t critical_pair = 0;  // longrope2: first pair with a factor of its own; those below follow it by NTK
    std::vector<double> factors;     // of each pair's wavelength
    bool operator==(const SearchIndividual&) const = default;
};

enum class StageStatus { done, diverged, failed };

/// Who computed it; never compared by `diff`.
struct Provenance {
    std::string host, version, device, started_utc, finished_utc;
    std::int64_t attempts = 1;
    std::int64_t team_width = 1;
    double seconds = 0;            // wall time over all attempts
    double tokens_per_second = 0;
    bool alone = false;            // no other team ran on this host meanwhile
};

struct StageRecord {
    std::string id, parent, kind, text;
    StageStatus status = StageStatus::done;
    std::string reason;            // empty when done
    std::int64_t end_step = 0;     // reached
    std::vector<CurvePoint> curve;
    std::vector<Evaluation> evaluations;
    std::vector<TaskResult> task_results;
    std::vector<StructureSeries> structure;     // of the task "structure"
    std::vector<SearchIndividual> individuals;  // of a search, in the order in which they were evaluated
    Provenance provenance;
};

/// A checkpoint: weights and both AdamW moments as flat arenas in the order of `parameter_names`, and the curve so far. A search
/// keeps its individuals instead; its weights are its parent's, copied when it is done, without moments.
struct StageState {
    std::string id;                // stage that wrote it
    std::int64_t step = 0;         // steps done since the root of the path
    std::vector<std::string> parameter_names;
    std::vector<std::int64_t> parameter_offsets;  // names.size() + 1, in elements of the arenas
    std::vector<float> weights, first_moment, second_moment;
    std::vector<CurvePoint> curve; // of this stage alone
    std::vector<SearchIndividual> individuals;
    double seconds = 0;            // wall time of this stage so far
    std::int64_t attempts = 1;
};

}  // namespace overtake
