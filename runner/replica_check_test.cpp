#include "runner/replica_check.hpp"

#include <gtest/gtest.h>

#include "runner/extended_model.hpp"
#include "runner/team_test_sweep.hpp"

namespace overtake {
namespace {

class ReplicaCheck : public testing::Test {
  protected:
    const SweepRun run = SweepRun::prepare("replicas", "");
    const Team team = SweepRun::team_of(ProcessGroup::world().size());
    const StageWork work{.folder = run.folder, .specification = run.specification, .forest = run.forest, .stage = run.forest.stages.front(),
                         .team = team, .device = at::kCPU, .stop_asked = {}, .report = {}};
};

TEST_F(ReplicaCheck, notices_any_bit_that_flips_in_one_replica_and_names_its_rank) {
    ASSERT_EQ(team.width(), 4);
    ExtendedModel made = make_model(work);
    Arena arena(made.model, at::kCPU);
    EXPECT_EQ(find_unlike_replica(arena, team), std::nullopt);
    int flips = 0;
    for (at::Tensor* tensor : {&arena.weights, &arena.first_moment, &arena.second_moment}) {
        auto* bits = reinterpret_cast<std::uint32_t*>(tensor->mutable_data_ptr<float>());
        for (int bit = 0; bit < 32; ++bit) {
            const auto at = static_cast<std::size_t>((97 * bit + 13) % arena.size());
            const std::uint32_t mask = team.rank() == 2 ? 1U << bit : 0;
            bits[at] ^= mask;
            const std::optional<std::string> words = find_unlike_replica(arena, team);
            bits[at] ^= mask;
            ASSERT_TRUE(words) << "bit " << bit;
            EXPECT_NE(words->find("; rank 2 of the team on "), std::string::npos) << *words;
            EXPECT_EQ(words->find("rank 1"), std::string::npos) << *words;
            ++flips;
        }
    }
    EXPECT_EQ(flips, 96);
    EXPECT_EQ(find_unlike_replica(arena, team), std::nullopt);
}

TEST(Suspects, are_all_where_no_value_has_a_majority) {
    EXPECT_EQ(suspects_among({{1, "a"}, {2, "b"}}), "rank 0 of the team on a, rank 1 of the team on b");
    EXPECT_EQ(suspects_among({{1, "a"}, {2, "b"}, {1, "c"}}), "rank 1 of the team on b");
    EXPECT_EQ(suspects_among({{1, "a"}, {1, "b"}}), "");
    EXPECT_EQ(name_the_flagged({{0, "a"}, {1, "b"}}), "rank 1 of the team on b");
}

TEST(SameNumber, compares_bits_but_of_nan) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(same_number(nan, -nan));
    EXPECT_FALSE(same_number(0.0F, -0.0F));
    EXPECT_FALSE(same_number(nan, 1.0F));
}

}  // namespace
}  // namespace overtake
