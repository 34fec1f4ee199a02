#include "cluster/launch/launch_line.hpp"

#include <gtest/gtest.h>

namespace overtake {
namespace {

using Words = std::vector<std::string>;
using Variables = std::vector<std::pair<std::string, std::string>>;

LaunchSettings settings() {
    LaunchSettings settings;
    settings.train = "/opt/overtake-train";
    settings.folder = "/home/ada/a sweep";
    settings.ranks = 8;
    settings.threads = 4;
    settings.cores = 64;
    return settings;
}

TEST(LaunchLine, mpirun) {
    const ProcessRequest request = launch_line(settings());
    EXPECT_EQ(request.arguments, (Words{"mpirun", "-n", "8", "--oversubscribe", "--bind-to", "none", "/opt/overtake-train", "/home/ada/a sweep", "--ranks", "8",
                                        "--supervised"}));
    EXPECT_EQ(request.environment, (Variables{{"OMP_NUM_THREADS", "4"}, {"OMPI_MCA_odls_base_sigkill_timeout", "0"}}));
    EXPECT_TRUE(request.own_group);
}

TEST(LaunchLine, srun_on_gpus_in_a_job_of_an_array) {
    LaunchSettings slurm = settings();
    slurm.srun = slurm.gpus = true;
    slurm.cpus_per_task = "16";
    slurm.member = "2";
    slurm.life = "4713.1";
    EXPECT_EQ(launch_line(slurm).arguments, (Words{"srun", "--mpi=pmix", "-n", "8", "--cpus-per-task=16", "--gpu-bind=none", "/opt/overtake-train", "/home/ada/a sweep",
                                                   "--ranks", "8", "--supervised", "--member", "2", "--life", "4713.1"}));
}

TEST(LaunchLine, root_and_too_few_cores) {
    LaunchSettings crowded = settings();
    crowded.root = true;
    crowded.cores = 2;
    EXPECT_EQ(launch_line(crowded).environment, (Variables{{"OMP_NUM_THREADS", "4"},
                                                           {"OMPI_ALLOW_RUN_AS_ROOT", "1"},
                                                           {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"},
                                                           {"OMPI_MCA_odls_base_sigkill_timeout", "0"},
                                                           {"OMPI_MCA_mpi_yield_when_idle", "1"}}));
}

}  // namespace
}  // namespace overtake
