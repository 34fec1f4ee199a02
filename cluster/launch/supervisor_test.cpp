// The supervisor against a fake mpirun and a fake overtake-train: shell scripts that print run lines, die, or wait for the stop file.
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "cluster/launch/supervisor_test_fakes.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/run_lines.hpp"

namespace overtake {
namespace {

TEST_F(SupervisorOnFakes, answers_0_when_all_is_done_and_keeps_the_words_in_the_log) {
    train(R"(
[ ! -e $DIR/stop ] || exit 97
echo "@overtake assigned s1 0 0,1"
echo "some words of the program"
echo "more words" >&2
echo "@overtake ended s1 done 10 "
outcome true false 0
printf 'no line end'
)");
    int collected = 0;
    settings.collect = [&] { ++collected; };
    std::ofstream(folder.stop()) << "left by somebody; it must be gone before the program looks";
    EXPECT_EQ(run(), exit_code::done);
    EXPECT_EQ(launches(), 1);
    EXPECT_NE(log().find("some words of the program"), std::string::npos);
    EXPECT_NE(log().find("more words"), std::string::npos);
    EXPECT_NE(log().find("no line end"), std::string::npos);
    EXPECT_EQ(log().find("@overtake"), std::string::npos) << "run lines are not words";
    EXPECT_GE(collected, 1);
}

TEST_F(SupervisorOnFakes, answers_3_when_a_stage_failed_whatever_mpirun_says) {
    train(R"(
echo "@overtake ended s1 diverged 10 loss is not finite"
outcome true false 1
exit 1
)");
    EXPECT_EQ(run(), exit_code::some_trials_failed);
    EXPECT_NE(said.find("loss is not finite"), std::string::npos) << said;
}

TEST_F(SupervisorOnFakes, starts_again_after_a_death_and_strikes_the_stage_of_the_dead_rank) {
    train(R"(
if [ $LAUNCH = 1 ]; then
  echo "@overtake assigned s1 0 0"
  echo "@overtake assigned s2 30 1"
  die
fi
outcome true false 0
)");
    EXPECT_EQ(run(), exit_code::done);
    EXPECT_EQ(launches(), 2);
    const auto strikes = read_strikes(folder.strikes());
    ASSERT_EQ(strikes.size(), 1u);
    EXPECT_EQ(strikes[0].stage, "s2");
    EXPECT_EQ(strikes[0].count, 1);
    EXPECT_EQ(strikes[0].step, 30);
    EXPECT_NE(said.find("rank 1 first); a strike for 's2'; restart 1 of at most 5"), std::string::npos) << said;
}

TEST_F(SupervisorOnFakes, strikes_all_running_stages_when_nobody_is_named) {
    std::ofstream(folder.root / "silent") << "x";
    train(R"(
if [ $LAUNCH = 1 ]; then
  echo "@overtake assigned s1 0 0"
  echo "@overtake assigned s2 30 1"
  die
fi
outcome true false 0
)");
    EXPECT_EQ(run(), exit_code::done);
    EXPECT_EQ(read_strikes(folder.strikes()).size(), 2u);
}

TEST_F(SupervisorOnFakes, gives_up_after_five_restarts_without_progress_and_three_strikes_are_on_file) {
    std::ofstream(folder.root / "silent") << "x";
    train("exit 1\n");
    EXPECT_EQ(run(), exit_code::unexpected);
    EXPECT_EQ(launches(), 6);
    EXPECT_NE(said.find("giving up after 5 restarts without progress"), std::string::npos) << said;

    std::filesystem::remove(folder.root / "launches");
    train(R"(
if [ $LAUNCH -le 3 ]; then
  echo "@overtake assigned bad 5 0,1"
  die
fi
grep -q bad $DIR/strikes.json || exit 1
outcome true false 1
)");
    EXPECT_EQ(run(), exit_code::some_trials_failed);
    EXPECT_EQ(read_strikes(folder.strikes()).at(0).count, 3);
    EXPECT_NE(said.find("the third, and so failed: 'bad'"), std::string::npos) << said;
}

TEST_F(SupervisorOnFakes, does_not_restart_what_refuses_its_configuration) {
    train("echo 'sweep.toml:3:1: nonsense' >&2\nexit 2\n");
    EXPECT_EQ(run(), exit_code::usage);
    EXPECT_EQ(launches(), 1);
}

constexpr const char* waits_for_stop = R"(
echo "@overtake assigned s1 0 0,1"
while [ ! -e $DIR/stop ]; do sleep 0.02; done
echo "@overtake ended s1 stopped 7 "
outcome false true 0
)";

TEST_F(SupervisorOnFakes, stops_in_order_on_each_signal) {
    train(waits_for_stop);
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGURG}) {
        std::thread sender([signal] {
            std::this_thread::sleep_for(std::chrono::milliseconds(300));
            kill(getpid(), signal);
        });
        EXPECT_EQ(run(), exit_code::resumable);
        sender.join();
        EXPECT_FALSE(std::filesystem::exists(folder.stop())) << "the next run must not stop at once";
    }
    EXPECT_EQ(launches(), 5);
}

TEST_F(SupervisorOnFakes, passes_run_lines_on_and_lets_the_stop_file_be_read_at_the_end) {
    train(waits_for_stop);
    std::vector<std::string> heard;
    std::string why;
    settings.deadline = unix_seconds();
    settings.on_line = [&](const RunLine& line) { heard.push_back(to_line(line)); };
    settings.before_leaving = [&] {
        std::ifstream file(folder.stop());
        std::getline(file, why);
    };
    EXPECT_EQ(run(), exit_code::resumable);
    EXPECT_EQ(heard, (std::vector<std::string>{"@overtake assigned s1 0 0,1", "@overtake ended s1 stopped 7"}));
    EXPECT_EQ(why, "the time of this job is nearly over");
}

TEST_F(SupervisorOnFakes, stops_at_the_deadline) {
    train(waits_for_stop);
    settings.deadline = unix_seconds();
    EXPECT_EQ(run(), exit_code::resumable);
}

TEST_F(SupervisorOnFakes, ends_at_once_on_the_second_interrupt) {
    train("echo '@overtake assigned s1 0 0,1'\nsleep 60\n");
    std::thread sender([] {
        for (int i = 0; i < 2; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(300));
            kill(getpid(), SIGINT);
        }
    });
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(run(), exit_code::resumable);
    sender.join();
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(4));
}

TEST_F(SupervisorOnFakes, holds_the_pipe_to_the_program_open_until_its_end) {
    train(R"(
exec 3<&0
( cat <&3 > /dev/null; echo x > $DIR/closed ) &
reader=$!
sleep 0.4
[ -e $DIR/closed ] || outcome true false 0
kill $reader
)");
    settings.restart_limit = 0;
    EXPECT_EQ(run(), exit_code::done) << "standard input ended while the supervisor lived";
}

TEST_F(SupervisorOnFakes, strikes_the_stage_that_the_coordinator_says_hangs) {
    train(R"(
if [ $LAUNCH = 1 ]; then
  echo "@overtake assigned s1 0 0"
  echo "@overtake assigned s2 30 1"
  echo "@overtake hung s1 31.5"
  echo "MPI_ABORT was invoked on rank 0" >&2
  exit 1
fi
outcome true false 0
)");
    EXPECT_EQ(run(), exit_code::done);
    const auto strikes = read_strikes(folder.strikes());
    ASSERT_EQ(strikes.size(), 1u);
    EXPECT_EQ(strikes[0].stage, "s1");
    EXPECT_NE(said.find("stage 's1' hangs (no sign of life for 31 s)"), std::string::npos) << said;
}

TEST_F(SupervisorOnFakes, ends_a_program_that_falls_silent_and_strikes_the_stages_of_its_first_rank) {
    train(R"(
if [ $LAUNCH = 1 ]; then
  echo "@overtake assigned s1 0 0"
  echo "@overtake assigned s2 30 1"
  kill -STOP $$
fi
outcome true false 0
)");
    settings.hang_after_s = 0.5;
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(run(), exit_code::done);
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(500));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
    EXPECT_EQ(launches(), 2);
    const auto strikes = read_strikes(folder.strikes());
    ASSERT_EQ(strikes.size(), 1u);
    EXPECT_EQ(strikes[0].stage, "s1");
    EXPECT_NE(said.find("its first rank hangs"), std::string::npos) << said;
}

TEST_F(SupervisorOnFakes, waits_longer_for_the_first_line) {
    train(R"(
sleep 1
echo "@overtake assigned s1 0 0"
outcome true false 0
)");
    settings.hang_after_s = 0.3;
    EXPECT_EQ(run(), exit_code::done);
    EXPECT_EQ(launches(), 1);
}

TEST_F(SupervisorOnFakes, starts_nothing_when_it_was_told_to_stop_before) {
    train("outcome true false 0\n");
    settings.collect = {};
    SweepLock lock = SweepLock::take(folder, std::chrono::milliseconds(0), [](const std::string&) {});
    std::ofstream(folder.stop()) << "cancelled by overtake cancel\n";
    StopSignals signals;
    Narrator narrator(folder, true);
    EXPECT_EQ(supervise(folder, settings, lock, signals, narrator), exit_code::resumable);
    EXPECT_EQ(launches(), 0);
    EXPECT_FALSE(std::filesystem::exists(folder.stop()));
}

TEST_F(SupervisorOnFakes, keeps_the_lock_of_the_sweep_that_is_tuned_and_leaves_when_that_is_lost) {
    train("echo '@overtake assigned s1 0 0,1'\nsleep 60\n");
    int kept = 0;
    settings.keep_outer_lock = [&] { return ++kept < 5; };
    EXPECT_EQ(run(), exit_code::unexpected);
    EXPECT_EQ(kept, 5);
    EXPECT_NE(said.find("somebody else has taken the sweep that is being tuned"), std::string::npos) << said;
}

TEST_F(SupervisorOnFakes, leaves_when_the_lock_is_lost) {
    train(R"(
sleep 0.2
sed -i 's/"token": "[^"]*"/"token": "thief"/; s/"heartbeat": [0-9]*/"heartbeat": 0/' $DIR/sweep.lock
exit 1
)");
    EXPECT_EQ(run(), exit_code::unexpected);
    EXPECT_EQ(launches(), 1);
}

}  // namespace
}  // namespace overtake
