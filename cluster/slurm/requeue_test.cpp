#include "cluster/slurm/requeue.hpp"

#include <unistd.h>

#include <gtest/gtest.h>

#include "cluster/slurm/fake_slurm.hpp"
#include "cluster/slurm/submitted.hpp"

namespace overtake {
namespace {

class RequeueInFolder : public testing::Test {
  protected:
    RequeueInFolder() : folder{std::filesystem::temp_directory_path() / ("requeue_test_" + std::to_string(getpid()))} {
        std::filesystem::remove_all(folder.root);
        std::filesystem::create_directories(folder.root);
    }
    ~RequeueInFolder() override { std::filesystem::remove_all(folder.root); }

    SweepFolder folder;
};

LeavingFacts running(std::int64_t restarts_without_progress = 0) {
    return {.work_left = true, .cancelled = false, .job = JobFacts{"RUNNING", "None", true, 1}, .time_is_up = false, .requeue_wanted = true,
            .restarts_without_progress = restarts_without_progress, .link = 0};
}

TEST(Requeue, puts_a_job_with_work_left_back) {
    EXPECT_EQ(how_to_leave(running()), (LeavingChoice{Leaving::requeue, ""}));
    LeavingFacts facts = running();
    facts.job = std::nullopt;  // a controller that is away for a moment is asked once more, by scontrol requeue
    EXPECT_EQ(how_to_leave(facts).how, Leaving::requeue);
    facts = running();
    facts.job->state = "TIMEOUT";
    EXPECT_EQ(how_to_leave(facts).how, Leaving::requeue);
    facts.work_left = false;
    EXPECT_EQ(how_to_leave(facts), LeavingChoice{});
}

TEST(Requeue, leaves_cancelled_jobs_and_those_that_slurm_puts_back_itself) {
    LeavingFacts facts = running();
    facts.cancelled = true;
    EXPECT_EQ(how_to_leave(facts).how, Leaving::nothing);
    facts = running();
    facts.job->state = "CANCELLED";
    EXPECT_EQ(how_to_leave(facts).how, Leaving::nothing);
    for (const char* state : {"PENDING", "PREEMPTED", "NODE_FAIL"}) {
        facts.job->state = state;
        EXPECT_EQ(how_to_leave(facts), (LeavingChoice{Leaving::nothing, "Slurm itself puts the job back into the queue"})) << state;
    }
    facts.job->state = "COMPLETING";
    EXPECT_EQ(how_to_leave(facts).how, Leaving::nothing);
    facts.time_is_up = true;
    EXPECT_EQ(how_to_leave(facts).how, Leaving::requeue);
    facts = running();
    facts.job->state = "NODE_FAIL";
    facts.job->may_requeue = false;  // it does not, then
    EXPECT_EQ(how_to_leave(facts).how, Leaving::chain);
}

TEST(Requeue, holds_after_three_restarts_without_progress) {
    EXPECT_EQ(how_to_leave(running(2)).how, Leaving::requeue);
    EXPECT_EQ(how_to_leave(running(3)), (LeavingChoice{Leaving::hold, "3 restarts without progress; the job is held (scontrol release lets it go on); look into the log"}));
}

TEST(Requeue, chains_jobs_where_it_is_forbidden_and_the_chain_has_an_end) {
    LeavingFacts facts = running();
    facts.requeue_wanted = false;
    EXPECT_EQ(how_to_leave(facts), (LeavingChoice{Leaving::chain, "[slurm] requeue = false"}));
    facts.link = 98;
    EXPECT_EQ(how_to_leave(facts).how, Leaving::chain);
    facts.link = 99;
    EXPECT_EQ(how_to_leave(facts).how, Leaving::nothing);
    facts.link = 0;
    facts.restarts_without_progress = 3;
    EXPECT_EQ(how_to_leave(facts).how, Leaving::nothing);
}

TEST_F(RequeueInFolder, asks_slurm) {
    FakeSlurm slurm({{0, "", ""}, {0, "", ""}});
    EXPECT_EQ(leave(slurm, {.id = "9"}, {Leaving::requeue, ""}, folder), "job 9 is back in the queue");
    EXPECT_EQ(leave(slurm, {.id = "9"}, {Leaving::hold, "stuck"}, folder), "stuck; job 9 is back in the queue, held");
    EXPECT_EQ(leave(slurm, {.id = "9"}, {Leaving::nothing, "cancelled"}, folder), "cancelled");
    EXPECT_EQ(slurm.calls, (std::vector<std::string>{"scontrol requeue 9", "scontrol requeuehold 9"}));
}

TEST_F(RequeueInFolder, submits_the_next_job_of_a_chain_without_what_slurm_told_this_one) {
    FakeSlurm slurm({{0, "12\n", ""}, {0, "13\n", ""}});
    EXPECT_EQ(leave(slurm, {.id = "9", .link = 4}, {Leaving::chain, "why"}, folder), "why; job 12 goes on when this one is over");
    EXPECT_EQ(slurm.calls[0],
              "env -u SLURM_RESTART_COUNT -u SLURM_JOB_END_TIME sbatch --parsable --dependency=afterany:9 --export=ALL,OVERTAKE_LINK=5 " + folder.batch_script().string());
    leave(slurm, {.id = "9", .array_task = "2"}, {Leaving::chain, "why"}, folder);
    EXPECT_EQ(slurm.calls[1], "env -u SLURM_RESTART_COUNT -u SLURM_JOB_END_TIME sbatch --parsable --dependency=afterany:9 "
                              "--export=ALL,OVERTAKE_LINK=1 --array=2 " + folder.batch_script().string());
}

TEST_F(RequeueInFolder, remembers_the_next_jobs_of_a_chain_and_of_tasks_until_the_sweep_is_submitted_again) {
    remember_job(folder, "9");
    FakeSlurm slurm({{0, "12\n", ""}, {0, "13\n", ""}, {0, "14\n", ""}, {0, "15\n", ""}});
    leave(slurm, {.id = "9"}, {Leaving::chain, "why"}, folder);
    EXPECT_EQ(submitted_job(folder), "12") << "in place of the one that leaves";
    leave(slurm, {.id = "12", .array_task = "0"}, {Leaving::chain, "why"}, folder);
    leave(slurm, {.id = "12", .array_task = "1"}, {Leaving::chain, "why"}, folder);
    EXPECT_EQ(submitted_job(folder), "12,13,14") << "the array may have waiting tasks still";
    leave(slurm, {.id = "13", .array_task = "0"}, {Leaving::chain, "why"}, folder);
    EXPECT_EQ(submitted_job(folder), "12,15,14");
    remember_job(folder, "20");
    EXPECT_EQ(submitted_job(folder), "20");
}

TEST_F(RequeueInFolder, submits_the_next_job_even_where_its_number_cannot_be_kept) {
    std::filesystem::create_directories(folder.job() / "in the way");
    FakeSlurm slurm({{0, "12\n", ""}});
    const std::string words = leave(slurm, {.id = "9"}, {Leaving::chain, "why"}, folder);
    EXPECT_NE(words.find("job 12 goes on when this one is over; but could not put in place"), std::string::npos) << words;
    EXPECT_NE(words.find("(scancel 12 does)"), std::string::npos) << words;
    EXPECT_EQ(words.find("submit the sweep again"), std::string::npos) << words;
}

TEST_F(RequeueInFolder, chains_when_slurm_refuses_and_says_so_when_that_fails_too) {
    FakeSlurm chains({{1, "", "Requested operation is presently disabled for job 9\n"}, {0, "12\n", ""}});
    EXPECT_EQ(leave(chains, {.id = "9"}, {Leaving::requeue, ""}, folder),
              "scontrol requeue was refused (Requested operation is presently disabled for job 9); job 12 goes on when this one is over");
    FakeSlurm waits({{1, "", "Job is pending execution for job 9\n"}});
    EXPECT_EQ(leave(waits, {.id = "9"}, {Leaving::requeue, ""}, folder), "job 9 waits in the queue already");
    EXPECT_EQ(waits.calls.size(), 1u) << "no second job";
    FakeSlurm away({{1, "", "no controller\n"}, {1, "", "no controller\n"}});
    EXPECT_EQ(leave(away, {.id = "9"}, {Leaving::requeue, ""}, folder),
              "scontrol requeue was refused (no controller); sbatch refused the job (exit code 1): no controller; see the script with 'overtake submit "
              "--dry-run'; submit the sweep again to go on");
}

}  // namespace
}  // namespace overtake
