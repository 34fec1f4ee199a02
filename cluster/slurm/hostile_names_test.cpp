// Names that strangers chose reach programs as they are and never a shell; in a batch script they are one quoted word or refused.
#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "cluster/slurm/batch_script.hpp"
#include "cluster/slurm/command_runner.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/hostile_names.hpp"

namespace overtake {
namespace {

const std::vector<std::string>& names() {
    static const std::vector<std::string> all = hostile_names(500);
    return all;
}

TEST(HostileNames, AreOneArgumentEach) {
    ProcessRunner runner;
    for (const std::string& name : names()) {
        if (name.find('\0') != std::string::npos) {
            EXPECT_THROW(runner.run({"printf", "%s", name}, ""), IoError);
            continue;
        }
        EXPECT_EQ(runner.run({"printf", "%s", name}, ""), (CommandResult{0, name, ""}));
    }
    EXPECT_FALSE(std::filesystem::exists("canary"));
}

TEST(HostileNames, AreOneWordOfAShell) {
    ProcessRunner runner;
    for (const std::string& name : names()) {
        if (name.find('\0') == std::string::npos) {
            EXPECT_EQ(runner.run({"sh", "-c", "printf %s " + quoted_for_shell(name)}, ""), (CommandResult{0, name, ""}));
        }
    }
    EXPECT_FALSE(std::filesystem::exists("canary"));
}

TEST(HostileNames, AddNoLineToABatchScript) {
    BatchRequest plain;
    plain.sweep = "a";
    plain.executable = "/opt/overtake";
    plain.specification = "/home/ada/a.toml";
    plain.folder = plain.work_folder = "/home/ada";
    plain.slurm.partition = plain.slurm.account = plain.slurm.qos = plain.slurm.constraint = plain.slurm.job_name = "a";
    const auto lines = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
    const std::ptrdiff_t wanted = lines(render_batch_script(plain));
    std::size_t rendered = 0;
    for (const std::string& name : names()) {
        for (std::string SlurmSection::*field : {&SlurmSection::partition, &SlurmSection::account, &SlurmSection::qos, &SlurmSection::constraint, &SlurmSection::job_name}) {
            BatchRequest request = plain;
            request.slurm.*field = name;
            try {
                const std::string script = render_batch_script(request);
                EXPECT_EQ(script.find_first_of("`$\x1b"), std::string::npos) << script;
                EXPECT_LE(lines(script), wanted);  // an empty one has no line
                ++rendered;
            } catch (const ConfigError&) {
            }
        }
        for (std::filesystem::path BatchRequest::*field : {&BatchRequest::folder, &BatchRequest::work_folder}) {
            BatchRequest request = plain;
            request.*field = "/home/ada/" + name;
            try {
                EXPECT_EQ(lines(render_batch_script(request)), wanted);
            } catch (const ConfigError&) {
            }
        }
    }
    EXPECT_LT(rendered, 500u);  // of 2,500
}

}  // namespace
}  // namespace overtake
