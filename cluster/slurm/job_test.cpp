#include "cluster/slurm/job.hpp"

#include <map>

#include <gtest/gtest.h>

#include "cluster/slurm/fake_slurm.hpp"
#include "cluster/slurm/submitted.hpp"
#include "sweeps/errors.hpp"

namespace overtake {
namespace {

Environment environment(std::map<std::string, std::string> values) {
    return [values = std::move(values)](const char* name) {
        const auto found = values.find(name);
        return found == values.end() ? nullptr : found->second.c_str();
    };
}

TEST(SlurmJob, reads_its_environment) {
    EXPECT_EQ(job_from(environment({})), std::nullopt);
    EXPECT_EQ(job_from(environment({{"SLURM_JOB_ID", "12; reboot"}})), std::nullopt);
    EXPECT_EQ(job_from(environment({{"SLURM_JOB_ID", "4711"}})), (SlurmJob{"4711", 0, "", 0, 0}));
    const auto job = job_from(environment({{"SLURM_JOB_ID", "4713"},
                                           {"SLURM_RESTART_COUNT", "2"},
                                           {"SLURM_ARRAY_JOB_ID", "4711"},
                                           {"SLURM_ARRAY_TASK_ID", "1"},
                                           {"SLURM_JOB_END_TIME", "1790000000"},
                                           {"OVERTAKE_LINK", "5"}}));
    EXPECT_EQ(job, (SlurmJob{"4711_1", 2, "1", 1790000000, 5}));
    EXPECT_EQ(life_of(*job), "4711_1.2");
    EXPECT_EQ(job_from(environment({{"SLURM_JOB_ID", "1"}, {"SLURM_ARRAY_JOB_ID", "1"}, {"SLURM_ARRAY_TASK_ID", "../x"}}))->array_task, "") << "it becomes part of file names";
}

// A line of Slurm 22.05, shortened.
TEST(SlurmJob, understands_scontrol) {
    EXPECT_EQ(parse_job("JobId=9 JobName=tiny UserId=root(0) JobState=RUNNING Reason=None Dependency=(null) Requeue=1 Restarts=3 BatchFlag=1\n"),
              (JobFacts{"RUNNING", "None", true, 3}));
    EXPECT_EQ(parse_job("JobId=9 JobState=PENDING Reason=BeginTime Requeue=0 Restarts=0"), (JobFacts{"PENDING", "BeginTime", false, 0}));
    EXPECT_EQ(parse_job("slurm_load_jobs error: Invalid job id specified"), std::nullopt);
    FakeSlurm slurm({{0, "JobId=9 JobState=RUNNING Requeue=1\n", ""}, {1, "", "slurm_load_jobs error: Invalid job id specified"}});
    EXPECT_EQ(ask_for_job(slurm, "9")->state, "RUNNING");
    EXPECT_EQ(ask_for_job(slurm, "9"), std::nullopt);
    EXPECT_EQ(slurm.calls[0], "scontrol show job -o 9");
}

TEST(SlurmJob, knows_its_end_from_the_environment_or_once_from_squeue) {
    EXPECT_EQ(parse_time_left("59"), 59);
    EXPECT_EQ(parse_time_left("1:05\n"), 65);
    EXPECT_EQ(parse_time_left("2-03:04:05"), 2 * 86400 + 3 * 3600 + 4 * 60 + 5);
    for (const char* text : {"UNLIMITED", "INVALID", "NOT_SET", "", "1:", "-5"}) {
        EXPECT_EQ(parse_time_left(text), std::nullopt) << text;
    }
    FakeSlurm silent({});
    EXPECT_EQ(end_of(silent, {.id = "9", .end = 77}, 1000), 77);
    EXPECT_TRUE(silent.calls.empty());
    FakeSlurm slurm({{0, "1:00:00\n", ""}, {0, "UNLIMITED\n", ""}, {1, "", "no such job"}});
    EXPECT_EQ(end_of(slurm, {.id = "9"}, 1000), 4600);
    EXPECT_EQ(end_of(slurm, {.id = "9"}, 1000), 0);
    EXPECT_EQ(end_of(slurm, {.id = "9"}, 1000), 0);
    EXPECT_EQ(slurm.calls[0], "squeue -h -j 9 -o %L");
}

TEST(SlurmJob, sees_a_job_or_each_task_of_an_array_in_the_queue) {
    FakeSlurm slurm({{0, "12|N/A|PENDING|(Resources)\n", ""}, {0, "20|2-3|PENDING|(Resources)\n20|0|RUNNING|node1\n", ""}, {1, "", "Invalid job id"}});
    EXPECT_EQ(jobs_in_queue(slurm, "12"), (std::vector<QueuedJob>{{"12", "PENDING", "(Resources)"}}));
    EXPECT_EQ(jobs_in_queue(slurm, "20"), (std::vector<QueuedJob>{{"20_[2-3]", "PENDING", "(Resources)"}, {"20_0", "RUNNING", "node1"}}));
    EXPECT_TRUE(jobs_in_queue(slurm, "20").empty());
}

}  // namespace
}  // namespace overtake
