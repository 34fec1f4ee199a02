#include "cluster/launch/lives.hpp"

#include <unistd.h>

#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "cluster/launch/cancel.hpp"
#include "cluster/launch/lock.hpp"
#include "cluster/launch/logs.hpp"
#include "cluster/launch/tune.hpp"
#include "cluster/slurm/fake_slurm.hpp"
#include "cluster/slurm/submitted.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {
namespace {

class InSweepFolder : public testing::Test {
  protected:
    InSweepFolder() : folder{std::filesystem::temp_directory_path() / ("lives_test_" + std::to_string(getpid()) + "_" +
                                                                       testing::UnitTest::GetInstance()->current_test_info()->name())} {
        std::filesystem::create_directories(folder.root);
    }
    ~InSweepFolder() override { std::filesystem::remove_all(folder.root); }

    JobLives live(std::int64_t restart, const std::vector<RunLine>& lines = {}, std::int64_t link = 0) {
        JobLives lives(folder, {.id = "9", .restart = restart, .link = link});
        for (const RunLine& line : lines) {
            lives.on_line(line);
        }
        return lives;
    }

    SweepFolder folder;
};

using Lives = InSweepFolder;
const std::string stage = "s1";

TEST_F(Lives, count_restarts_that_bring_nothing) {
    EXPECT_EQ(live(0).restarts_without_progress(), 0);
    EXPECT_EQ(live(1).restarts_without_progress(), 1);
    EXPECT_EQ(live(2, {AssignedLine{stage, 0, {0}}, EndedLine{stage, "skipped", 0, ""}}).restarts_without_progress(), 2);
    EXPECT_EQ(live(3, {AssignedLine{stage, 0, {0}}, EndedLine{stage, "stopped", 0, ""}}).restarts_without_progress(), 3);
    EXPECT_EQ(live(4, {AssignedLine{stage, 0, {0}}, EndedLine{stage, "stopped", 10, ""}}).restarts_without_progress(), 0);
    EXPECT_EQ(live(0).restarts_without_progress(), 0) << "submitted anew";
    EXPECT_EQ(live(0, {}, 1).restarts_without_progress(), 1) << "a link of a chain is no beginning";
}

TEST_F(Lives, count_what_a_life_without_a_goodbye_did) {
    live(0, {AssignedLine{stage, 0, {0}}});  // and its node is gone
    EXPECT_EQ(live(1, {AssignedLine{stage, 40, {0}}}).restarts_without_progress(), 0);
    EXPECT_EQ(live(2, {AssignedLine{stage, 40, {0}}}).restarts_without_progress(), 1) << "no further than before";
    EXPECT_EQ(live(3, {EndedLine{stage, "failed", 40, "poison"}}).restarts_without_progress(), 0) << "a stage is over, whatever came of it";
}

TEST_F(Lives, are_written_down_later_where_the_folder_refuses_them_now) {
    std::filesystem::create_directories(folder.lives() / "in the way");
    JobLives lives(folder, {.id = "9", .restart = 1});
    EXPECT_NE(lives.take_news().find("cannot write down how far this job came"), std::string::npos);
    lives.on_line(AssignedLine{stage, 40, {0}});
    EXPECT_EQ(lives.take_news(), "") << "said once";
    std::filesystem::remove_all(folder.lives());
    std::this_thread::sleep_for(std::chrono::milliseconds(1050));
    lives.on_line(ProgressLine{});
    EXPECT_NE(lives.take_news().find("again, after 1 s"), std::string::npos);
    EXPECT_EQ(live(2, {AssignedLine{stage, 40, {0}}}).restarts_without_progress(), 2) << "it was written down that the stage came to 40 before";

    std::filesystem::remove(folder.lives());
    std::filesystem::create_directories(folder.lives() / "in the way");
    lives.close();
    std::filesystem::remove_all(folder.lives());
    lives.close();
    EXPECT_TRUE(std::filesystem::is_regular_file(folder.lives())) << "the last time is not waited for";
}

LockOwner owner_of_life(std::int64_t restart, const std::string& job = "9") {
    LockOwner owner;
    owner.host = "another-host";
    owner.slurm_job = job;
    owner.slurm_restart = restart;
    owner.heartbeat = unix_seconds();
    owner.token = "theirs";
    return owner;
}

struct InJob {
    InJob(const char* id, const char* restart) {
        setenv("SLURM_JOB_ID", id, 1);
        setenv("SLURM_RESTART_COUNT", restart, 1);
    }
    ~InJob() {
        unsetenv("SLURM_JOB_ID");
        unsetenv("SLURM_RESTART_COUNT");
    }
};

using Fencing = InSweepFolder;

SweepLock take(const SweepFolder& folder) {
    return SweepLock::take(folder, std::chrono::milliseconds(0), [](const std::string&) {});
}

TEST_F(Fencing, a_restarted_job_takes_over_from_its_former_life_at_once_on_any_host) {
    write_aside(folder.lock(), to_json_text(owner_of_life(1)));
    {
        const InJob other_job("10", "2");
        EXPECT_THROW(take(folder), IoError);
    }
    const InJob same_job("9", "2");
    SweepLock lock = take(folder);
    EXPECT_EQ(read_lock(folder)->slurm_restart, 2);
    EXPECT_TRUE(lock.is_ours());
    write_aside(folder.lock(), to_json_text(owner_of_life(3)));
    EXPECT_FALSE(lock.is_ours());
}

TEST_F(Fencing, a_former_life_never_takes_the_lock_of_a_later_one) {
    LockOwner dead = owner_of_life(3);
    dead.heartbeat = 0;
    write_aside(folder.lock(), to_json_text(dead));
    const InJob stale("9", "2");
    try {
        take(folder);
        FAIL() << "a former life took over";
    } catch (const IoError& error) {
        EXPECT_NE(std::string(error.what()).find("this former life of it leaves"), std::string::npos) << error.what();
    }
}

TEST_F(Fencing, members_of_an_array_stand_beside_each_other_but_not_beside_a_single_run) {
    const SweepFolder first{folder.root, "0"}, second{folder.root, "1"};
    {
        const SweepLock one = take(first), two = take(second);
        EXPECT_EQ(folders_with_locks(folder).size(), 2u);
        EXPECT_THROW(take(folder), IoError);
        EXPECT_FALSE(std::filesystem::exists(folder.lock()));
    }
    const SweepLock alone = take(folder);
    EXPECT_THROW(take(first), IoError);
}

using Cancel = InSweepFolder;

TEST_F(Cancel, tells_whoever_works_and_takes_waiting_jobs_out) {
    write_aside(folder.lock(), to_json_text(owner_of_life(1)));
    write_aside(SweepFolder{folder.root, "2"}.lock(), to_json_text(owner_of_life(0, "11")));
    remember_job(folder, "8");
    FakeSlurm slurm({{0, "9|N/A|RUNNING|node1\n12|3-4|PENDING|(Resources)\n12|5|RUNNING|node2\n", ""}, {0, "", ""}});
    EXPECT_EQ(cancel_sweep(folder, false, slurm).size(), 3u);
    EXPECT_EQ(slurm.calls, (std::vector<std::string>{"squeue -h -j 8 -o %F|%K|%T|%R", "scancel 12_[3-4]"}));
    EXPECT_TRUE(is_cancelled({folder.root, "", "9.1"}));
    EXPECT_TRUE(is_cancelled({folder.root, "2", "11.0"}));
    EXPECT_FALSE(is_cancelled({folder.root, "", "9.2"})) << "not the next life's";
    write_aside(SweepFolder{folder.root, "", "9.2"}.stop(), "the time of this job is nearly over\n");
    EXPECT_FALSE(is_cancelled({folder.root, "", "9.2"}));
}

TEST_F(Cancel, now_leaves_it_to_slurm) {
    write_aside(folder.lock(), to_json_text(owner_of_life(1)));
    FakeSlurm slurm({{0, "", ""}});
    EXPECT_EQ(cancel_sweep(folder, true, slurm), (std::vector<std::string>{"job 9 is cancelled"}));
    EXPECT_EQ(slurm.calls, (std::vector<std::string>{"scancel 9"}));
    EXPECT_FALSE(is_cancelled({folder.root, "", "9.1"}));
}

TEST_F(Cancel, of_nothing_does_nothing) {
    FakeSlurm slurm({});
    EXPECT_TRUE(cancel_sweep(folder, false, slurm).empty());
    EXPECT_TRUE(slurm.calls.empty());
}

TEST_F(Cancel, reaches_the_rounds_of_a_tuning) {
    write_aside(folder.lock(), to_json_text(owner_of_life(1)));
    write_aside(tuning_folder(folder).lock(), to_json_text(owner_of_life(1)));
    FakeSlurm slurm({});
    EXPECT_EQ(cancel_sweep(folder, false, slurm), (std::vector<std::string>{"process 0 on another-host is told to write checkpoints and leave"}));
    EXPECT_TRUE(is_cancelled({folder.root, "", "9.1"})) << "between two rounds this one counts";
    EXPECT_TRUE(is_cancelled({tuning_folder(folder).root, "", "9.1"}));
    write_aside(check_folder(folder).lock(), to_json_text(owner_of_life(1)));
    FakeSlurm now({{0, "", ""}});
    EXPECT_EQ(cancel_sweep(folder, true, now), (std::vector<std::string>{"job 9 is cancelled"})) << "once";
    cancel_sweep(folder, false, slurm);
    EXPECT_TRUE(is_cancelled({check_folder(folder).root, "", "9.1"}));
}

using Logs = InSweepFolder;

TEST_F(Logs, show_the_end_and_follow_whole_lines_of_every_member) {
    std::ofstream(SweepFolder{folder.root, "0"}.log()) << "a\nb\nc\nhalf";
    std::ostringstream out;
    int looks = 0;
    print_logs(folder, 2, [&] {
        if (looks == 0) {
            std::ofstream(SweepFolder{folder.root, "0"}.log(), std::ios::app) << " whole\n";
            std::ofstream(SweepFolder{folder.root, "1"}.log()) << "d\n";
        }
        return ++looks < 3;
    }, out);
    EXPECT_EQ(out.str(), "b\nc\nsweep.0  half whole\nsweep.1  d\n");
}

TEST_F(Logs, show_the_rounds_of_a_tuning_between_the_lines_of_the_sweep) {
    std::filesystem::create_directories(check_folder(folder).root);
    std::ofstream(folder.log()) << "2026-01-02T03:04:05Z tuning, round 1: 18 trials\n2026-01-02T03:04:09Z tuning, check of the shared rate: 6 trials\n";
    std::ofstream(tuning_folder(folder).log()) << "2026-01-02T03:04:06Z left out\n2026-01-02T03:04:07Z stage a done\n  and more\n";
    std::ofstream(check_folder(folder).log()) << "2026-01-02T03:04:10Z stage b done\n";
    std::ostringstream out;
    print_logs(folder, 2, [&, looks = 0]() mutable {
        std::ofstream(check_folder(folder).log(), std::ios::app) << "2026-01-02T03:04:11Z stage c done\n";
        return ++looks < 2;
    }, out);
    EXPECT_EQ(out.str(), "sweep  2026-01-02T03:04:05Z tuning, round 1: 18 trials\n"
                         "tuning/sweep  2026-01-02T03:04:07Z stage a done\n"
                         "tuning/sweep    and more\n"
                         "sweep  2026-01-02T03:04:09Z tuning, check of the shared rate: 6 trials\n"
                         "tuning/check/sweep  2026-01-02T03:04:10Z stage b done\n"
                         "tuning/check/sweep  2026-01-02T03:04:11Z stage c done\n");
}

}  // namespace
}  // namespace overtake
