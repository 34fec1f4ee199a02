// Gathering against shell scripts in the place of mpirun, and folders that can't be written to.
#include "cluster/launch/gather_site_facts.hpp"

#include <unistd.h>

#include <fstream>

#include <gtest/gtest.h>

namespace overtake {
namespace {

class Gathering : public testing::Test {
  protected:
    Gathering() : folder(std::filesystem::temp_directory_path() / ("site_test_" + std::to_string(getpid()) + "_" +
                                                                   testing::UnitTest::GetInstance()->current_test_info()->name())) {
        std::filesystem::create_directories(folder / "sweep");
        launch.mpirun = (folder / "mpirun").string();
        launch.train = "overtake-train";
        launch.folder = folder / "sweep";
        launch.ranks = 2;
    }
    ~Gathering() override { std::filesystem::remove_all(folder); }

    /// `body` has the functions `rank NUMBER SIZE`, which prints a rank's facts, and `sums NUMBER`, and $DIR.
    SiteFacts with_mpirun(const std::string& body, bool nccl = false, std::chrono::milliseconds patience = std::chrono::minutes(1)) {
        {
            std::ofstream out(launch.mpirun);
            out << "#!/bin/sh\nDIR=" << launch.folder.string() << R"(
for word; do last=$word; done
[ "$last" = --doctor ] || [ "$last" = --nccl ] || exit 98
sums() { echo '{"sums_of_rank":'$1',"made":true,"wrong":""}'; }
rank() {
  [ -e $DIR/doctor ] && sees=true || sees=false
  printf '{"rank":%s,"size":%s,"host":"h","machine":"m","thread_level":3,"clock_s":1,"mpi":"Open MPI v4.1.4","cpus":2,"sees_folder":%s,' $1 $2 $sees
  echo '"unseen":[],"with_cuda":true,"gpus":2,"gpu":"gpu '$1'","driver":0,"runtime":0,"nccl":0}'
}
)" << body;
        }
        std::filesystem::permissions(launch.mpirun, std::filesystem::perms::owner_all);
        SiteFacts facts;
        try_folder(launch.folder, 1e6, 1e5, facts);
        facts.gpus_wanted = nccl;
        try_ranks(launch, nccl, facts, {}, patience);
        return facts;
    }

    static std::string only_finding(const SiteFacts& facts) {
        const std::vector<Finding> findings = diagnose(facts);
        return findings.size() == 1 ? findings[0].what : std::to_string(findings.size()) + " findings";
    }

    std::filesystem::path folder;
    LaunchSettings launch;
};

TEST_F(Gathering, a_sound_place) {
    const SiteFacts facts = with_mpirun("rank 1 2\necho words\nrank 0 2\n");
    EXPECT_TRUE(diagnose(facts).empty()) << only_finding(facts);
    ASSERT_EQ(facts.ranks.size(), 2u);
    EXPECT_EQ(facts.ranks[0].rank, 0);
    EXPECT_EQ(facts.launcher_words, "words");
    EXPECT_GT(facts.free_bytes, 0);
    EXPECT_GT(facts.checkpoint_seconds, 0);
    EXPECT_TRUE(std::filesystem::is_empty(launch.folder)) << "nothing is left";
}

TEST_F(Gathering, singletons_missing_pmix_and_silence) {
    EXPECT_NE(only_finding(with_mpirun("rank 0 1\nrank 0 1\n")).find("2 processes each believe to be alone"), std::string::npos);
    EXPECT_NE(only_finding(with_mpirun("echo 'OMPI was not built with SLURM PMI support' >&2\nexit 1\n")).find("share no PMIx"), std::string::npos);
    EXPECT_NE(only_finding(with_mpirun("exit 7\n")).find("ended with code 7"), std::string::npos);
    EXPECT_NE(only_finding(with_mpirun("rank 0 3\nrank 1 3\nrank 2 3\n")).find("2 ranks were asked for and 3 came"), std::string::npos);
}

TEST_F(Gathering, sums_that_are_right_or_hang) {
    using std::chrono::milliseconds;
    const SiteFacts right = with_mpirun("rank 1 2\nsleep 1.8\nrank 0 2\nsleep 1.8\nsums 1\nsums 0\n", true, milliseconds(3000));
    EXPECT_TRUE(diagnose(right).empty()) << "patience begins anew for the sums: " << only_finding(right);
    EXPECT_TRUE(sums_are_proven(right));
    const SiteFacts hanging = with_mpirun("rank 0 2\nrank 1 2\nsums 0\nexec sleep 30\n", true, milliseconds(500));
    EXPECT_EQ(only_finding(hanging), "NCCL's sums came to no end (rank 1 on 'h' is the first that said nothing of them)");
}

TEST_F(Gathering, tells_ranks_which_files_to_look_for) {
    std::ofstream(launch.mpirun) << "#!/bin/sh\ncat " << (launch.folder / "doctor").string() << "\n";
    std::filesystem::permissions(launch.mpirun, std::filesystem::perms::owner_all);
    SiteFacts facts;
    try_ranks(launch, false, facts, {"/data/a/manifest.json", "/data/b c/manifest.json"});
    EXPECT_EQ(facts.launcher_words, "/data/a/manifest.json\n/data/b c/manifest.json");
}

TEST_F(Gathering, a_node_without_the_folder) {
    EXPECT_NE(only_finding(with_mpirun("rank 0 2\nDIR=/nowhere\nrank 1 2\n")).find("rank 1 on 'h' does not see"), std::string::npos);
}

TEST_F(Gathering, a_folder_that_can_not_be_written) {
    std::ofstream(folder / "file") << "x";
    SiteFacts facts;
    try_folder(folder / "file", 1e6, 1e5, facts);
    EXPECT_EQ(facts.write_error, "Not a directory");
}

/// Root may write everywhere: while this lives, the process is nobody if it was root.
struct AsNobody {
    AsNobody() { EXPECT_TRUE(geteuid() != 0 || seteuid(65534) == 0); }
    ~AsNobody() { EXPECT_EQ(seteuid(getuid()), 0); }
};

TEST_F(Gathering, a_folder_without_the_right_to_write) {
    using std::filesystem::perms;
    std::filesystem::permissions(launch.folder, perms::owner_read | perms::owner_exec | perms::group_read | perms::group_exec | perms::others_read | perms::others_exec);
    for (const std::filesystem::path& place : {launch.folder, launch.folder / "not" / "there"}) {
        SiteFacts facts;
        {
            const AsNobody nobody;
            try_folder(place, 1e6, 1e5, facts);
        }
        const std::vector<Finding> findings = diagnose(facts);
        ASSERT_EQ(findings.size(), 1u) << "what follows from it is not said";
        EXPECT_EQ(findings[0].what, "'" + place.string() + "' can't be written to (Permission denied)");
        EXPECT_EQ(findings[0].cure, "choose another folder with --in, or ask its owner for the right to write");
    }
}

TEST_F(Gathering, more_than_the_disk_has) {
    SiteFacts facts = with_mpirun("rank 0 2\nrank 1 2\n");
    try_folder(launch.folder, 1e18, 1e5, facts);
    EXPECT_NE(only_finding(facts).find("the sweep takes 1000000000.0 GB"), std::string::npos) << only_finding(facts);
}

}  // namespace
}  // namespace overtake
