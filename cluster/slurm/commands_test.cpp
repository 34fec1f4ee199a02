#include "cluster/slurm/commands.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "sweeps/errors.hpp"

namespace overtake {
namespace {

namespace fs = std::filesystem;

class FakeSlurm final : public CommandRunner {
  public:
    CommandResult run(const std::vector<std::string>&, std::string_view input) override {
        script = input;
        return {0, "31\n", ""};
    }
    std::string script;
};

class SubmitVerb : public testing::Test {
  protected:
    SubmitVerb() : folder_(fs::temp_directory_path() / ("submit_test." + std::to_string(getpid()))) {
        fs::create_directories(folder_);
        std::ofstream(file()) << "[sweep]\nname = \"tiny\"\n[data]\ncorpus = \"synthetic\"\n"
                                 "[slurm]\npartition = \"low\"\n[grid]\nsize = [\"1x16\"]\ntokens = [\"20k\"]\n"
                                 "position = [\"rope\"]\n";
    }
    ~SubmitVerb() override { fs::remove_all(folder_); }
    std::string printed_by(const std::vector<std::string>& arguments) {
        std::ostringstream printed;
        std::streambuf* const standard = std::cout.rdbuf(printed.rdbuf());
        try {
            EXPECT_EQ(submit_sweep(arguments, slurm_), exit_code::done);
        } catch (const std::exception& error) {
            ADD_FAILURE() << error.what();
        }
        std::cout.rdbuf(standard);
        return printed.str();
    }
    std::string file() const { return (folder_ / "tiny.toml").string(); }

    fs::path folder_;
    FakeSlurm slurm_;
};

TEST_F(SubmitVerb, dry_run_prints_and_touches_nothing) {
    const std::string printed = printed_by({file(), "--in", (folder_ / "out").string(), "--dry-run"});
    EXPECT_EQ(printed.find("#!/bin/bash\n"), 0U);
    EXPECT_NE(printed.find("#SBATCH --job-name=tiny\n"), std::string::npos);
    EXPECT_NE(printed.find("#SBATCH --partition=low\n"), std::string::npos);
    EXPECT_NE(printed.find("run '" + file() + "' --in '" + (folder_ / "out").string() + "' --srun --batch\n"), std::string::npos);
    EXPECT_EQ(slurm_.script, "");
    EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(SubmitVerb, hands_the_same_script_over_and_prints_the_id) {
    const std::string printed = printed_by({file(), "--in", (folder_ / "out").string(), "--dry-run"});
    EXPECT_EQ(printed_by({"--in=" + (folder_ / "out").string(), file()}), "31\n");
    EXPECT_EQ(slurm_.script, printed);
    EXPECT_TRUE(fs::is_directory(folder_ / "out"));
}

TEST_F(SubmitVerb, makes_an_array_whose_tasks_share_the_folder) {
    const std::string printed = printed_by({file(), "--in", (folder_ / "out").string(), "--array", "3", "--dry-run"});
    EXPECT_NE(printed.find("#SBATCH --array=0-2\n"), std::string::npos);
    EXPECT_NE(printed.find("/out/slurm-%A_%a.out\n"), std::string::npos);
    EXPECT_EQ(printed_by({file(), "--in", (folder_ / "out").string(), "--array=3", "--dry-run"}), printed);
}

TEST_F(SubmitVerb, lets_others_refuse_before_slurm_hears_of_it) {
    const std::string out = (folder_ / "out").string();
    std::string seen;
    const auto refuse = [&](const fs::path& sweep, const fs::path& folder) {
        seen = sweep.string() + " " + folder.string();
        throw ConfigError(std::vector<Problem>{{"cluster.budget_gpu_hours", "too much"}});
    };
    for (const auto& arguments : {std::vector<std::string>{file(), "--in", out}, {file(), "--in", out, "--dry-run"}}) {
        EXPECT_THROW(submit_sweep(arguments, slurm_, refuse), ConfigError);
        EXPECT_EQ(seen, file() + " " + out);
        EXPECT_EQ(slurm_.script, "");
        EXPECT_FALSE(fs::exists(out));
    }
}

TEST_F(SubmitVerb, refuses_a_sweep_on_gpus_that_asks_for_none) {
    const std::string sweep = (folder_ / "cuda.toml").string();
    std::ofstream(sweep) << "[sweep]\nname = \"tiny\"\n[data]\ncorpus = \"synthetic\"\n[training]\ndevice = \"cuda\"\n"
                            "[grid]\nsize = [\"1x16\"]\ntokens = [\"20k\"]\nposition = [\"rope\"]\n";
    const std::vector<std::string> arguments{sweep, "--in", (folder_ / "out").string()};
    EXPECT_THROW(submit_sweep(arguments, slurm_), ConfigError);
    EXPECT_EQ(slurm_.script, "");
    setenv("SBATCH_GRES", "gpu:1", 1);
    printed_by(arguments);
    unsetenv("SBATCH_GRES");
    EXPECT_NE(slurm_.script, "");
}

// sbatch itself reads them: they reach it as they are, and none is written into the script.
TEST_F(SubmitVerb, leaves_variables_of_sbatch_to_sbatch) {
    std::ofstream(folder_ / "sbatch") << "#!/bin/sh\ncat > '" << (folder_ / "script").string() << "'\necho \"$SBATCH_PARTITION\" > '" << (folder_ / "partition").string()
                                      << "'\necho 31\n";
    fs::permissions(folder_ / "sbatch", fs::perms::owner_all);
    const std::string path = std::getenv("PATH");
    setenv("PATH", (folder_.string() + ":" + path).c_str(), 1);
    setenv("SBATCH_PARTITION", "from-outside", 1);
    ProcessRunner runner;
    testing::internal::CaptureStdout();
    EXPECT_EQ(submit_sweep({file(), "--in", (folder_ / "out").string()}, runner), exit_code::done);
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "31\n");
    setenv("PATH", path.c_str(), 1);
    unsetenv("SBATCH_PARTITION");
    const auto content = [&](const char* name) {
        std::ostringstream text;
        text << std::ifstream(folder_ / name).rdbuf();
        return text.str();
    };
    EXPECT_EQ(content("partition"), "from-outside\n");
    EXPECT_NE(content("script").find("#SBATCH --partition=low\n"), std::string::npos);
    EXPECT_EQ(content("script").find("from-outside"), std::string::npos);
}

TEST_F(SubmitVerb, says_what_is_wrong_with_its_arguments) {
    EXPECT_THROW(submit_sweep({}, slurm_), ConfigError);
    EXPECT_THROW(submit_sweep({file(), "another.toml"}, slurm_), ConfigError);
    EXPECT_THROW(submit_sweep({file(), "--dryrun"}, slurm_), ConfigError);
    EXPECT_THROW(submit_sweep({file(), "--in"}, slurm_), ConfigError);
    for (const char* tasks : {"0", "-2", "x", "3x", "1001"}) {
        EXPECT_THROW(submit_sweep({file(), "--array", tasks}, slurm_), ConfigError) << tasks;
    }
    EXPECT_THROW(submit_sweep({(folder_ / "absent.toml").string()}, slurm_), IoError);
    EXPECT_EQ(slurm_.script, "");
}

}  // namespace
}  // namespace overtake
