// `overtake doctor` at places that are bad, each in one way: what it finds, and the cure it names. Every condition is provoked where it would arise:
// in the system's, MPI's or HDF5's answers (site_faults, preloaded), in how ranks are started (a script in the place of mpirun), or by a disk of its own.
// GPUs are pretended ones (pretended_rank), ranks and MPI are real.
//
// | condition | test, and how it is provoked |
// |---|---|
// | MPI singletons | singletons: the program started twice, without a launcher |
// | PMIx missing | pmix_that_is_missing: the program started as by an srun that has none |
// | wrong thread level | thread_level: MPI_Init_thread grants MPI_THREAD_SERIALIZED |
// | GPU hidden, shared, not built for | gpus_...: CUDA_VISIBLE_DEVICES of the ranks; a program without CUDA |
// | driver and NCCL mismatch, NCCL's sums | driver_..., nccl_...: a rank with another version, or whose sums are off by one |
// | locked HDF5 on NFS | locks_...: flock fails (ENOLCK) |
// | clock skew | clocks_...: a rank whose clock is ahead |
// | disk or quota short | disk_...: a full disk of 16 MB; quota_...: fallocate, or a write, fails (EDQUOT) |
// | checkpoint slower than the grace | checkpoints_...: a slow fsync |
// | scratch not shared | folder_...: a rank that has another file system there, at the sweep or at its corpus |
// | ranks unlike the request | ranks_unlike_the_request: a launcher that starts one more |
// | old libraries | libraries_...: HDF5 and MPI that call themselves old |
// | no write permission | gather_site_facts_test: a folder of another user; a read-only disk here |
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "sweeps/data_manifest.hpp"

namespace overtake {
namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

struct Site {
    std::string sweep = {};                  // lines of [training] and [slurm], as a sweep file has them
    std::string size = "1x16";
    Variables variables = {};                 // of the doctor, and so of all that it starts
    std::string on_rank_1 = {};                // shell commands before the program of rank 1
    std::string launcher = "exec mpirun -n 2 --oversubscribe --bind-to none sh $RANK \"$@\"\n";  // shell commands; "$@" is what a rank shall run
    bool pretended = true;                   // ranks on pretended GPUs instead of overtake-train's own
    std::vector<std::string> options = {};
};

class Doctor : public testing::Test {
  protected:
    Doctor() { std::filesystem::create_directories(base); }
    ~Doctor() override {
        if (is_mounted) {
            umount2(folder.c_str(), MNT_DETACH);
        }
        std::filesystem::remove_all(base);
    }

    static void write(const std::filesystem::path& file, const std::string& text) { std::ofstream(file) << text; }

    /// Runs the doctor; what it said, on both channels, is in `said`.
    int visit(const Site& site) {
        write(base / "sweep.toml", "[sweep]\nname = \"place\"\n[data]\ncorpus = \"synthetic\"\n[cluster]\nranks = 2\n" + site.sweep +
                                       "[grid]\nsize = \"" + site.size + "\"\ntokens = 102400\nposition = \"rope\"\ntrain_length = 32\n");
        // The words after which the program comes are those of launch_line: -n 2 --oversubscribe --bind-to none.
        write(base / "mpirun", "#!/bin/sh\nRANK=" + (base / "rank").string() + "\nshift 5\n" + site.launcher);
        write(base / "rank", std::string("FOLDER=") + folder.string() + "\nif [ \"$OMPI_COMM_WORLD_RANK\" = 1 ]; then\n:\n" + site.on_rank_1 + "\nfi\n" +
                                 (site.pretended ? "shift\nexec " PRETENDED_RANK " \"$@\"\n" : "exec \"$@\"\n"));
        std::filesystem::permissions(base / "mpirun", std::filesystem::perms::owner_all);
        const std::string file = base / "sweep.toml", mpirun = base / "mpirun";
        std::vector<std::string> words{"overtake", "doctor", file, "--in", folder.string(), "--mpirun", mpirun};
        words.insert(words.end(), site.options.begin(), site.options.end());
        std::vector<char*> arguments;
        for (std::string& word : words) {
            arguments.push_back(word.data());
        }
        arguments.push_back(nullptr);
        const pid_t child = fork();
        if (child == 0) {
            const int out = open((base / "said").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
            dup2(out, STDOUT_FILENO);
            dup2(out, STDERR_FILENO);
            unsetenv("CUDA_VISIBLE_DEVICES");
            unsetenv("SLURM_JOB_ID");
            setenv("LD_PRELOAD", SITE_FAULTS, 1);
            setenv("ASAN_OPTIONS", "detect_leaks=0:verify_asan_link_order=0", 1);  // of what is preloaded we are sure
            for (const auto& [name, value] : site.variables) {
                setenv(name.c_str(), value.c_str(), 1);
            }
            execv(OVERTAKE, arguments.data());
            _exit(127);
        }
        int status = 0;
        waitpid(child, &status, 0);
        std::ostringstream text;
        text << std::ifstream(base / "said").rdbuf();
        said = text.str();
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

    int count(const std::string& words) const {
        int found = 0;
        for (auto at = said.find(words); at != std::string::npos; at = said.find(words, at + 1)) {
            ++found;
        }
        return found;
    }

    /// One thing is wrong, and what is said of it has these words, of which the last are from its cure.
    void expect_finding(const Site& site, const std::vector<std::string>& words) {
        EXPECT_EQ(visit(site), 1) << said;
        EXPECT_EQ(count("wrong     ") + count("doubtful  "), 1) << "one cause, one finding\n" << said;
        for (const std::string& word : words) {
            EXPECT_NE(said.find(word), std::string::npos) << "'" << word << "' is not in:\n" << said;
        }
        const auto cure = said.find("          cure: ");
        ASSERT_NE(cure, std::string::npos) << said;
        EXPECT_NE(said.find(words.back(), cure), std::string::npos) << "'" << words.back() << "' is not in the cure of:\n" << said;
    }

    /// A small disk in memory at the sweep folder, which nobody else sees; false where none can be had.
    bool mount_disk(unsigned long flags) {
        static const bool may_mount = unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
        std::filesystem::create_directories(folder);
        is_mounted = may_mount && ::mount("tmpfs", folder.c_str(), "tmpfs", flags, "size=16m") == 0;
        return is_mounted;
    }

    const std::filesystem::path base = std::filesystem::temp_directory_path() / ("doctor_test_" + std::to_string(getpid()));
    const std::filesystem::path folder = base / "place";
    std::string said;
    bool is_mounted = false;
};

const std::string on_gpus = "[training]\ndevice = \"cuda\"\n";

TEST_F(Doctor, finds_nothing_at_a_sound_site) {
    EXPECT_EQ(visit({.pretended = false}), 0) << said;
    EXPECT_EQ(said.find("nothing is wrong: 2 ranks by mpirun, Open MPI v"), 0u) << said;
    EXPECT_FALSE(std::filesystem::exists(folder)) << "it leaves no trace";
#ifndef OVERTAKE_WITH_CUDA
    EXPECT_EQ(visit({.sweep = on_gpus, .options = {"--nccl"}}), 0) << said;
    EXPECT_NE(said.find("NCCL's sums are right"), std::string::npos) << said;
#endif
}

TEST_F(Doctor, singletons) {
    expect_finding({.launcher = "\"$@\" & \"$@\"; wait\n", .pretended = false},
                   {"2 processes each believe to be alone", "use the mpirun that belongs to the MPI library (--mpirun PATH)"});
}

TEST_F(Doctor, pmix_that_is_missing) {
    expect_finding({.launcher = "export SLURM_JOB_ID=1 SLURM_JOBID=1 SLURM_STEP_ID=0 SLURM_STEPID=0 SLURM_NODELIST=node1 SLURM_PROCID=0\nexec \"$@\"\n", .pretended = false},
                   {"the launcher and the MPI library share no PMIx", "ask for Slurm's pmix plugin (srun --mpi=list shows what is there)"});
}

TEST_F(Doctor, ranks_unlike_the_request) {
    expect_finding({.launcher = "exec mpirun -n 3 --oversubscribe --bind-to none sh $RANK \"$@\"\n"},
                   {"2 ranks were asked for and 3 came", "make [cluster] ranks equal to [slurm] nodes x tasks_per_node"});
}

TEST_F(Doctor, thread_level) {
    expect_finding({.on_rank_1 = "export SITE_THREADS=2 SITE_HOST=node1", .pretended = false},
                   {"rank 1 on 'node1' gets MPI's thread level 2 (3, MPI_THREAD_MULTIPLE, is needed)", "use an MPI built with thread support"});
}

TEST_F(Doctor, gpus_that_are_hidden_shared_or_not_built_for) {
#ifdef OVERTAKE_WITH_CUDA
    GTEST_SKIP() << "GPUs are pretended in builds without CUDA alone; this one has real ones to ask";
#endif
    expect_finding({.sweep = on_gpus, .on_rank_1 = "export CUDA_VISIBLE_DEVICES= SITE_HOST=node1"},
                   {"rank 1 on 'node1' sees no GPU", "[slurm] gpus_per_task = 1", "look whether CUDA_VISIBLE_DEVICES hides it"});
    EXPECT_EQ(visit({.sweep = on_gpus, .on_rank_1 = "export CUDA_VISIBLE_DEVICES=", .options = {"--nccl"}}), 1) << said;
    EXPECT_NE(said.find("sees no GPU, so NCCL's sums were not tried"), std::string::npos) << "those that see one don't wait for its sum\n" << said;
    expect_finding({.sweep = on_gpus, .variables = {{"CUDA_VISIBLE_DEVICES", "3"}}},
                   {"rank 0 on '", "and rank 1 share GPU 0000:03:00.0", "start as many ranks per host as it has GPUs"});
    EXPECT_EQ(visit({.sweep = "max_width = 1\n" + on_gpus, .variables = {{"CUDA_VISIBLE_DEVICES", "3"}}, .options = {"--nccl"}}), 0) << "cured\n" << said;
    EXPECT_NE(said.find("NCCL's sums are not needed (max_width = 1)"), std::string::npos) << said;
    expect_finding({.sweep = on_gpus, .pretended = false}, {"overtake-train was built without CUDA, and GPUs are asked for", "build preset 'cuda'"});
}

TEST_F(Doctor, driver_older_than_the_program) {
#ifdef OVERTAKE_WITH_CUDA
    GTEST_SKIP() << "GPUs are pretended in builds without CUDA alone; this one has real ones to ask";
#endif
    expect_finding({.sweep = on_gpus, .on_rank_1 = "export FAKE_CUDA_DRIVER=12040 SITE_HOST=node1"},
                   {"the driver on 'node1' knows CUDA 12.4 and the program was built for 13.0", "ask for a newer driver, or build with an older CUDA toolkit"});
}

TEST_F(Doctor, nccl_of_two_versions_or_with_wrong_sums) {
#ifdef OVERTAKE_WITH_CUDA
    GTEST_SKIP() << "GPUs are pretended in builds without CUDA alone; this one has real ones to ask";
#endif
    expect_finding({.sweep = on_gpus, .variables = {{"FAKE_NCCL_VERSION", "22809"}}, .on_rank_1 = "export FAKE_NCCL_VERSION=22100"},
                   {"different versions of NCCL", "LD_LIBRARY_PATH in [slurm] setup"});
    expect_finding({.sweep = on_gpus, .on_rank_1 = "export FAKE_NCCL_FAULT=1 SITE_HOST=node1", .options = {"--nccl"}},
                   {"rank 1 on 'node1': NCCL's sums are wrong or fail (element 0 of the sum of 1 is ", "NCCL_P2P_DISABLE=1"});
}

TEST_F(Doctor, locks_that_a_file_system_refuses) {
    const Variables refused{{"SITE_LOCK", std::to_string(ENOLCK)}};
    expect_finding({.variables = refused}, {"can't be locked (No locks available), which HDF5 tries", "set HDF5_USE_FILE_LOCKING=FALSE in [slurm] setup"});
    EXPECT_EQ(visit({.variables = {refused.front(), {"HDF5_USE_FILE_LOCKING", "FALSE"}}}), 0) << "cured\n" << said;
}

TEST_F(Doctor, clocks_that_differ) {
    expect_finding({.on_rank_1 = "export SITE_CLOCK_S=42 SITE_HOST=node1", .pretended = false},
                   {"the clocks of '", "' and 'node1' are 4", " s apart, and locks go by them", "ask your administrator for NTP on all nodes"});
    EXPECT_EQ(visit({.on_rank_1 = "export SITE_CLOCK_S=2"}), 0) << said;
}

TEST_F(Doctor, disk_that_is_too_small) {
    if (!mount_disk(0)) {
        GTEST_SKIP() << "a small disk can't be mounted here; run this test as root or allow user namespaces";
    }
    expect_finding({.sweep = "[schedule]\nwarmup = \"2 steps\"\n", .size = "10x512"}, {"the disk of '" + folder.string() + "' has 0.0 GB left and the sweep takes ", "set [cluster] keep = \"none\""});
}

TEST_F(Doctor, disk_that_is_read_only) {
    if (!mount_disk(MS_RDONLY)) {
        GTEST_SKIP() << "a small disk can't be mounted here; run this test as root or allow user namespaces";
    }
    expect_finding({}, {"'" + folder.string() + "' can't be written to (Read-only file system)", "choose another folder with --in"});
}

TEST_F(Doctor, quota_that_shows_at_once_or_when_it_is_written) {
    const std::string quota = std::to_string(EDQUOT), unknown = std::to_string(EOPNOTSUPP);
    expect_finding({.variables = {{"SITE_RESERVE", quota}}}, {"(Disk quota exceeded)", "look at your quota (quota -s)"});
    expect_finding({.variables = {{"SITE_RESERVE", unknown}, {"SITE_WRITE", quota}}}, {"(Disk quota exceeded)", "look at your quota (quota -s)"});
    EXPECT_EQ(visit({.variables = {{"SITE_RESERVE", unknown}}}), 0) << "a file system that can't promise space\n" << said;
}

TEST_F(Doctor, checkpoints_slower_than_the_grace) {
    const Variables slow{{"SITE_FSYNC_MS", "500"}};
    expect_finding({.sweep = "[slurm]\nsignal_before = \"1s\"\n", .variables = slow},
                   {"writing the checkpoints takes about ", " s, and a job has 1.0 s to leave", "set [slurm] signal_before to "});
    EXPECT_EQ(visit({.sweep = "[slurm]\nsignal_before = \"1m\"\n", .variables = slow}), 0) << said;
}

TEST_F(Doctor, folder_that_another_node_has_not) {
    if (std::system("unshare -m true 2>/dev/null") != 0) {
        GTEST_SKIP() << "a rank can't be given another file system here; run this test as root or allow user namespaces";
    }
    expect_finding({.on_rank_1 = "export SITE_HOST=node1\nexec unshare -m sh -c 'mount -t tmpfs none " + folder.string() + " && exec \"$@\"' sh \"$@\"", .pretended = false},
                   {"rank 1 on 'node1' does not see '" + folder.string() + "' as this host does", "choose a folder on a file system that all nodes share"});
}

TEST_F(Doctor, folder_of_corpora_that_another_node_has_not) {
    if (std::system("unshare -m true 2>/dev/null") != 0) {
        GTEST_SKIP() << "a rank can't be given another file system here; run this test as root or allow user namespaces";
    }
    const std::filesystem::path data = base / "data";
    std::filesystem::create_directories(data);
    const std::string elsewhere = "export SITE_HOST=node1\nexec unshare -m sh -c 'mount -t tmpfs none " + data.string() + " && exec \"$@\"' sh \"$@\"";
    const Site site{.variables = {{"OVERTAKE_DATA", data.string()}}, .on_rank_1 = elsewhere};
    expect_finding(site, {"rank 1 on 'node1' does not see '" + data.string() + "/doctor.mark.", "name it by [data] folder or OVERTAKE_DATA"});
    EXPECT_TRUE(std::filesystem::is_empty(data)) << "it leaves no trace";
    DataConfig synthetic;
    synthetic.corpus = "synthetic";
    synthetic.folder = data.string();
    write_data_manifest(synthetic, {.corpus = "synthetic", .tokenizer = "bytes", .digest = "d", .vocabulary = 256, .train_tokens = 900000});
    expect_finding(site, {"does not see '" + (corpus_folder(synthetic) / "manifest.json").string() + "'", "all nodes share"});
}

TEST_F(Doctor, libraries_that_are_old) {
    expect_finding({.variables = {{"SITE_HDF5", "4"}}}, {"HDF5 1.10.4 is old (1.10.7 is needed)", "load a newer HDF5 module"});
    expect_finding({.variables = {{"SITE_MPI", "Open MPI v4.0.7, package: site"}}}, {"the MPI library is old (Open MPI v4.0.7; 4.1 is needed)", "load a newer Open MPI module"});
}

TEST_F(Doctor, cores_that_are_too_few_are_doubtful_only) {
    EXPECT_EQ(visit({.sweep = "[training]\nthreads = 2\n", .on_rank_1 = "exec taskset -c 0 \"$@\"", .pretended = false}), 0) << said;
    EXPECT_NE(said.find("may use 1 cores and wants 2 threads"), std::string::npos) << said;
    EXPECT_NE(said.find("cure: set [slurm] cpus_per_task to the threads of a rank"), std::string::npos) << said;
}

}  // namespace
}  // namespace overtake
