// For tests: a supervisor with shell scripts in the place of mpirun and overtake-train.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "cluster/launch/supervisor.hpp"

namespace overtake {

class SupervisorOnFakes : public testing::Test {
  protected:
    SupervisorOnFakes() : folder{std::filesystem::temp_directory_path() / ("supervisor_test_" + std::to_string(getpid()) + "_" +
                                                                           testing::UnitTest::GetInstance()->current_test_info()->name())} {
        std::filesystem::remove_all(folder.root);
        std::filesystem::create_directories(folder.root);
        // Takes the options that a real one gets, then becomes the program; says who died as Open MPI does.
        script("mpirun", R"(
[ "$1" = -n ] && [ "$3" = --oversubscribe ] && [ "$4 $5" = "--bind-to none" ] || exit 99
shift 5
"$@"
code=$?
[ -e "$2/silent" ] || [ $code -lt 128 ] || echo "mpirun noticed that process rank 1 with PID 7 on node x exited on signal 9 (Killed)." >&2
exit $code
)");
        settings.launch.mpirun = (folder.root / "mpirun").string();
        settings.launch.train = folder.root / "overtake-train";
        settings.launch.folder = folder.root;
        settings.launch.ranks = 2;
        settings.restart_delay = std::chrono::milliseconds(0);
        settings.collect_every = std::chrono::milliseconds(0);
    }
    ~SupervisorOnFakes() override { std::filesystem::remove_all(folder.root); }

    void script(const std::string& name, const std::string& body) {
        const std::filesystem::path file = folder.root / name;
        {
            std::ofstream out(file);
            out << "#!/bin/sh\n" << body;
        }
        std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    }

    /// `body` has $DIR, $LAUNCH (from 1), and the functions `outcome FINISHED STOPPED FAILED`, `die`.
    void train(const std::string& body) {
        script("overtake-train", R"(
DIR=$1
[ "$2 $3 $4" = "--ranks 2 --supervised" ] || exit 98
echo x >> $DIR/launches
LAUNCH=$(wc -l < $DIR/launches)
outcome() { printf '{"finished": %s, "stopped": %s, "stages_done": 1, "stages_failed": %s}\n' $1 $2 $3 > $DIR/outcome.json; }
die() { kill -9 $$; }
)" + body);
    }

    int run() {
        SweepLock lock = SweepLock::take(folder, std::chrono::milliseconds(0), [](const std::string&) {});
        StopSignals signals;
        Narrator narrator(folder, true);
        testing::internal::CaptureStderr();
        const int code = supervise(folder, settings, lock, signals, narrator);
        said = testing::internal::GetCapturedStderr();
        return code;
    }

    std::int64_t launches() const {
        std::ifstream file(folder.root / "launches");
        std::int64_t count = 0;
        for (std::string line; std::getline(file, line);) {
            ++count;
        }
        return count;
    }

    std::string log() const {
        std::ifstream file(folder.log());
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    }

    SweepFolder folder;
    SupervisorSettings settings;
    std::string said;
};

}  // namespace overtake
