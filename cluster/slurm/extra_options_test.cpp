#include "cluster/slurm/extra_options.hpp"

#include <gtest/gtest.h>

namespace overtake {
namespace {

bool asks(const std::vector<std::string>& extra) { return asks_for_gpus(extra); }

TEST(ExtraOptions, know_what_asks_for_gpus) {
    for (const char* option : {"--gres=gpu:4", "--gres gpu:h100:1", "--gpus=8", "-G 8", "-G8", "--gpus-per-node=4", "--gpus-per-task=a100:1",
                               "--tres-per-task=gres/gpu:1", "--mem=0 --gres=GPU:1", "--exclusive", "--comment=gpus"}) {
        EXPECT_TRUE(asks({"--mem=0", option})) << option;
    }
    for (const char* option : {"--mem=0", "--gpu-bind=none", "--gpu-freq=low", "--exclusive=user", "--licenses=matlab"}) {
        EXPECT_FALSE(asks({option})) << option;
    }
    EXPECT_FALSE(asks({}));
}

TEST(ExtraOptions, know_what_of_the_environment_asks_for_gpus) {
    using Variables = std::vector<std::string>;
    EXPECT_TRUE(environment_asks_for_gpus(Variables{"HOME=/home/ada", "SBATCH_GRES=gpu:1"}));
    EXPECT_TRUE(environment_asks_for_gpus(Variables{"SBATCH_GPUS_PER_NODE=4"}));
    EXPECT_TRUE(environment_asks_for_gpus(Variables{"SBATCH_TRES_PER_TASK=gres/gpu:1"}));
    EXPECT_FALSE(environment_asks_for_gpus(Variables{"CUDA_GPUS=1", "SBATCH_PARTITION=low", "SBATCH_GPU_BIND=none"}));
}

TEST(ExtraOptions, name_what_they_would_replace) {
    EXPECT_EQ(replaced_by("--signal=USR1@60"),
              std::vector<std::string>{"'--signal=USR1@60' would replace the script's own --signal (the job is told to checkpoint by it; use slurm.signal_before)"});
    for (const char* option : {"--output=here.out", "--output here.out", "-o here.out", "-ohere.out", "--out=here.out", "--requeue", "--no-requeue", "--open-mode=truncate",
                               "--open=truncate", "--mem=0 --signal=TERM@5", "--array=0-3", "-a 0-3", "--chdir=there", "-D there", "--time=1:00", "-t 1:00", "--nodes=2", "-N2",
                               "--ntasks-per-node=4", "--cpus-per-task=4", "-c4"}) {
        EXPECT_EQ(replaced_by(option).size(), 1u) << option;
    }
    for (const char* option : {"--mem=0", "--exclusive", "--ntasks=4", "-n 4", "--time-min=5", "--nodelist=n1", "--reservation=r", "--error=here.err", "--mail-type=END",
                               "--gpus-per-task=a100:1", "--partition=low", "-p low", "--comment=--signal"}) {
        EXPECT_EQ(replaced_by(option), std::vector<std::string>{}) << option;
    }
    EXPECT_EQ(replaced_by("--requeue --open-mode=truncate").size(), 2u);
}

}  // namespace
}  // namespace overtake
