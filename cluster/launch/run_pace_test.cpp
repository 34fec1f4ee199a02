#include "cluster/launch/run_pace.hpp"

#include <gtest/gtest.h>

namespace overtake {
namespace {

TEST(RunPace, measures_stages_of_one_piece_and_the_time_around_them) {
    RunPace pace(100);
    EXPECT_EQ(pace.launch_seconds(105), 0);
    pace.on_line(AssignedLine{"a", 0, {0}}, 101.5);
    pace.on_line(AssignedLine{"b", 0, {1}}, 101.5);
    pace.on_line(EndedLine{"a", "done", 10, ""}, 103);
    pace.on_line(AssignedLine{"b", 5, {0, 1}}, 104);  // again, after a restart
    pace.on_line(EndedLine{"b", "done", 10, ""}, 106);
    pace.on_line(AssignedLine{"c", 0, {1}}, 106);
    pace.on_line(EndedLine{"c", "diverged", 3, "loss"}, 107);
    EXPECT_EQ(pace.seconds_with_team(), (std::map<std::string, double>{{"a", 1.5}}));
    EXPECT_EQ(pace.launch_seconds(108.25), 2.75);
}

}  // namespace
}  // namespace overtake
