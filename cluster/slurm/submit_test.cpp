#include "cluster/slurm/submit.hpp"

#include <gtest/gtest.h>

#include "sweeps/errors.hpp"

namespace overtake {
namespace {

class FakeSlurm final : public CommandRunner {
  public:
    explicit FakeSlurm(CommandResult answer) : answer_(std::move(answer)) {}
    CommandResult run(const std::vector<std::string>& arguments, std::string_view input) override {
        arguments_ = arguments;
        input_ = input;
        return answer_;
    }
    std::vector<std::string> arguments_;
    std::string input_;

  private:
    CommandResult answer_;
};

std::string refusal(const CommandResult& answer) {
    FakeSlurm slurm(answer);
    try {
        return "accepted as " + submit_batch_script(slurm, "#!/bin/bash\n");
    } catch (const IoError& error) {
        return error.what();
    }
}

TEST(Submit, hands_the_script_over_stdin_and_reads_the_id) {
    FakeSlurm slurm({0, "4711\n", ""});
    EXPECT_EQ(submit_batch_script(slurm, "#!/bin/bash\nexec true\n"), "4711");
    EXPECT_EQ(slurm.arguments_, (std::vector<std::string>{"sbatch", "--parsable"}));
    EXPECT_EQ(slurm.input_, "#!/bin/bash\nexec true\n");
    FakeSlurm federation({0, "12;west\n", "sbatch: a note\n"});
    EXPECT_EQ(submit_batch_script(federation, ""), "12");
}

TEST(Submit, passes_on_slurms_words) {
    EXPECT_EQ(refusal({1, "", "sbatch: error: invalid partition specified: gpu\n"}),
              "sbatch refused the job (exit code 1): sbatch: error: invalid partition specified: gpu; see the script "
              "with 'overtake submit --dry-run'");
    EXPECT_EQ(refusal({0, "Submitted batch job 7\n", ""}),
              "sbatch answered 'Submitted batch job 7' (must be a job's id); is another program called sbatch in PATH?");
    EXPECT_NE(refusal({0, "", ""}).find("sbatch answered ''"), std::string::npos);
}

TEST(ProcessRunner, passes_input_and_takes_both_outputs_and_the_code) {
    ProcessRunner runner;
    EXPECT_EQ(runner.run({"sh", "-c", "cat; echo words >&2; exit 7"}, "in\n"), (CommandResult{7, "in\n", "words\n"}));
    EXPECT_EQ(runner.run({"sh", "-c", "kill -9 $$"}, "").exit_code, 137);
    EXPECT_EQ(runner.run({"printf", "%s|", "a b", "$HOME"}, "").output, "a b|$HOME|");
}

// More than a pipe holds, in both directions and on both outputs at once.
TEST(ProcessRunner, neither_blocks_on_long_output_nor_on_unread_input) {
    ProcessRunner runner;
    const std::string input(1 << 20, 'x');
    const CommandResult echoed = runner.run({"sh", "-c", "tee /dev/stderr"}, input);
    EXPECT_TRUE(echoed.output == input && echoed.errors == input);
    EXPECT_EQ(runner.run({"true"}, input), (CommandResult{0, "", ""}));
}

TEST(ProcessRunner, says_which_program_is_missing) {
    ProcessRunner runner;
    try {
        runner.run({"no-such-program-here"}, "");
        FAIL() << "a missing program ran";
    } catch (const IoError& error) {
        EXPECT_STREQ(error.what(),
                     "cannot run 'no-such-program-here': posix_spawn: No such file or directory; is it installed and in PATH?");
    }
}

}  // namespace
}  // namespace overtake
