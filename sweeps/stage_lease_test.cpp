#include "sweeps/stage_lease.hpp"

#include <atomic>
#include <fstream>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "sweeps/shared_folder.hpp"

namespace overtake {
namespace {

class Leases : public testing::Test {
  protected:
    Leases() { std::filesystem::remove_all(root); }
    ~Leases() override { std::filesystem::remove_all(root); }

    const std::filesystem::path root = std::filesystem::path(testing::TempDir()) / "overtake_leases";
    const SweepFolder first{root, "0", "7_0.0"}, second{root, "1", "7_1.0"};
};

TEST_F(Leases, go_from_member_to_member_and_only_grow) {
    EXPECT_EQ(read_lease(first, "a"), StageLease{});
    ASSERT_TRUE(take_lease(first, "a", {}));
    const StageLease held = read_lease(second, "a");
    EXPECT_EQ(held.generation, 1);
    EXPECT_TRUE(held.is_of(first));
    EXPECT_FALSE(held.is_of(second));
    EXPECT_FALSE(held.is_of(SweepFolder{root, "0", "7_0.1"})) << "a later life of the member";
    EXPECT_FALSE(take_lease(second, "a", {})) << "it is there already";
    give_back_lease(second, "a");
    EXPECT_EQ(read_lease(second, "a"), held) << "not theirs to give back";
    give_back_lease(first, "a");
    EXPECT_EQ(read_lease(second, "a").generation, 2);
    EXPECT_FALSE(read_lease(second, "a").held);
    ASSERT_TRUE(take_lease(second, "a", read_lease(second, "a")));
    EXPECT_TRUE(read_lease(first, "a").is_of(second));
    EXPECT_FALSE(std::filesystem::exists(lease_file(first, "a", 1)));
    drop_leases(first, "a");
    EXPECT_EQ(read_lease(first, "a"), StageLease{});
}

TEST_F(Leases, that_were_swept_away_are_not_won_by_who_slept) {
    const StageLease long_ago = read_lease(first, "a");
    for (int generation = 0; generation < 4; ++generation) {
        ASSERT_TRUE(take_lease(second, "a", read_lease(second, "a")));
    }
    EXPECT_FALSE(std::filesystem::exists(lease_file(first, "a", 1)));
    EXPECT_FALSE(take_lease(first, "a", long_ago));
    EXPECT_EQ(read_lease(first, "a").generation, 4);
    EXPECT_TRUE(read_lease(first, "a").is_of(second));
}

TEST_F(Leases, have_one_winner_among_many_at_every_generation) {
    for (int round = 0; round < 20; ++round) {
        const StageLease seen = read_lease(first, "a");
        std::atomic<int> winners = 0;
        std::vector<std::thread> members;
        for (int member = 0; member < 8; ++member) {
            members.emplace_back([&, member] { winners += take_lease({root, std::to_string(member)}, "a", seen) ? 1 : 0; });
        }
        for (std::thread& member : members) {
            member.join();
        }
        ASSERT_EQ(winners, 1) << round;
        ASSERT_EQ(read_lease(first, "a").generation, round + 1);
    }
}

TEST_F(Leases, that_hold_no_sense_belong_to_a_member_that_never_moves) {
    std::filesystem::create_directories(first.stage("a"));
    std::ofstream(lease_file(first, "a", 3)) << "{";
    const StageLease lease = read_lease(first, "a");
    EXPECT_EQ(lease.generation, 3);
    EXPECT_TRUE(lease.held);
    EXPECT_EQ(read_pulse({root, lease.member, lease.life}), std::nullopt);
    EXPECT_TRUE(take_lease(second, "a", lease));
}

TEST_F(Leases, pulse_is_written_in_place) {
    std::filesystem::create_directories(root);
    EXPECT_EQ(read_pulse(first), std::nullopt);
    write_pulse(first, 7);
    std::ifstream open_before(pulse_file(first));
    write_pulse(first, 1234567890123);
    EXPECT_EQ(read_pulse(first), 1234567890123);
    std::string text;
    open_before >> text;
    EXPECT_EQ(text, "0000001234567890123");
    EXPECT_EQ(read_pulse(second), std::nullopt);
}

TEST(HolderWatch, believes_whoever_moves_by_its_own_clock) {
    HolderWatch watch(90);
    const auto look = [&](double now_s, std::optional<std::int64_t> count) {
        watch.tick(now_s);
        return watch.moves("1", "7_1.0", count);
    };
    EXPECT_TRUE(look(1000, 5));
    for (double now_s = 1010; now_s <= 1080; now_s += 10) {
        EXPECT_TRUE(look(now_s, 5));
    }
    EXPECT_TRUE(look(1085, 6));
    for (double now_s = 1095; now_s <= 1175; now_s += 10) {
        EXPECT_TRUE(look(now_s, 6)) << now_s;
    }
    EXPECT_FALSE(look(1176, 6));
    EXPECT_TRUE(watch.moves("2", "7_2.0", std::nullopt)) << "each on its own";
    EXPECT_TRUE(look(1177, 7)) << "it was only slow";
}

TEST(HolderWatch, pause_of_the_watcher_accuses_nobody) {
    HolderWatch watch(90);
    watch.tick(0);
    EXPECT_TRUE(watch.moves("1", "", 5));
    watch.tick(100'000);
    EXPECT_TRUE(watch.moves("1", "", 5));
}

TEST(LeaseSeconds, come_from_a_number_above_zero) {
}

}  // namespace
}  // namespace overtake
