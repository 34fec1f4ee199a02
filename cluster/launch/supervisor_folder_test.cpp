// A supervisor whose folder refuses for a while: nothing ends, and what was to be written is written later.
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

#include "cluster/launch/supervisor_test_fakes.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/run_lines.hpp"

namespace overtake {
namespace {

using RefusingFolder = SupervisorOnFakes;

TEST_F(RefusingFolder, goes_on_while_the_folder_takes_neither_lock_nor_strikes) {
    train(R"(
echo "@overtake assigned s1 30 0,1"
[ $LAUNCH -gt 1 ] || die
sleep 1.5
echo "@overtake assigned s2 0 1"
sleep 0.1
outcome true false 0
)");
    const std::filesystem::path away = folder.root / "away";
    int lines = 0;
    bool lock_was_kept = false;
    settings.on_line = [&](const RunLine&) {
        ++lines;
        if (lines == 1) {
            std::filesystem::create_directories(folder.strikes() / "in the way");
            std::filesystem::rename(folder.lock(), away);
            std::filesystem::create_directory(folder.lock());
        } else if (lines == 2) {
            std::filesystem::remove_all(folder.strikes());
            std::filesystem::remove(folder.lock());
            std::filesystem::rename(away, folder.lock());
        } else {
            lock_was_kept = read_lock(folder) && read_lock(folder)->pid == getpid() && read_lock(folder)->restarts == 1;
        }
    };
    EXPECT_EQ(run(), exit_code::done);
    EXPECT_EQ(launches(), 2);
    EXPECT_TRUE(lock_was_kept);
    ASSERT_EQ(read_strikes(folder.strikes()).size(), 1u);
    EXPECT_EQ(read_strikes(folder.strikes())[0].stage, "s1");
    for (const std::string& words : {"cannot renew '" + folder.lock().string(), "can renew '" + folder.lock().string(),
                                    "cannot write '" + folder.strikes().string(), "can write '" + folder.strikes().string()}) {
        EXPECT_NE(said.find(words), std::string::npos) << words << "\n" << said;
        EXPECT_EQ(said.find(words), said.rfind(words)) << "once";
    }
}

TEST_F(RefusingFolder, gives_the_order_to_stop_once_the_folder_takes_it) {
    train(R"(
echo "@overtake assigned s1 0 0,1"
while [ ! -f $DIR/stop ]; do sleep 0.02; done
outcome false true 0
)");
    settings.on_line = [&](const RunLine&) {
        std::filesystem::create_directories(folder.stop() / "in the way");
        settings.deadline = unix_seconds();
    };
    std::thread space([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(700));
        std::filesystem::remove_all(folder.stop());
    });
    EXPECT_EQ(run(), exit_code::resumable);
    space.join();
    EXPECT_NE(said.find("can write '" + folder.stop().string()), std::string::npos) << said;
}

TEST_F(RefusingFolder, closes_the_pipe_to_the_program_if_the_folder_never_takes_the_order_to_stop) {
    train("echo '@overtake assigned s1 0 0,1'\ncat > /dev/null\n");
    settings.on_line = [&](const RunLine&) {
        std::filesystem::create_directories(folder.stop() / "in the way");
        settings.deadline = unix_seconds();
    };
    EXPECT_EQ(run(), exit_code::resumable);
    EXPECT_EQ(launches(), 1);
    EXPECT_NE(said.find("closing the program's pipe"), std::string::npos) << said;
}

// A program that can't keep what a stage came to, and then aborts.
constexpr const char* refused = R"(
[ $LAUNCH -gt 1 ] || { echo "@overtake assigned s1 0 0,1"; echo "@overtake refused no space"; die; }
outcome true false 0
)";

TEST_F(RefusingFolder, waits_for_room_before_it_starts_the_program_again) {
    train(refused);
    settings.on_line = [&](const RunLine&) { std::filesystem::create_directories(folder.space() / "in the way"); };
    std::thread room([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(700));
        EXPECT_EQ(launches(), 1);
        std::filesystem::remove_all(folder.space());
    });
    EXPECT_EQ(run(), exit_code::done);
    room.join();
    EXPECT_EQ(launches(), 2);
    EXPECT_NE(said.find("can keep what stages come to in '" + folder.root.string() + "' again"), std::string::npos) << said;
    EXPECT_NE(log().find("refuses what was to be kept: no space"), std::string::npos);
}

TEST_F(RefusingFolder, leaves_resumable_if_no_room_is_made) {
    train(refused);
    settings.folder_patience_s = 0.5;
    settings.state_bytes = 1e18;
    EXPECT_EQ(run(), exit_code::resumable);
    EXPECT_EQ(launches(), 1);
    EXPECT_NE(said.find("the largest checkpoint takes"), std::string::npos) << said;
    EXPECT_NE(said.find("leaving. Nothing is recorded as failed"), std::string::npos) << said;
}

TEST_F(RefusingFolder, can_be_stopped_while_it_waits_for_room) {
    for (const bool by_deadline : {true, false}) {
        std::filesystem::remove(folder.root / "launches");
        train(refused);
        settings.state_bytes = 1e18;
        settings.deadline = by_deadline ? unix_seconds() + 1 : 0;
        std::thread order([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(300));
            by_deadline ? void() : void(std::ofstream(folder.stop()) << "by hand");
        });
        EXPECT_EQ(run(), exit_code::resumable);
        order.join();
        EXPECT_EQ(launches(), 1);
        EXPECT_EQ(said.find("leaving. Nothing"), std::string::npos) << said;
    }
}

}  // namespace
}  // namespace overtake
