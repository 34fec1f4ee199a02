// A sweep whose folder takes no more: a disk that fills while it runs, with space made in time or later, and one that is read-only. The
// disk is a small one in memory, mounted where nobody else sees it; where that is not allowed the tests are skipped, with words.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "sweeps/results/results_file.hpp"
#include "sweeps/sweep_folder.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {
namespace {

/// Mounts of this process are its own from now on. Root may do so, and in a namespace of their own users where the system lets them.
bool leave_mounts_of_others() {
    const std::string user = std::to_string(getuid()), group = std::to_string(getgid());
    if (unshare(CLONE_NEWNS) != 0) {
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
            return false;
        }
        std::ofstream("/proc/self/setgroups") << "deny";
        std::ofstream("/proc/self/uid_map") << user << ' ' << user << " 1";
        std::ofstream("/proc/self/gid_map") << group << ' ' << group << " 1";
    }
    return mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

/// Takes every byte of a disk, also those that others give back, until it is destroyed.
class Filler {
  public:
    explicit Filler(const std::filesystem::path& disk) : file_(disk / "filler"), descriptor_(open(file_.c_str(), O_WRONLY | O_CREAT, 0600)) {
        fill();
        thread_ = std::thread([this] {
            while (!over_) {
                fill();
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
            }
        });
    }
    ~Filler() {
        over_ = true;
        thread_.join();
        close(descriptor_);
        std::filesystem::remove(file_);
    }
    Filler(const Filler&) = delete;

  private:
    void fill() const {
        const std::vector<char> block(4096);
        while (write(descriptor_, block.data(), block.size()) > 0) {
        }
    }

    std::filesystem::path file_;
    int descriptor_;
    std::atomic<bool> over_ = false;
    std::thread thread_;
};

class FullDisk : public testing::Test {
  protected:
    void SetUp() override {
        static const bool may_mount = leave_mounts_of_others();
        std::filesystem::create_directories(disk);
        if (!may_mount || mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=16m") != 0) {
            GTEST_SKIP() << "a small disk can't be mounted here (" << std::strerror(errno)
                         << "): full and read-only disks are not checked; run this test as root or allow user namespaces";
        }
        is_mounted = true;
        write_aside(sweep, R"(
[sweep]
name = "full"
[data]
corpus = "synthetic"
folder = ")" + (base / "data").string() + R"("
[training]
batch_tokens = 512
shards = 2
log_every = 10
[evaluation]
lengths = [32]
tokens = 2048
[cluster]
ranks = 2
max_width = 2
restarts = 3
checkpoint_every = "0.1s"
[grid]
size = "1x16"
tokens = [102400, 307200]
position = ["rope", "learned"]
train_length = 32
)");
    }
    ~FullDisk() override {
        if (supervisor > 0) {
            kill(supervisor, SIGTERM);
            waitpid(supervisor, nullptr, 0);
        }
        if (is_mounted) {
            umount2(disk.c_str(), MNT_DETACH);
        }
        std::filesystem::remove_all(base);
    }

    void start(const std::string& verb, const std::filesystem::path& what, const SweepFolder& where) {
        supervisor = fork();
        if (supervisor == 0) {
            setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
            setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
            setenv("OVERTAKE_FOLDER_SECONDS", patience_s, 1);
            const int out = open(words_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
            dup2(out, STDOUT_FILENO);
            dup2(out, STDERR_FILENO);
            if (verb == "run") {
                execl(OVERTAKE, "overtake", "run", what.c_str(), "--in", where.root.c_str(), static_cast<char*>(nullptr));
            }
            execl(OVERTAKE, "overtake", verb.c_str(), what.c_str(), static_cast<char*>(nullptr));
            _exit(127);
        }
    }

    int end() {
        int status = 0;
        waitpid(supervisor, &status, 0);
        supervisor = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

    int run(const SweepFolder& where) {
        start("run", sweep, where);
        return end();
    }

    std::string words() const {
        std::ostringstream text;
        text << std::ifstream(words_file).rdbuf();
        return text.str();
    }

    /// False if the supervisor ended before, or nothing came of it in a minute.
    bool wait_until(const std::function<bool()>& condition) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!condition()) {
            siginfo_t info{};
            const bool is_over = waitid(P_PID, static_cast<id_t>(supervisor), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == supervisor;
            if (is_over || std::chrono::steady_clock::now() > deadline) {
                return false;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        return true;
    }

    using Times = std::map<std::filesystem::path, std::filesystem::file_time_type>;

    Times records() const {
        Times found;
        std::error_code absent;
        for (const auto& stage : std::filesystem::directory_iterator(folder.stages(), absent)) {
            if (const std::filesystem::path record = stage.path() / "record.h5"; std::filesystem::exists(record)) {
                found.emplace(record, std::filesystem::last_write_time(record));
            }
        }
        return found;
    }

    void expect_whole(const Times& records_before) {
        const Times now = records();
        for (const auto& [record, time] : records_before) {
            EXPECT_TRUE(now.contains(record) && now.at(record) == time) << record << " is kept and not made again";
        }
        ASSERT_EQ(run(undisturbed), 0) << words();
        const ResultsDifference difference = compare_results(undisturbed.results(), folder.results());
        EXPECT_EQ(difference.differences, std::vector<std::string>{});
        EXPECT_EQ(difference.evaluations_compared, 4u);
    }

    const std::filesystem::path base = std::filesystem::temp_directory_path() / ("full_disk_test_" + std::to_string(getpid()));
    const std::filesystem::path disk = base / "disk", sweep = base / "sweep.toml", words_file = base / "words.txt";
    const SweepFolder folder{disk / "sweep"}, undisturbed{base / "undisturbed"};
    const char* patience_s = "3";
    pid_t supervisor = 0;
    bool is_mounted = false;
};

TEST_F(FullDisk, that_stays_full_stops_the_run_which_goes_on_once_there_is_space) {
    start("run", sweep, folder);
    ASSERT_TRUE(wait_until([&] { return !records().empty(); })) << words();
    Times before;
    {
        const Filler filler(disk);
        before = records();
        EXPECT_EQ(end(), 75) << words();
        EXPECT_NE(words().find("no room after 3 s; leaving. Nothing is recorded as failed"), std::string::npos) << words();
        EXPECT_EQ(words().find("restart 1"), std::string::npos) << words();
        const std::string renew = "cannot renew '" + folder.lock().string() + "'";
        EXPECT_NE(words().find(renew), std::string::npos) << words();
        EXPECT_EQ(words().find(renew), words().rfind(renew)) << "once\n" << words();
    }
    EXPECT_EQ(run(folder), 0) << words();
    expect_whole(before);
}

TEST_F(FullDisk, that_has_space_again_in_time_is_a_delay) {
    patience_s = "60";
    start("run", sweep, folder);
    ASSERT_TRUE(wait_until([&] { return !records().empty(); })) << words();
    const std::string keep = "keep what stages come to in '" + folder.root.string() + "'";
    Times before;
    {
        const Filler filler(disk);
        before = records();
        ASSERT_TRUE(wait_until([&] { return words().find("cannot " + keep) != std::string::npos; })) << words();
        std::this_thread::sleep_for(std::chrono::seconds(2));
        EXPECT_EQ(words().find("restart 1 of at most 3"), std::string::npos) << "not before there is room\n" << words();
    }
    EXPECT_EQ(end(), 0) << words();
    EXPECT_NE(words().find("can " + keep + " again"), std::string::npos) << words();
    EXPECT_NE(words().find("restart 1 of at most 3"), std::string::npos) << words();
    expect_whole(before);
}

TEST_F(FullDisk, that_is_read_only_takes_no_run_but_can_be_looked_at) {
    const auto make = [&](unsigned long flags) { ASSERT_EQ(mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT | flags, "size=16m"), 0) << std::strerror(errno); };
    make(MS_RDONLY);
    EXPECT_EQ(run(folder), 1);
    EXPECT_NE(words().find("Read-only file system; check that"), std::string::npos) << words();
    make(0);
    EXPECT_EQ(run(folder), 0) << words();
    make(MS_RDONLY);
    EXPECT_EQ(run(folder), 1);
    EXPECT_NE(words().find("Read-only file system"), std::string::npos) << words();
    start("status", folder.root, folder);
    EXPECT_EQ(end(), 0) << words();
    EXPECT_EQ(read_results(folder.results()).trials.size(), 4u);
}

}  // namespace
}  // namespace overtake
