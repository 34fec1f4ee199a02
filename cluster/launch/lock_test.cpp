#include "cluster/launch/lock.hpp"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "cluster/launch/process.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {
namespace {

class Lock : public testing::Test {
  protected:
    Lock() : folder{std::filesystem::temp_directory_path() / ("lock_test_" + std::to_string(getpid()) + "_" +
                                                              testing::UnitTest::GetInstance()->current_test_info()->name())} {
        std::filesystem::remove_all(folder.root);
        std::filesystem::create_directories(folder.root);
    }
    ~Lock() override { std::filesystem::remove_all(folder.root); }

    SweepLock take() {
        return SweepLock::take(folder, std::chrono::milliseconds(200), [this](const std::string& words) { said += words + "\n"; });
    }

    static ChildProcess start(std::vector<std::string> arguments) {
        ProcessRequest request;
        request.arguments = std::move(arguments);
        request.own_group = true;
        return ChildProcess::start(request);
    }

    /// A lock of a process of this host that has ended.
    LockOwner dead_owner() {
        ChildProcess child = start({"/bin/true"});
        LockOwner owner;
        owner.host = host_name();
        owner.pid = child.pid();
        owner.pid_start = 1;
        owner.heartbeat = unix_seconds();
        owner.token = "dead";
        child.wait();
        return owner;
    }

    SweepFolder folder;
    std::string said;
};

TEST_F(Lock, is_written_while_held_and_gone_afterwards) {
    {
        SweepLock lock = take();
        lock.set_launcher(getpid(), 3);
        const auto owner = read_lock(folder);
        ASSERT_TRUE(owner.has_value());
        EXPECT_EQ(owner->pid, getpid());
        EXPECT_EQ(owner->host, host_name());
        EXPECT_EQ(owner->launcher, getpid());
        EXPECT_EQ(owner->restarts, 3);
        EXPECT_EQ(state_of(*owner, unix_seconds()), LockState::alive);
        EXPECT_TRUE(lock.beat());
    }
    EXPECT_FALSE(std::filesystem::exists(folder.lock()));
    EXPECT_TRUE(said.empty());
    EXPECT_TRUE(std::filesystem::is_empty(folder.root)) << "nothing is left beside it";
}

TEST_F(Lock, is_refused_while_its_process_lives) {
    const SweepLock lock = take();
    try {
        take();
        FAIL() << "two supervisors";
    } catch (const IoError& error) {
        EXPECT_NE(std::string(error.what()).find("is being run by process " + std::to_string(getpid())), std::string::npos) << error.what();
    }
    EXPECT_TRUE(read_lock(folder).has_value()) << "the owner's lock is untouched";
}

TEST_F(Lock, of_a_dead_process_or_a_reused_pid_is_taken_over) {
    write_aside(folder.lock(), to_json_text(dead_owner()));
    EXPECT_EQ(read_lock(folder)->token, "dead");
    { const SweepLock lock = take(); }
    EXPECT_NE(said.find("taking over"), std::string::npos);

    LockOwner reused = dead_owner();
    reused.pid = getpid();  // lives, but started at another time
    write_aside(folder.lock(), to_json_text(reused));
    EXPECT_NO_THROW(take());
}

TEST_F(Lock, that_holds_rubbish_is_taken_over) {
    write_aside(folder.lock(), "{\"host\": 3");
    EXPECT_FALSE(read_lock(folder).has_value());
    EXPECT_NO_THROW(take());
}

TEST_F(Lock, of_another_host_depends_on_its_heartbeat) {
    LockOwner other = dead_owner();
    other.host = "some-other-node";
    other.slurm_job = "77";
    write_aside(folder.lock(), to_json_text(other));
    try {
        take();
        FAIL() << "fresh heartbeat";
    } catch (const IoError& error) {
        EXPECT_NE(std::string(error.what()).find("Slurm job 77"), std::string::npos) << error.what();
    }
    other.heartbeat = unix_seconds() - stale_after_seconds - 1;
    write_aside(folder.lock(), to_json_text(other));
    EXPECT_NO_THROW(take());
}

TEST_F(Lock, tells_its_holder_when_it_was_lost) {
    SweepLock lock = take();
    LockOwner thief = dead_owner();
    thief.token = "thief";
    write_aside(folder.lock(), to_json_text(thief));
    lock.set_launcher(0, 1);
    EXPECT_FALSE(lock.beat());
    EXPECT_EQ(read_lock(folder)->token, "thief");
}

/// While it lives no file of this process grows, as on a full disk.
class FullDisk {
  public:
    FullDisk() : before_(signal(SIGXFSZ, SIG_IGN)) {
        getrlimit(RLIMIT_FSIZE, &limit_);
        const rlimit none{0, limit_.rlim_max};
        setrlimit(RLIMIT_FSIZE, &none);
    }
    ~FullDisk() {
        setrlimit(RLIMIT_FSIZE, &limit_);
        signal(SIGXFSZ, before_);
    }

  private:
    void (*before_)(int);
    rlimit limit_{};
};

void wait_for_next_try() { std::this_thread::sleep_for(std::chrono::milliseconds(1050)); }

TEST_F(Lock, outlives_a_full_disk_and_says_so_once) {
    SweepLock lock = take();
    {
        const FullDisk full;
        lock.set_launcher(0, 1);
        EXPECT_TRUE(lock.beat());
    }
    const std::string news = lock.take_news();
    EXPECT_NE(news.find("cannot renew '" + folder.lock().string() + "', which keeps others away, just now (could not write"), std::string::npos) << news;
    EXPECT_EQ(read_lock(folder)->restarts, 0) << "the lock as it was";
    {
        const FullDisk full;
        wait_for_next_try();
        EXPECT_TRUE(lock.beat());
    }
    EXPECT_EQ(lock.take_news(), "") << "said once";
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.root), {}), 1) << "tries leave nothing beside it";
    wait_for_next_try();
    EXPECT_TRUE(lock.beat());
    EXPECT_EQ(lock.take_news(), "can renew '" + folder.lock().string() + "', which keeps others away, again, after 2 s");
    EXPECT_EQ(read_lock(folder)->restarts, 1);
}

TEST_F(Lock, outlives_a_folder_that_is_out_of_reach) {
    SweepLock lock = take();
    const std::filesystem::path away = folder.root.string() + ".away";
    std::filesystem::rename(folder.root, away);
    lock.set_launcher(0, 1);
    EXPECT_TRUE(lock.beat());
    EXPECT_TRUE(lock.is_ours()) << "nobody says otherwise";
    EXPECT_NE(lock.take_news().find("is not there"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(folder.root)) << "where it was mounted nothing is made";
    std::filesystem::rename(away, folder.root);
    wait_for_next_try();
    EXPECT_TRUE(lock.beat());
    EXPECT_EQ(read_lock(folder)->restarts, 1);
}

TEST_F(Lock, that_is_gone_is_made_again_unless_somebody_took_it) {
    SweepLock lock = take();
    const std::string token = read_lock(folder)->token;
    std::filesystem::remove(folder.lock());
    lock.set_launcher(0, 1);
    EXPECT_TRUE(lock.beat());
    EXPECT_EQ(read_lock(folder)->token, token);
    EXPECT_EQ(lock.take_news(), "");

    write_aside(folder.lock(), "no lock at all");
    lock.set_launcher(0, 2);
    EXPECT_EQ(read_lock(folder)->restarts, 2);

    std::filesystem::remove(folder.lock());
    const SweepLock other = take();
    lock.set_launcher(0, 3);
    EXPECT_FALSE(lock.beat());
    EXPECT_FALSE(lock.is_ours());
    EXPECT_TRUE(other.is_ours());
}

TEST_F(Lock, that_cannot_be_read_is_neither_lost_nor_taken) {
    SweepLock lock = take();
    const std::filesystem::path away = folder.root / "away";
    std::filesystem::rename(folder.lock(), away);
    std::filesystem::create_directory(folder.lock());  // opens, and can't be read
    lock.set_launcher(0, 1);
    EXPECT_TRUE(lock.beat());
    EXPECT_NE(lock.take_news().find("cannot read"), std::string::npos);
    EXPECT_THROW(take(), IoError);
    EXPECT_TRUE(std::filesystem::is_directory(folder.lock()));
    std::filesystem::remove(folder.lock());
    std::filesystem::rename(away, folder.lock());
    wait_for_next_try();
    EXPECT_TRUE(lock.beat());
    EXPECT_EQ(read_lock(folder)->restarts, 1);
}

TEST_F(Lock, that_counts_as_dead_is_renewed_under_the_guard_of_those_who_take_it) {
    SweepLock lock = take();
    const std::filesystem::path guard = folder.lock().string() + ".taking";
    LockOwner taker = read_lock(folder).value();
    const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(stale_after_seconds + 1);
    write_aside(guard, to_json_text(taker));  // this process lives
    lock.set_launcher(getpid(), 7);
    EXPECT_EQ(read_lock(folder)->restarts, 7) << "the guard is nothing to who was heard of just now";
    lock.beat(late);
    EXPECT_NE(lock.take_news().find("somebody else is about to take it"), std::string::npos);
    EXPECT_TRUE(std::filesystem::exists(guard));

    write_aside(guard, to_json_text(dead_owner()));
    EXPECT_TRUE(lock.beat(late + std::chrono::seconds(2)));
    EXPECT_FALSE(std::filesystem::exists(guard)) << "left by a dead one";
    EXPECT_TRUE(lock.beat(late + std::chrono::seconds(4)));
    EXPECT_NE(lock.take_news().find("again, after 4 s"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(guard));
}

TEST_F(Lock, ends_the_leftover_launcher_of_a_dead_supervisor_but_nobody_else) {
    ChildProcess leftover = start({"/bin/sh", "-c", "trap 'kill $!; exit' TERM; sleep 60 & wait; wait", "overtake-train", folder.root.string()});
    ChildProcess stranger = start({"/bin/sh", "-c", "trap 'kill $!; exit' TERM; sleep 60 & wait; wait", "editor", folder.root.string()});
    for (ChildProcess* child : {&stranger, &leftover}) {
        LockOwner dead = dead_owner();
        dead.launcher = child->pid();
        dead.launcher_start = process_start_time(child->pid()).value();
        write_aside(folder.lock(), to_json_text(dead));
        { const SweepLock lock = take(); }
        EXPECT_EQ(child->try_wait().has_value(), child == &leftover);
    }
    EXPECT_NE(said.find("signal 15"), std::string::npos);
}

TEST_F(Lock, is_won_by_one_of_many) {
    write_aside(folder.lock(), to_json_text(dead_owner()));
    std::atomic<int> winners = 0, refused = 0;
    std::vector<std::thread> threads;
    std::atomic<bool> over = false;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            try {
                const SweepLock lock = SweepLock::take(folder, std::chrono::milliseconds(0), [](const std::string&) {});
                ++winners;
                while (!over) {
                    std::this_thread::sleep_for(std::chrono::milliseconds(1));
                }
            } catch (const IoError&) {
                ++refused;
            }
        });
    }
    while (winners + refused < 8) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    over = true;
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(winners, 1);
    EXPECT_EQ(refused, 7);
}

}  // namespace
}  // namespace overtake
