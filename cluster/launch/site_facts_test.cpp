#include "cluster/launch/site_facts.hpp"

#include <functional>

#include <gtest/gtest.h>

namespace overtake {
namespace {

RankFacts rank(std::int64_t number, std::int64_t size, const std::string& host) {
    return {.rank = number, .size = size, .host = host, .machine = "boot of " + host, .thread_level = 3, .clock_s = 1000, .mpi = "Open MPI v4.1.4, package: Debian",
            .cpus = 8, .sees_folder = true, .with_cuda = true, .gpus = 4, .gpu = "0000:0" + std::to_string(number) + ":00.0", .driver = 13000, .runtime = 13000,
            .nccl = 22809};
}

SiteFacts sound() {
    SiteFacts facts;
    facts.ranks_asked = 4;
    facts.threads = 8;
    facts.srun = facts.gpus_wanted = true;
    facts.ranks = {rank(0, 4, "node1"), rank(1, 4, "node1"), rank(2, 4, "node2"), rank(3, 4, "node2")};
    facts.folder = "/scratch/sweep";
    facts.hdf5 = "1.10.8";
    facts.free_bytes = 1e12;
    facts.needed_bytes = 1e9;
    facts.checkpoint_seconds = 2;
    facts.sums_wanted = true;
    facts.sums = {{0}, {1}, {2}, {3}};
    return facts;
}

/// The only finding that a change to a sound site brings, "what -> cure"; all of them if there are more.
std::string finding_after(const std::function<void(SiteFacts&)>& change) {
    SiteFacts facts = sound();
    change(facts);
    std::string text;
    for (const Finding& finding : diagnose(facts)) {
        text += (text.empty() ? "" : " | ") + finding.what + " -> " + finding.cure;
    }
    return text;
}

void expect_words(const std::string& text, const std::vector<std::string>& words) {
    EXPECT_EQ(text.find(" | "), std::string::npos) << "one cause, one finding: " << text;
    for (const std::string& word : words) {
        EXPECT_NE(text.find(word), std::string::npos) << word << " in: " << text;
    }
}

TEST(Doctor, finds_nothing_at_a_sound_site) { EXPECT_TRUE(diagnose(sound()).empty()); }

TEST(Doctor, singletons) {
    expect_words(finding_after([](SiteFacts& facts) {
                     facts.gpus_wanted = false;
                     for (RankFacts& one : facts.ranks) {
                         one.rank = 0;
                         one.size = 1;
                     }
                 }),
                 {"4 processes each believe to be alone", "srun --mpi=pmix"});
}

TEST(Doctor, missing_pmix) {
    expect_words(finding_after([](SiteFacts& facts) {
                     facts.ranks.clear();
                     facts.launcher_code = 1;
                     facts.launcher_words = "The application appears to have been direct launched using \"srun\", but OMPI was not built with SLURM's PMI support";
                 }),
                 {"share no PMIx", "srun --mpi=list"});
    expect_words(finding_after([](SiteFacts& facts) {
                     facts.ranks.clear();
                     facts.launcher_words = "srun: error: Couldn't find the specified plugin name for mpi/pmix ... cannot create mpi plugin context";
                 }),
                 {"share no PMIx"});
}

TEST(Doctor, a_launcher_that_fails_in_its_own_way) {
    expect_words(finding_after([](SiteFacts& facts) {
                     facts.ranks.clear();
                     facts.launcher_code = 127;
                     facts.launcher_words = "mpirun: cannot load libhwloc";
                 }),
                 {"code 127", "libhwloc"});
    expect_words(finding_after([](SiteFacts& facts) {
                     facts.ranks.clear();
                     facts.launcher_words = "mpirun has detected an attempt to run as root. ... We strongly recommend that you run mpirun as non-root";
                 }),
                 {"as root", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"});
}

TEST(Doctor, ranks_unlike_the_request) {
    expect_words(finding_after([](SiteFacts& facts) { facts.ranks_asked = 8; }), {"8 ranks were asked for and 4 came", "tasks_per_node"});
}

TEST(Doctor, thread_level) {
    expect_words(finding_after([](SiteFacts& facts) { facts.ranks[2].thread_level = 1; }), {"rank 2 on 'node2' gets MPI's thread level 1", "thread support"});
}

TEST(Doctor, gpus_hidden_shared_or_not_built_for) {
    expect_words(finding_after([](SiteFacts& facts) {
                     facts.ranks[1].gpus = 0;
                     facts.sums = {{0, false}, {1, false}, {2, false}, {3, false}};
                 }),
                 {"rank 1 on 'node1' sees no GPU, so NCCL's sums were not tried", "CUDA_VISIBLE_DEVICES"});
    expect_words(finding_after([](SiteFacts& facts) { facts.ranks[1].gpu = facts.ranks[0].gpu; }), {"rank 0 on 'node1' and rank 1 share GPU 0000:00:00.0", "max_width = 1"});
    EXPECT_EQ(finding_after([](SiteFacts& facts) {
                  facts.ranks[1].gpu = facts.ranks[0].gpu;
                  facts.max_width = 1;
                  facts.sums = {{0, true, "two ranks share a GPU"}, {1, true, "two ranks share a GPU"}};
              }),
              "")
        << "the cure that was named; no team needs NCCL";
    EXPECT_EQ(finding_after([](SiteFacts& facts) { facts.ranks[2].gpu = facts.ranks[0].gpu; }), "") << "equal bus ids of two machines";
    expect_words(finding_after([](SiteFacts& facts) { facts.ranks[3].with_cuda = false; }), {"built without CUDA", "preset 'cuda'"});
    EXPECT_EQ(finding_after([](SiteFacts& facts) {
                  facts.gpus_wanted = false;
                  facts.ranks[0].gpus = 0;
              }),
              "");
}

TEST(Doctor, driver_and_nccl) {
    expect_words(finding_after([](SiteFacts& facts) { facts.ranks[2].driver = 12040; }), {"driver on 'node2' knows CUDA 12.4", "built for 13.0", "newer driver"});
    EXPECT_EQ(finding_after([](SiteFacts& facts) {
                  for (RankFacts& one : facts.ranks) {
                      one.runtime = 13010;
                  }
              }),
              "")
        << "13.0 runs what was built for 13.1";
    expect_words(finding_after([](SiteFacts& facts) { facts.ranks[2].nccl = 22100; }), {"different versions of NCCL", "LD_LIBRARY_PATH"});
    expect_words(finding_after([](SiteFacts& facts) { facts.sums[3].wrong = "element 0 of a sum is 5 (must be 6)"; }), {"rank 3", "must be 6", "NCCL_P2P_DISABLE=1"});
    expect_words(finding_after([](SiteFacts& facts) { facts.sums.erase(facts.sums.begin() + 2); }),
                 {"NCCL's sums came to no end (rank 2 on 'node2' is the first that said nothing", "NCCL_SOCKET_IFNAME", "NCCL_DEBUG=INFO"});
    expect_words(finding_after([](SiteFacts& facts) {
                     facts.sums = {{1, true, "no memory on the device"}};
                 }),
                 {"rank 1", "no memory on the device"});
}

TEST(Doctor, locks_of_hdf5) {
    expect_words(finding_after([](SiteFacts& facts) { facts.lock_error = "No locks available"; }), {"No locks available", "HDF5_USE_FILE_LOCKING=FALSE"});
    EXPECT_EQ(finding_after([](SiteFacts& facts) {
                  facts.lock_error = "No locks available";
                  facts.hdf5_locks = false;
              }),
              "");
}

TEST(Doctor, clocks) {
    expect_words(finding_after([](SiteFacts& facts) { facts.ranks[3].clock_s += 42; }), {"'node1' and 'node2' are 42.0 s apart", "NTP"});
    EXPECT_EQ(finding_after([](SiteFacts& facts) { facts.ranks[3].clock_s += 4; }), "");
}

TEST(Doctor, disk_quota_and_permission) {
    expect_words(finding_after([](SiteFacts& facts) { facts.free_bytes = 5e8; }), {"0.5 GB left and the sweep takes 1.0 GB", "keep = \"none\""});
    expect_words(finding_after([](SiteFacts& facts) { facts.reserve_error = "Disk quota exceeded"; }), {"Disk quota exceeded", "quota -s"});
    expect_words(finding_after([](SiteFacts& facts) {
                     facts.write_error = "Permission denied";
                     facts.lock_error = "follows from it";
                     facts.ranks.clear();
                 }),
                 {"can't be written to (Permission denied)", "--in"});
}

TEST(Doctor, checkpoints_slower_than_the_grace) {
    expect_words(finding_after([](SiteFacts& facts) { facts.checkpoint_seconds = 50; }), {"takes about 50.0 s, and a job has 120.0 s", "signal_before to 150s"});
    EXPECT_EQ(finding_after([](SiteFacts& facts) { facts.checkpoint_seconds = 40; }), "");
}

TEST(Doctor, a_folder_that_nodes_do_not_share) {
    expect_words(finding_after([](SiteFacts& facts) { facts.ranks[3].sees_folder = false; }), {"rank 3 on 'node2' does not see '/scratch/sweep'", "all nodes share"});
}

TEST(Doctor, corpora_that_nodes_do_not_share) {
    expect_words(finding_after([](SiteFacts& facts) { facts.ranks[2].unseen = {"/data/gcide-bytes/manifest.json"}; }),
                 {"rank 2 on 'node2' does not see '/data/gcide-bytes/manifest.json' as this host does", "[data] folder or OVERTAKE_DATA"});
}

TEST(Doctor, knows_a_proof) {
    SiteFacts facts = sound();
    EXPECT_TRUE(sums_are_proven(facts));
    facts.sums[1].made = false;
    EXPECT_FALSE(sums_are_proven(facts));
    facts.sums.erase(facts.sums.begin() + 1);
    EXPECT_FALSE(sums_are_proven(facts));
    facts.sums.clear();
    EXPECT_FALSE(sums_are_proven(facts));
}

TEST(Doctor, old_libraries) {
    expect_words(finding_after([](SiteFacts& facts) { facts.hdf5 = "1.10.4"; }), {"HDF5 1.10.4 is old"});
    EXPECT_EQ(finding_after([](SiteFacts& facts) { facts.hdf5 = "1.14.0"; }), "");
    expect_words(finding_after([](SiteFacts& facts) { facts.ranks[0].mpi = "Open MPI v4.0.7, package: site"; }), {"Open MPI v4.0.7", "4.1 is needed"});
}

TEST(Doctor, too_few_cores_are_doubtful_only) {
    SiteFacts facts = sound();
    facts.ranks[1].cpus = 1;
    ASSERT_EQ(diagnose(facts).size(), 1u);
    EXPECT_FALSE(diagnose(facts)[0].severe);
    EXPECT_NE(diagnose(facts)[0].what.find("1 cores and wants 8 threads"), std::string::npos);
}

TEST(Doctor, reads_what_a_rank_prints) {
    EXPECT_EQ(parse_rank_facts(R"({"rank":2,"size":4,"host":"node2","machine":"boot of node2","thread_level":3,"clock_s":1000.0,)"
                               R"("mpi":"Open MPI v4.1.4, package: Debian","cpus":8,"sees_folder":true,"unseen":[],"with_cuda":true,"gpus":4,"gpu":"0000:02:00.0",)"
                               R"("driver":13000,"runtime":13000,"nccl":22809})"),
              rank(2, 4, "node2"));
    EXPECT_EQ(parse_rank_facts("{\"rank\": 1}"), std::nullopt);
    EXPECT_EQ(parse_rank_sums(R"({"sums_of_rank":2,"made":true,"wrong":"all"})"), (RankSums{2, true, "all"}));
    EXPECT_EQ(parse_rank_sums(R"({"sums_of_rank":2)"), std::nullopt);
    EXPECT_EQ(parse_rank_sums(R"({"rank":2})"), std::nullopt);
    EXPECT_EQ(parse_rank_facts("srun: error: task 0: Exited with exit code 1"), std::nullopt);
}

}  // namespace
}  // namespace overtake
