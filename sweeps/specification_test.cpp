#include "sweeps/specification.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>

#include "sweeps/counts.hpp"
#include "sweeps/position_schemes.hpp"
#include "sweeps/stage_forest.hpp"

namespace overtake {
namespace {

Specification parse(const std::string& text, const SpecificationContext& context = {}) {
    return parse_specification(text, "sweep.toml", context);
}

std::string with_grid(const std::string& grid, const std::string& rest = "") {
    return "[sweep]\nname = \"test\"\n" + rest + "\n[grid]\n" + grid;
}

bool noted(const Specification& specification, const std::string& part) {
    return std::any_of(specification.notes.begin(), specification.notes.end(),
                       [&](const std::string& note) { return note.find(part) != std::string::npos; });
}

const std::string small_grid = "size = \"2x64\"\ntokens = \"20x\"\nposition = \"rope\"\n";

TEST(Specification, TheSmallestFile) {
    const Specification specification = parse(with_grid(small_grid));
    ASSERT_EQ(specification.trials.size(), 1u);
    const TrialConfig& trial = specification.trials[0];
    EXPECT_EQ(specification.name, "test");
    EXPECT_EQ(trial.size, "2x64");
    EXPECT_EQ(trial.model, (ModelConfig{.layers = 2, .width = 64, .heads = 4, .mlp_width = 256, .vocabulary = 256}));
    EXPECT_EQ(trial.training.batch_sequences, 32);
    EXPECT_EQ(trial.total_steps, 482);  // 20 x 98,624 / 4,096 = 481.6
    EXPECT_EQ(trial.schedule.warmup_steps, 24);
    EXPECT_EQ(trial.position.options, (Options{{"base", 10000.0}, {"layout", std::string("half")}}));
    EXPECT_EQ(trial.evaluation.lengths, (std::vector<std::int64_t>{128, 256, 512}));
    EXPECT_TRUE(noted(specification, "provisional"));
}

TEST(Specification, TheProductWithTheLastAxisFastest) {
    const auto trials = parse(with_grid("size = [\"1x16\", \"2x32\"]\ntokens = [\"5x\", \"64k\"]\nposition = "
                                        "[\"rope\", \"alibi\"]\nseed = [0, 1, 2]\n"))
                            .trials;
    ASSERT_EQ(trials.size(), 24u);
    EXPECT_EQ(trials[0].size, "1x16");
    EXPECT_EQ(trials[1].seed, 1);
    EXPECT_EQ(trials[3].position.scheme, "alibi");
    EXPECT_EQ(trials[12].size, "2x32");
    EXPECT_EQ(trials[6].tokens(), 64000 / 4096 * 4096 + 4096);  // nearest whole step
}

TEST(Specification, AxesCountInTheOrderOfTheFile) {
    const auto trials =
        parse(with_grid("seed = [0, 1]\nposition = [\"rope\", \"alibi\"]\ntokens = \"20x\"\nsize = \"2x64\"\n")).trials;
    EXPECT_EQ(trials[1].seed, 0);
    EXPECT_EQ(trials[1].position.scheme, "alibi");
}

TEST(Specification, ZippedAxesAdvanceTogether) {
    const auto trials = parse(with_grid("position = [\"rope\", \"none\"]\n[[grid.zip]]\nsize = [\"1x16\", "
                                        "\"2x64\"]\ntokens = [\"200k\", \"2M\"]\n"))
                            .trials;
    ASSERT_EQ(trials.size(), 4u);
    EXPECT_EQ(trials[0].size, "1x16");
    EXPECT_EQ(trials[0].tokens(), 49 * 4096);
    EXPECT_EQ(trials[1].size, "2x64");
    EXPECT_EQ(trials[1].tokens(), 488 * 4096);
    EXPECT_EQ(trials[2].position.scheme, "none");
}

TEST(Specification, ExclusionsArePartialMatches) {
    const std::string grid =
        "size = [\"1x16\", \"2x64\"]\ntokens = [\"20x\", \"40x\"]\nposition = [\"rope\", {scheme = \"rope\", base = "
        "500000}, \"alibi\"]\nseed = [0, 1]\n";
    const auto count = [&](const std::string& exclusion) {
        return parse(with_grid(grid + "[[grid.exclude]]\n" + exclusion)).trials.size();
    };
    EXPECT_EQ(count("size = \"2x64\"\n"), 12u);
    EXPECT_EQ(count("size = \"2x64\"\nseed = 1\n"), 18u);
    EXPECT_EQ(count("position = \"rope\"\n"), 8u);
    EXPECT_EQ(count("position = {scheme = \"rope\", base = 500000}\n"), 16u);
    EXPECT_EQ(count("tokens = [\"20x\", \"40x\"]\nsize = \"1x16\"\n[[grid.exclude]]\nseed = 0\n"), 6u);
    EXPECT_TRUE(noted(parse(with_grid(grid + "[[grid.exclude]]\nseed = 1\n")), "leaves out 12 of 24"));
}

TEST(Specification, EqualPointsRunOnce) {
    const Specification specification =
        parse(with_grid("size = \"2x64\"\ntokens = [\"20x\", 1972480]\nposition = \"rope\"\n"));
    EXPECT_EQ(specification.trials.size(), 1u);
    EXPECT_TRUE(noted(specification, "run once"));
}

TEST(Specification, ABatchKeepsItsTokens) {
    const auto trials = parse(with_grid(small_grid + "train_length = [64, 128, 256]\n")).trials;
    ASSERT_EQ(trials.size(), 3u);
    for (const TrialConfig& trial : trials) {
        EXPECT_EQ(trial.training.batch_tokens(), 4096);
        EXPECT_EQ(trial.evaluation.lengths.back(), 4 * trial.training.train_length);
    }
}

TEST(Specification, RulesInN) {
    const std::string rest =
        "[optimizer]\nlearning_rate = 0.01\nreference_parameters = 98624\nexponent = -0.5\n"
        "[training]\nbatch_tokens = 4096\nbatch_exponent = 1\n[schedule]\nwarmup = \"0.5x\"\n";
    const Specification specification =
        parse(with_grid("size = [\"1x16\", \"2x64\"]\ntokens = [\"10x\", \"20x\"]\nposition = "
                        "\"rope\"\nlearning_rate_multiplier = [1, 2]\n",
                        rest));
    ASSERT_EQ(specification.trials.size(), 8u);
    const TrialConfig& tiny = specification.trials[0];
    EXPECT_EQ(tiny.optimizer.learning_rate, 0.05622);  // 0.01 (3120 / 98624)^-0.5
    EXPECT_EQ(tiny.training.batch_tokens(), 128);      // 4096 / 2^5
    EXPECT_EQ(tiny.schedule.warmup_steps, 12);
    EXPECT_EQ(specification.trials[2].schedule.warmup_steps, 12);
    EXPECT_EQ(specification.trials[1].optimizer.learning_rate, 0.1124);
    EXPECT_EQ(specification.trials[4].optimizer.learning_rate, 0.01);
    EXPECT_EQ(specification.trials[4].training.batch_tokens(), 4096);
    EXPECT_TRUE(noted(specification, "learning rate = 0.01 (N / 98,624)^-0.5"));
    EXPECT_TRUE(noted(specification, "batch tokens = 4,096"));
}

TEST(Specification, WarmupInTokensAndSteps) {
    EXPECT_EQ(parse(with_grid(small_grid, "[schedule]\nwarmup = \"41k\"\n")).trials[0].schedule.warmup_steps, 10);
    EXPECT_EQ(parse(with_grid(small_grid, "[schedule]\nwarmup = \"7 steps\"\n")).trials[0].schedule.warmup_steps, 7);
    EXPECT_EQ(parse(with_grid(small_grid, "[schedule]\nwarmup = 0\n")).trials[0].schedule.warmup_steps, 0);
}

TEST(Specification, ShardsByBatchTokens) {
    const auto shards = [](const std::string& batch) {
        return parse(with_grid(small_grid, "[training]\nbatch_tokens = " + batch + "\n")).trials[0].training.shards;
    };
    EXPECT_EQ(shards("4096"), 1);
    EXPECT_EQ(shards("16384"), 1);
    EXPECT_EQ(shards("32768"), 2);
    EXPECT_EQ(shards("65536"), 4);
    EXPECT_EQ(shards("65664"), 1);  // 513 sequences are odd
    EXPECT_EQ(shards("4096\nshards = 4"), 4);
}

TEST(Specification, SolvedSizesAreTold) {
    const Specification specification = parse(with_grid("size = \"1M\"\ntokens = \"20x\"\nposition = \"rope\"\n"));
    const double parameters = static_cast<double>(
        count_parameters(specification.trials[0].model, specification.trials[0].position, 128).backbone);
    EXPECT_NEAR(parameters, 1e6, 3e4);
    EXPECT_TRUE(noted(specification, "size 1M is 3x168"));
}

TEST(Specification, ExplicitShapes) {
    const TrialConfig trial =
        parse(
            with_grid(
                "size = {layers = 3, width = 96, heads = 6, mlp_width = 200}\ntokens = \"20x\"\nposition = \"rope\"\n"))
            .trials[0];
    EXPECT_EQ(trial.model.layers, 3);
    EXPECT_EQ(trial.model.heads, 6);
    EXPECT_EQ(trial.model.mlp_width, 200);
    EXPECT_EQ(trial.size, "3x96h6f200");
}

TEST(Specification, Extensions) {
    const TrialConfig trial = parse(with_grid("size = \"2x64\"\ntokens = \"20x\"\nposition = {scheme = \"rope\", base "
                                              "= 5000, extension = \"yarn\", factor = 4, truncate = false}\n"))
                                  .trials[0];
    EXPECT_EQ(trial.position, (PositionConfig{"rope", {{"base", 5000.0}, {"layout", std::string("half")}}}));
    ASSERT_TRUE(trial.extension);
    EXPECT_EQ(trial.extension->method, "yarn");
    EXPECT_EQ(
        trial.extension->options,
        (Options{
            {"attention_factor", 0.0}, {"beta_fast", 32.0}, {"beta_slow", 1.0}, {"dynamic", false},
            {"factor", 4.0}, {"learned_ramp", false}, {"resonance", false}, {"truncate", false}}));
}

TEST(Specification, ListsOfNumbers) {
    const TrialConfig trial =
        parse(with_grid("size = {layers = 2, width = 16, heads = 2}\ntokens = \"20x\"\nposition = {scheme = \"rope\", "
                        "extension = \"longrope\", factor = 4, long_factors = [1, 1.5, 2, 4]}\n"))
            .trials[0];
    EXPECT_EQ(list_option(trial.extension->options, "long_factors"), (std::vector<double>{1, 1.5, 2, 4}));
}

TEST(Specification, LongDocuments) {
    const TrialConfig plain = parse(with_grid(small_grid)).trials[0];
    EXPECT_EQ(plain.data.documents, Documents::joined);
    EXPECT_TRUE(plain.data.recall_distances.empty());
    const std::string data = "[data]\ncorpus = \"linux\"\ndocuments = \"packed\"\nrecall_share = 0.05\n";
    const TrialConfig trial = parse(with_grid(small_grid, data + "[evaluation]\nwindows = \"documents\"\n")).trials[0];
    EXPECT_EQ(trial.data.corpus, "linux");
    EXPECT_EQ(trial.data.documents, Documents::packed);
    EXPECT_EQ(trial.data.recall_share, 0.05);
    EXPECT_EQ(trial.data.recall_distances, (std::vector<std::int64_t>{64, 256, 1024, 4096}));
    EXPECT_EQ(trial.evaluation.windows, WindowPlaces::documents);
    const TrialConfig listed = parse(with_grid(small_grid, data + "recall_distances = [\"1Ki\", 48]\n")).trials[0];
    EXPECT_EQ(listed.data.recall_distances, (std::vector<std::int64_t>{1024, 48}));
}

TEST(Specification, Samplers) {
    const auto trials = parse(with_grid("size = \"2x64\"\ntokens = \"20x\"\nposition = [{scheme = \"learned\", sampler = "
                                        "\"randomised\", longest = 1024}, \"learned\", {scheme = \"learned\", extension = "
                                        "\"interpolate\", factor = 4}]\n"))
                            .trials;
    ASSERT_EQ(trials.size(), 3u);
    ASSERT_TRUE(trials[0].position.sampler);
    EXPECT_EQ(*trials[0].position.sampler,
              (SamplerConfig{"randomised", {{"at_evaluation", std::string("identity")}, {"longest", std::int64_t{1024}}}}));
    EXPECT_EQ(trials[0].possible_lengths(), (std::vector<std::int64_t>{128, 256, 512}));
    EXPECT_EQ(trials[1].possible_lengths(), (std::vector<std::int64_t>{128}));
    EXPECT_EQ(trials[2].possible_lengths(), (std::vector<std::int64_t>{128, 256, 512}));
    const StageForest forest = grow_forest(trials);
    EXPECT_EQ(forest.trials[1].path[0], forest.trials[2].path[0]) << "both ways to evaluate share the training";
    EXPECT_NE(forest.trials[0].path[0], forest.trials[1].path[0]);
}

TEST(Specification, EverySection) {
    const Specification s = parse(with_grid(small_grid, R"(
[data]
corpus = "synthetic"
folder = "/srv/corpora"
[model]
activation = "swiglu"
qk_norm = true
tied = true
heads = 2
mlp_ratio = 3
[optimizer]
learning_rate = 0.02
beta1 = 0.8
beta2 = 0.99
epsilon = 1e-6
weight_decay = 0.05
clip_norm = 0.5
position_learning_rate_multiplier = 3
[schedule]
kind = "cosine"
[training]
precision = "bf16"
threads = 2
log_every = 20
device = "cuda"
[evaluation]
lengths = [64, "1x", "2x"]
tokens = "8Ki"
sliding_stride = 32
tasks = ["recall", "copy"]
task_samples = 8
task_depths = [0, 0.5]
blockwise = true
scored_blocks = "all"
scored_block = 16
blockwise_flops = 1e15
[cluster]
ranks = 4
max_width = 2
checkpoint_every = "2m"
keep = "all"
restarts = 3
[slurm]
partition = "gpu"
nodes = 2
gpus_per_task = 1
time_limit = "90m"
signal_before = "3m"
setup = ["module load openmpi"]
extra = ["--mem=0"]
[analysis]
baseline = "alibi"
delta_nats = 0.01
bootstraps = 50
confidence = 0.9
)"));
    const TrialConfig& trial = s.trials[0];
    EXPECT_EQ(trial.model, (ModelConfig{2, 64, 2, 192, 256, Activation::swiglu, true, true}));
    EXPECT_EQ(trial.data.folder, "/srv/corpora");
    EXPECT_EQ(trial.optimizer, (OptimizerConfig{0.02, 1, 0.8, 0.99, 1e-6, 0.05, 0.5, 3}));
    EXPECT_EQ(trial.schedule.kind, ScheduleKind::cosine);
    EXPECT_EQ(trial.training, (TrainingConfig{128, 32, Precision::bf16, 1, 2, 20, false, Device::cuda}));
    EXPECT_EQ(trial.evaluation, (EvaluationConfig{{64, 128, 256}, 8192, WindowPlaces::spread, HeldoutPart::all, 32, {"copy", "recall"}, 8, {0, 0.5}, true, 0, 16, 1e15}));
    EXPECT_EQ(s.cluster, (ClusterSection{4, 2, 120, Keep::all, 3}));
    EXPECT_EQ(s.slurm.minutes, 90);
    EXPECT_EQ(s.slurm.signal_seconds, 180);
    EXPECT_EQ(s.slurm.job_name, "test");
    EXPECT_EQ(s.slurm.setup, (std::vector<std::string>{"module load openmpi"}));
    EXPECT_EQ(s.analysis, (AnalysisSection{"alibi", 0.01, 50, 0, 0.9}));
    EXPECT_TRUE(noted(s, "cosine"));
}

TEST(Specification, TheManifestFillsWhatIdsNeed) {
    const SpecificationContext context{[](const DataConfig& data) -> std::optional<DataManifest> {
        return DataManifest{data.corpus, data.tokenizer, "abcd", 256, 1000000, 50000, 1};
    }};
    const Specification specification = parse(with_grid(small_grid), context);
    EXPECT_EQ(specification.trials[0].data.digest, "abcd");
    EXPECT_EQ(specification.trials[0].data.train_tokens, 1000000);
    EXPECT_FALSE(noted(specification, "provisional"));
    EXPECT_TRUE(noted(specification, "1 trials read the 1,000,000 training tokens more than once, at most 2.0 epochs"));
    EXPECT_FALSE(grow_forest(specification.trials).stages[0].provisional);
    EXPECT_THROW(parse(with_grid(small_grid, "[data]\ntokenizer = \"bpe\"\n"), context), ConfigError);
}

TEST(Specification, HugeGridsAreRefusedBeforeExpansion) {
    std::string axis = "[";
    for (int i = 0; i < 20000; ++i) {
        axis += std::to_string(i) + ", ";
    }
    axis += "]";
    std::string rates = "[";
    for (int i = 1; i <= 20000; ++i) {
        rates += std::to_string(i) + ", ";
    }
    rates += "]";
    try {
        parse(with_grid("size = \"2x64\"\nposition = \"rope\"\nseed = " + axis + "\ntokens = " + rates +
                        "\nlearning_rate_multiplier = " + rates + "\n"));
        FAIL() << "8 * 10^12 points were accepted";
    } catch (const ConfigError& error) {
        EXPECT_EQ(error.problems()[0].what,
                  "the grid has 8,000,000,000,000 points (at most max_trials = 10,000); set max_trials in [sweep] if "
                  "you mean it");
    }
}

TEST(Specification, MaxTrialsMayBeRaised) {
    std::string seeds = "seed = [";
    for (int i = 0; i < 10001; ++i) {
        seeds += std::to_string(i) + ",";
    }
    seeds += "]\n";
    EXPECT_THROW(parse(with_grid(small_grid + seeds)), ConfigError);
    const std::string raised = "[sweep]\nname = \"big\"\nmax_trials = 20000\n[grid]\n" + small_grid + seeds;
    EXPECT_EQ(parse(raised).trials.size(), 10001u);
}

TEST(Specification, FilesThatCannotBeReadAreNamed) {
    EXPECT_THROW(load_specification("no/such/file.toml"), IoError);
    EXPECT_THROW(load_specification(std::filesystem::temp_directory_path()), IoError);
}

}  // namespace
}  // namespace overtake
