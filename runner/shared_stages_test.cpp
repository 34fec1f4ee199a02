// Leases of a member whose folder refuses for a while: nothing ends, nothing counts as taken over.
#include "runner/shared_stages.hpp"

#include <unistd.h>

#include <filesystem>

#include <gtest/gtest.h>

namespace overtake {
namespace {

class SharedStagesTest : public testing::Test {
  protected:
    SharedStagesTest() {
        std::filesystem::create_directories(folder.stages());
        Stage stage;
        stage.id = "a";
        stage.kind = StageKind::train;
        stage.end_step = 80;
        stage.flops = 1;
        stage.config.training.batch_sequences = 32;
        forest.stages = {stage};
    }
    ~SharedStagesTest() override { std::filesystem::remove_all(folder.root); }

    const SweepFolder folder{std::filesystem::temp_directory_path() / ("shared_stages_test_" + std::to_string(getpid())), "1", "9.0"};
    StageForest forest;
};

TEST_F(SharedStagesTest, are_claimed_later_where_the_folder_takes_no_lease_now) {
    SharedStages shared(folder, forest, std::vector<StageStart>(1), 90);
    const std::filesystem::path stage = folder.stage("a");
    std::filesystem::create_directories(folder.stages());
    { write_pulse({folder.root, "blocks", ""}, 1); }
    std::filesystem::rename(folder.root / "pulse.blocks", stage);  // a file where the stage's folder belongs
    EXPECT_FALSE(shared.claim(0));
    std::filesystem::remove(stage);
    EXPECT_TRUE(shared.claim(0));
    EXPECT_TRUE(read_lease(folder, "a").is_of(folder));
}

TEST_F(SharedStagesTest, that_can_not_be_given_back_stay_until_the_pulse_stands_still) {
    SharedStages shared(folder, forest, std::vector<StageStart>(1), 90);
    ASSERT_TRUE(shared.claim(0));
    std::filesystem::create_directories(folder.stage("a") / "lease.new.1.9.0" / "in the way");
    EXPECT_NO_THROW(shared.on_event({CoordinatorEvent::Kind::ended, 0, {0}, 40, "stopped asked to"}));
    EXPECT_TRUE(read_lease(folder, "a").is_of(folder));
}

TEST_F(SharedStagesTest, are_not_taken_over_because_their_folder_is_out_of_reach) {
    SharedStages shared(folder, forest, std::vector<StageStart>(1), 90);
    Coordinator coordinator(forest, std::vector<StageStart>(1), {.ranks = 1, .claim = [&](std::uint32_t stage) { return shared.claim(stage); }});
    ASSERT_EQ(coordinator.on_message(0, Ready{}, 0).size(), 1u);
    ASSERT_EQ(coordinator.stages_here().size(), 1u);
    const std::filesystem::path away = folder.root / "away";
    std::filesystem::rename(folder.stages(), away);
    EXPECT_TRUE(shared.look(coordinator, 100).empty());
    std::filesystem::rename(away, folder.stages());
    EXPECT_TRUE(shared.look(coordinator, 200).empty());

    const SweepFolder thief{folder.root, "2", "10.0"};
    ASSERT_TRUE(take_lease(thief, "a", read_lease(thief, "a")));
    EXPECT_EQ(shared.look(coordinator, 300).size(), 1u) << "the team is told to stop";
}

}  // namespace
}  // namespace overtake
