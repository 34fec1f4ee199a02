#include "cluster/slurm/batch_script.hpp"

#include <gtest/gtest.h>

#include "cluster/slurm/command_runner.hpp"
#include "sweeps/errors.hpp"

namespace overtake {
namespace {

BatchRequest smallest() {
    BatchRequest request;
    request.sweep = "quickstart";
    request.executable = "/opt/overtake/bin/overtake";
    request.specification = "/home/ada/quickstart.toml";
    request.folder = "/home/ada/sweep-quickstart";
    request.work_folder = "/home/ada";
    return request;
}

std::string problems_of(const BatchRequest& request) {
    try {
        render_batch_script(request);
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "";
}

TEST(BatchScript, smallest_bytes) {
    EXPECT_EQ(render_batch_script(smallest()), R"(#!/bin/bash
#SBATCH --chdir=/home/ada
#SBATCH --cpus-per-task=1
#SBATCH --job-name=quickstart
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --open-mode=append
#SBATCH --output=/home/ada/sweep-quickstart/slurm-%j.out
#SBATCH --requeue
#SBATCH --signal=B:URG@120
#SBATCH --time=01:00:00
#
# Made by 'overtake submit'; edit and hand to sbatch as you like. The same script goes on where an earlier job stopped.
set -e

# srun no longer takes the cores of a task from the job.
export SRUN_CPUS_PER_TASK=1
export OMP_NUM_THREADS=1
# Ranks that wait inside Open MPI give way to those that compute.
export OMPI_MCA_mpi_yield_when_idle=1

# In the place of this shell, so that URG ahead of the time limit reaches the supervisor; it starts the ranks
# with srun --mpi=pmix and requeues the job when work is left.
exec '/opt/overtake/bin/overtake' run '/home/ada/quickstart.toml' --in '/home/ada/sweep-quickstart' --srun --batch
)");
}

TEST(BatchScript, full_bytes) {
    BatchRequest request = smallest();
    request.ranks = 16;
    request.specification = "/home/ada/Ada's sweep; rm -rf $HOME.toml";
    request.slurm = {.job_name = "overtake.big-1",
                     .partition = "gpu,long",
                     .account = "lm_laws",
                     .qos = "high",
                     .constraint = "h100|h200",
                     .nodes = 4,
                     .tasks_per_node = 4,
                     .gpus_per_task = 1,
                     .cpus_per_task = 16,
                     .minutes = 2 * 24 * 60 + 90,
                     .signal_seconds = 300,
                     .setup = {"module load cuda/13.0", "source /opt/site/env.sh"},
                     .extra = {"--mem=0", "--exclusive"}};
    EXPECT_EQ(render_batch_script(request), R"(#!/bin/bash
#SBATCH --account=lm_laws
#SBATCH --chdir=/home/ada
#SBATCH --constraint=h100|h200
#SBATCH --cpus-per-task=16
#SBATCH --gpus-per-task=1
#SBATCH --job-name=overtake.big-1
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=4
#SBATCH --open-mode=append
#SBATCH --output=/home/ada/sweep-quickstart/slurm-%j.out
#SBATCH --partition=gpu,long
#SBATCH --qos=high
#SBATCH --requeue
#SBATCH --signal=B:URG@300
#SBATCH --time=2-01:30:00
#SBATCH --mem=0
#SBATCH --exclusive
#
# Made by 'overtake submit'; edit and hand to sbatch as you like. The same script goes on where an earlier job stopped.
set -e

# Set-up, from [slurm] setup.
module load cuda/13.0
source /opt/site/env.sh

# srun no longer takes the cores of a task from the job.
export SRUN_CPUS_PER_TASK=16
export OMP_NUM_THREADS=16
# Ranks that wait inside Open MPI give way to those that compute.
export OMPI_MCA_mpi_yield_when_idle=1
# NCCL says what goes wrong; name the network if it picks the wrong one.
export NCCL_DEBUG=WARN
# export NCCL_SOCKET_IFNAME=ib0

# In the place of this shell, so that URG ahead of the time limit reaches the supervisor; it starts the ranks
# with srun --mpi=pmix and requeues the job when work is left.
exec '/opt/overtake/bin/overtake' run '/home/ada/Ada'\''s sweep; rm -rf $HOME.toml' --in '/home/ada/sweep-quickstart' --srun --batch
)");
}

TEST(BatchScript, names_every_value_that_cannot_stand_in_it) {
    BatchRequest request = smallest();
    request.ranks = 5;
    request.slurm.tasks_per_node = 2;
    request.folder = "/home/ada/my sweep";
    request.slurm.job_name = "a\nb";
    request.slurm.partition = "gpu; reboot";
    request.slurm.account = "--wrap=reboot";
    request.slurm.nodes = 2;
    request.slurm.cpus_per_task = 0;
    request.slurm.minutes = 2;
    request.slurm.setup = {"module load a", "one\ntwo"};
    request.slurm.extra = {"mem=0"};
    EXPECT_EQ(problems_of(request),
              "slurm.job_name: 'a\nb' can't be used (letters, digits, '.', '_' and '-', not '-' in front)\n"
              "slurm.partition: 'gpu; reboot' can't be used (letters, digits, '.', '_' and '-' or any of ',', not '-' in "
              "front)\n"
              "slurm.account: '--wrap=reboot' can't be used (letters, digits, '.', '_' and '-', not '-' in front)\n"
              "slurm.cpus_per_task: 0 (must be at least 1)\n"
              "cluster.ranks: 5 (must fit slurm.nodes x slurm.tasks_per_node = 4)\n"
              "slurm.signal_before: 120 seconds (must be shorter than slurm.time_limit, 2 minutes)\n"
              "slurm.setup[1]: spans several lines (each entry is one line); make it several entries\n"
              "slurm.extra[0]: 'mem=0' is not an option of sbatch (must begin with '-')\n"
              "the sweep folder: '/home/ada/my sweep' can't stand in a #SBATCH line (absolute; no blanks, quotes, '%' or "
              "'\\'); use another folder");
    request = smallest();
    request.specification = "/home/ada/a\nreboot\n.toml";
    EXPECT_NE(problems_of(request), "");
    request = smallest();
    request.folder = "relative";
    EXPECT_NE(problems_of(request), "");
}

TEST(BatchScript, refuses_a_job_on_gpus_that_asks_for_none) {
    BatchRequest request = smallest();
    request.needs_gpus = true;
    EXPECT_EQ(problems_of(request),
              "slurm.gpus_per_task: 0, and no option in slurm.extra asks for GPUs either (trials have device = \"cuda\"); set gpus_per_task = 1, or "
              "extra = [\"--gres=gpu:4\"], or extra = [\"--comment=gpus\"] where nodes come with theirs unasked");
    request.slurm.extra = {"--mem=0", "--gpu-bind=none"};
    EXPECT_NE(problems_of(request), "");
    request.slurm.extra = {"--mem=0", "--gres=gpu:h100:4"};
    EXPECT_EQ(problems_of(request), "");
    request.slurm.extra = {};
    request.slurm.gpus_per_task = 1;
    EXPECT_EQ(problems_of(request), "");
}

TEST(BatchScript, refuses_options_that_would_replace_its_own) {
    BatchRequest request = smallest();
    request.slurm.extra = {"--mem=0", "--signal=USR1@60", "--requeue --open-mode=truncate"};
    EXPECT_EQ(problems_of(request),
              "slurm.extra[1]: '--signal=USR1@60' would replace the script's own --signal (the job is told to checkpoint by it; use slurm.signal_before)\n"
              "slurm.extra[2]: '--requeue' would replace the script's own --requeue (the job must know how to go on; use slurm.requeue)\n"
              "slurm.extra[2]: '--open-mode=truncate' would replace the script's own --open-mode (a requeued job must append to what the one before said)");
}

TEST(BatchScript, one_task_per_node_stands_for_what_the_ranks_need) {
    BatchRequest request = smallest();
    request.ranks = 5;
    request.slurm.nodes = 2;
    EXPECT_NE(render_batch_script(request).find("#SBATCH --ntasks-per-node=3\n"), std::string::npos);
    request.ranks = 2;
    EXPECT_NE(render_batch_script(request).find("#SBATCH --ntasks-per-node=1\n"), std::string::npos);
}

// The shell itself is the judge: what it prints must be what was quoted.
TEST(QuotedForShell, survives_a_shell) {
    ProcessRunner runner;
    for (const std::string text : {"", "plain", "two words", "it's", "'", "''", "$HOME `id` $(id) \\ \" ! * ? ~ # & ; | < >",
                                   "line\nbreak\n", "-n", "\xc3\xa9\xff\x01\t"}) {
        const CommandResult result = runner.run({"sh", "-c", "printf '%s' " + quoted_for_shell(text)}, "");
        EXPECT_EQ(result, (CommandResult{0, text, ""})) << text;
    }
}

TEST(BatchScript, is_valid_bash) {
    BatchRequest request = smallest();
    request.specification = "/home/ada/it's (odd) $name.toml";
    request.slurm.gpus_per_task = 1;
    ProcessRunner runner;
    EXPECT_EQ(runner.run({"bash", "-n"}, render_batch_script(request)), (CommandResult{0, "", ""}));
}

}  // namespace
}  // namespace overtake
