#include "cluster/launch/progress.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace overtake {
namespace {

TEST(ProgressText, says_counts_rate_share_and_time_left) {
    ProgressLine line;
    line.done = 12;
    line.running = 2;
    line.waiting = 30;
    line.tokens_per_second = 41234;
    line.share_of_flops = 0.371;
    line.seconds_left = 185;
    EXPECT_EQ(progress_text(line), "12 finished, 2 running, 30 waiting; 41.2k tokens/s; 37 % of the compute; 3 min left");
    line.failed = 1;
    line.seconds_left = -1;
    EXPECT_EQ(progress_text(line), "12 finished, 2 running, 30 waiting, 1 failed; 41.2k tokens/s; 37 % of the compute; time left unknown");
}

TEST(Numbers, are_short_and_have_their_unit) {
    EXPECT_EQ(short_number(0), "0");
    EXPECT_EQ(short_number(2.5), "2.50");
    EXPECT_EQ(short_number(532), "532");
    EXPECT_EQ(short_number(1300000), "1.30M");
    EXPECT_EQ(short_number(999999), "1.00M");
    EXPECT_EQ(short_number(7e12), "7.00T");
    EXPECT_EQ(short_number(std::numeric_limits<double>::quiet_NaN()), "unknown");
    EXPECT_EQ(bytes_text(1234567890), "1.23 GB");
    EXPECT_EQ(bytes_text(20480), "20.5 kB");
    EXPECT_EQ(bytes_text(512), "512 B");
    EXPECT_EQ(flops_text(7.15e12), "7.15 TFLOPs");
    EXPECT_EQ(duration_text(8), "8 s");
    EXPECT_EQ(duration_text(89), "89 s");
    EXPECT_EQ(duration_text(91), "2 min");
    EXPECT_EQ(duration_text(9000), "2.5 h");
    EXPECT_EQ(duration_text(400000), "4.6 days");
    EXPECT_EQ(duration_text(-1), "unknown");
}

}  // namespace
}  // namespace overtake
