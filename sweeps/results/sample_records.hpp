// For the tests of this folder: a folder of their own, and small records with every field different.
#pragma once

#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "sweeps/results/results_file.hpp"
#include "sweeps/sweep_folder.hpp"

namespace overtake::sample {

/// A new sweep folder, removed at the end of the test.
class Folder {
  public:
    Folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "overtake-results-XXXXXX").string();
        folder_.root = ::mkdtemp(pattern.data());
    }
    ~Folder() { std::filesystem::remove_all(folder_.root); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    const SweepFolder& sweep() const { return folder_; }
    std::filesystem::path file(const std::string& name) const { return folder_.root / name; }

  private:
    SweepFolder folder_;
};

inline std::vector<char> read_bytes(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline void write_bytes(const std::filesystem::path& file, const std::vector<char>& bytes) {
    std::filesystem::remove(
        file);  // some file systems bring a file that is truncated and rewritten to the disk at once
    std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline std::vector<CurvePoint> curve(std::int64_t begin, std::int64_t points) {
    std::vector<CurvePoint> result;
    for (std::int64_t i = 1; i <= points; ++i) {
        const float x = static_cast<float>(begin + i);
        result.push_back({begin + 10 * i, 4096 * i, 1e9 * static_cast<double>(i), 5 / x, 0.01F / x, 1 + x,
                          0.5 * static_cast<double>(i)});
    }
    return result;
}

inline Evaluation evaluation(std::int64_t context_length, double loss) {
    const bool beyond = context_length > 128;
    return {context_length,
            65536,
            loss,
            0.01,
            beyond ? loss + 0.25 : std::numeric_limits<double>::quiet_NaN(),
            {0, 32, 64},
            {loss + 0.5, loss, loss - 0.125}};
}

inline StageState state(const std::string& id, std::int64_t step) {
    StageState result;
    result.id = id;
    result.step = step;
    result.parameter_names = {"embedding", "blocks.0.attention.query"};
    result.parameter_offsets = {0, 3, 5};
    result.weights = {1, -0.0F, 3.5F, static_cast<float>(step), std::numeric_limits<float>::denorm_min()};
    result.first_moment = {0.25F, 0.5F, 0.75F, 1, 2};
    result.second_moment = {1e-30F, 2, 3, 4, 5};
    result.curve = curve(0, step);
    result.seconds = 1.25;
    result.attempts = 2;
    return result;
}

inline std::vector<SearchIndividual> individuals() {
    return {{0, "seed", 2.5, 0, 0, {4, 4}}, {3, "mutation", std::numeric_limits<double>::infinity(), 16, 1, {1.25, 3.99}}};
}

inline StageRecord record(const std::string& id, const std::string& parent, const std::string& kind) {
    StageRecord result;
    result.id = id;
    result.parent = parent;
    result.kind = kind;
    result.text = "overtake-stage 1\nkind=" + kind + "\n";
    result.end_step = 40;
    if (kind == "search") {
        result.individuals = individuals();
    } else if (kind == "evaluate") {
        result.evaluations = {evaluation(128, 2.5), evaluation(256, 2.75)};
        result.task_results = {{"needle", "answer-loss", 256, 0.5, 128, 16, 1.5, 0.25},
                               {"copy", "accuracy", 128, std::numeric_limits<double>::quiet_NaN(), 64, 8, 0.75,
                                std::numeric_limits<double>::quiet_NaN()}};
        result.structure = {{"frequencies", "rotation", "", 1, -1, {0, 1}, {1, 0.01}}, {"bias-fit", "bias", "log", -1, 3, {0, 1, 2}, {0, -0.5, -0.75}}};
    } else {
        result.curve = curve(kind == "train" ? 0 : 40, 4);
    }
    result.provenance = {"node-a", "0.1.0", "cpu", "2026-01-02T03:04:05Z", "2026-01-02T03:05:05Z", 3, 2,
                         60.5,     1234.5,  true};
    return result;
}

/// Three stages and two trials on one path; the second trial has no record of its last stage.
inline Results results() {
    Results all;
    all.sweep_name = "sample";
    all.sweep_text = "name = \"sample\"  # größer\n";
    all.claims = "[]\n";
    all.version = "0.1.0";
    all.analysis.seed = 7;
    all.bytes_per_token = 1.5;
    all.stages = {record("00000000000000a1", "", "train"), record("00000000000000a2", "00000000000000a1", "cooldown"),
                  record("00000000000000a3", "00000000000000a2", "evaluate")};
    TrialResult trial;
    trial.id = "00000000000000b1";
    trial.cell = "0000000c";
    trial.size = "2x64";
    trial.scheme = "rope";
    trial.scheme_class = "H";
    trial.options = "base=10000";
    trial.seed = 1;
    trial.train_length = 128;
    trial.learning_rate_multiplier = 0.5;
    trial.tuning = "untuned";
    trial.parameters = {100, 20, 3};
    trial.tokens = 16384;
    trial.flops = 1.5e12;
    trial.six_nd = 1e12;
    trial.seconds = 181.5;
    trial.unique_tokens = 16000;
    trial.epochs = 1.024;
    trial.status = TrialStatus::done;
    trial.path = {all.stages[0].id, all.stages[1].id, all.stages[2].id};
    trial.evaluations = all.stages[2].evaluations;
    trial.final_train_loss = all.stages[1].curve.back().train_loss;
    trial.text = "overtake-trial 1\nseed=1\n";
    TrialResult open = trial;
    open.id = "00000000000000b2";
    open.seed = 2;
    open.status = TrialStatus::unfinished;
    open.path.back() = "00000000000000a4";
    open.evaluations.clear();
    open.text = "overtake-trial 1\nseed=2\n";
    all.trials = {trial, open};
    return all;
}

}  // namespace overtake::sample
