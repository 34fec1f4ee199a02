// What logs and status make of jobs that ended before their sweep began, or around it.
#include "cluster/launch/job_words.hpp"

#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "cluster/launch/logs.hpp"
#include "cluster/launch/status.hpp"
#include "sweeps/errors.hpp"

namespace overtake {
namespace {

class JobWords : public testing::Test {
  protected:
    JobWords() : folder{std::filesystem::temp_directory_path() / ("job_words_test_" + std::to_string(getpid()))} {
        std::filesystem::remove_all(folder.root);
        std::filesystem::create_directories(folder.root);
    }
    ~JobWords() override { std::filesystem::remove_all(folder.root); }

    void output(const std::string& name, const std::string& text, int seconds_ago = 0) const {
        std::ofstream(folder.root / name) << text;
        std::filesystem::last_write_time(folder.root / name, std::filesystem::file_time_type::clock::now() - std::chrono::seconds(seconds_ago));
    }
    std::string logs() const {
        std::ostringstream out;
        print_logs(folder, 3, nullptr, out);
        return out.str();
    }
    std::string status() const {
        testing::internal::CaptureStdout();
        EXPECT_EQ(status_verb({folder.root.string()}), exit_code::done);
        return testing::internal::GetCapturedStdout();
    }

    SweepFolder folder;
};

TEST_F(JobWords, come_from_the_job_that_spoke_last) {
    output("slurm-900.out", "an old job\n", 50);
    output("slurm-31.out", "module: command not found\n");
    output("slurm-32.out.txt", "foreign\n");
    output("slurm-x.out", "foreign\n");
    const auto newest = newest_job_output(folder, 5);
    ASSERT_EQ(newest.size(), 1u);
    EXPECT_EQ(newest[0].job, "31");
    EXPECT_EQ(newest[0].lines, std::vector<std::string>{"module: command not found"});
    output("slurm-40_10.out", "ten\n");
    output("slurm-40_2.out", "two\n", 10);
    EXPECT_EQ(logs(), "slurm-40_2  two\nslurm-40_10  ten\n");
}

TEST_F(JobWords, are_those_that_no_log_has) {
    std::ofstream(folder.log()) << "2026-01-02T03:04:05Z 2 ranks\n2026-01-02T03:04:06Z rank 1: a word\n";
    output("slurm-31.out", "set-up\novertake: 2 ranks\nrank 1: a word\n1 finished, 2 running, 3 waiting; 4 tokens/s\n\nslurmstepd: error: DUE TO TIME LIMIT\n");
    EXPECT_EQ(logs(), "slurm-31  set-up\nslurm-31  slurmstepd: error: DUE TO TIME LIMIT\n2026-01-02T03:04:05Z 2 ranks\n2026-01-02T03:04:06Z rank 1: a word\n");
    output("slurm-31.out", "1\n2\n3\n4\n5");
    EXPECT_EQ(newest_job_output(folder, 2)[0].lines, (std::vector<std::string>{"4", "5"}));
    output("slurm-31.out", std::string(300'000, 'x') + "\nlast\n");
    const std::vector<std::string> lines = newest_job_output(folder, 9)[0].lines;
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_LE(lines[0].size(), 256u * 1024) << "of a long file the end is read";
    EXPECT_EQ(lines[1], "last");
}

TEST_F(JobWords, are_shown_by_status_before_the_sweep_began) {
    EXPECT_THROW(status_verb({folder.root.string()}), IoError) << "no sweep folder";
    std::ofstream(folder.job()) << "31\n";
    EXPECT_EQ(status(), "job      31 is not in Slurm's queue and has not begun the sweep; it left no output in '" + folder.root.string() + "' (sacct knows how it ended)\n");
    output("slurm-31.out", "/var/spool/job: line 20: module: command not found\n");
    EXPECT_EQ(status(), "job      31 is not in Slurm's queue and has not begun the sweep; its last words:\noutput   " + (folder.root / "slurm-31.out").string() +
                            "\n           /var/spool/job: line 20: module: command not found\n");
    std::ostringstream out;
    print_not_begun(out, folder, "31", {{"31", "RUNNING", "n1"}});
    EXPECT_EQ(out.str().substr(0, out.str().find("\n           ")), "job      31 RUNNING n1\noutput   " + (folder.root / "slurm-31.out").string());
}

TEST_F(JobWords, are_shown_by_status_when_they_speak_of_an_error) {
    std::ofstream(folder.specification()) << "[sweep]\nname = \"tiny\"\n[data]\ncorpus = \"synthetic\"\n[grid]\nsize = [\"1x16\"]\ntokens = [\"20k\"]\nposition = [\"rope\"]\n";
    output("slurm-31.out", "loading modules\novertake: error: the data could not be prepared (exit code 1); nothing was run\n");
    const std::string text = status();
    EXPECT_NE(text.find("\noutput   slurm-31: overtake: error: the data could not be prepared (exit code 1); nothing was run\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("loading modules"), std::string::npos) << text;
}

}  // namespace
}  // namespace overtake
