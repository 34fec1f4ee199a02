// A whole run with shell scripts in the place of mpirun and overtake-train: who is told to leave while the sweep is tuned leaves.
#include "cluster/launch/run.hpp"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "cluster/launch/cancel.hpp"
#include "cluster/launch/lock.hpp"
#include "cluster/launch/process.hpp"
#include "cluster/launch/tune.hpp"
#include "cluster/slurm/fake_slurm.hpp"
#include "sweeps/data_manifest.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {
namespace {

class RunOnFakes : public testing::Test {
  protected:
    RunOnFakes() : root(std::filesystem::temp_directory_path() / ("run_test_" + std::to_string(getpid()))), folder{root / "sweep"} {
        std::filesystem::remove_all(root);
        std::filesystem::create_directories(root);
        request.sweep = root / "tuned.toml";
        request.folder = folder.root;
        request.mpirun = (root / "mpirun").string();
        request.train = root / "overtake-train";
        request.overtake = "/bin/true";
        request.quiet = true;
        std::ofstream(request.sweep) << "[sweep]\nname = \"tuned\"\n[data]\ncorpus = \"synthetic\"\nfolder = \"" << (root / "data").string() << R"("
[training]
batch_tokens = 1024
[evaluation]
lengths = [32]
tokens = 1024
[tune]
size = ["1x16"]
tokens = "20x"
learning_rate_multipliers = [0.5, 1, 2]
[grid]
size = "1x16"
tokens = [102400]
train_length = 32
position = ["rope", "kerple-log"]
)";
        const SweepView view = look_at_sweep(request.sweep, folder.root);
        DataManifest manifest;
        manifest.digest = "0123456789abcdef";
        manifest.train_tokens = 100'000'000;
        manifest.heldout_tokens = 1'000'000;
        manifest.vocabulary = 256;
        write_data_manifest(view.specification.trials.front().data, manifest);
        script("mpirun", "while [ \"${1%overtake-train}\" = \"$1\" ]; do shift; done\nexec \"$@\"\n");
    }
    ~RunOnFakes() override { std::filesystem::remove_all(root); }

    void script(const std::string& name, const std::string& body) const {
        std::ofstream(root / name) << "#!/bin/sh\n" << body;
        std::filesystem::permissions(root / name, std::filesystem::perms::owner_all);
    }

    /// Without tuning.
    void plain_sweep() {
        std::ifstream tuned(request.sweep);
        std::ostringstream text;
        text << tuned.rdbuf();
        const std::string all = text.str();
        request.sweep = root / "plain.toml";
        std::ofstream(request.sweep) << all.substr(0, all.find("[tune]")) << all.substr(all.find("[grid]"));
    }

    std::vector<std::string> cancel_when_there(const std::filesystem::path& file) const {
        while (!std::filesystem::exists(file)) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        FakeSlurm slurm({});
        return cancel_sweep(folder, false, slurm);
    }

    std::filesystem::path root;
    SweepFolder folder;
    RunRequest request;
};

using RunOfTunedSweep = RunOnFakes;

TEST_F(RunOfTunedSweep, cancelled_in_a_round_stops_the_round) {
    script("overtake-train", R"(
echo "$1" >> ")" + (root / "launches").string() + R"("
for i in $(seq 250); do [ -e "$1/stop" ] && break; sleep 0.02; done
[ -e "$1/stop" ] || exit 2
printf '{"finished": false, "stopped": true, "stages_done": 0, "stages_failed": 0}\n' > "$1/outcome.json"
)");
    std::vector<std::string> told;
    std::thread canceller([&] { told = cancel_when_there(root / "launches"); });
    EXPECT_EQ(run_sweep(request), exit_code::resumable);
    canceller.join();
    EXPECT_EQ(told.size(), 1u);
    std::ifstream launches(root / "launches");
    std::string where;
    std::getline(launches, where);
    EXPECT_EQ(where, tuning_folder(folder).root.string());
    EXPECT_FALSE(std::getline(launches, where)) << "nothing after it";
    EXPECT_FALSE(std::filesystem::exists(folder.stop()));
    EXPECT_FALSE(std::filesystem::exists(tuning_folder(folder).stop()));
}

TEST_F(RunOfTunedSweep, cancelled_between_two_programs_starts_no_further_one) {
    script("overtake-train", "echo x >> '" + (root / "launches").string() + "'\nexit 2\n");
    // A launcher that a dead supervisor of the round left behind keeps the next one waiting: nobody holds the round's lock.
    ProcessRequest left;
    left.arguments = {"/bin/sh", "-c", "trap 'kill $!; exit' TERM; sleep 60 & wait; wait", "overtake-train", tuning_folder(folder).root.string()};
    left.own_group = true;
    ChildProcess leftover = ChildProcess::start(left);
    LockOwner dead;
    dead.host = host_name();
    dead.pid_start = 1;
    dead.launcher = leftover.pid();
    dead.launcher_start = process_start_time(leftover.pid()).value();
    dead.token = "dead";
    write_aside(folder.specification(), "");  // a sweep folder
    write_aside(folder.stop(), "left by a run that died\n");
    write_aside(tuning_folder(folder).lock(), to_json_text(dead));
    request.patience = std::chrono::milliseconds(500);
    std::vector<std::string> told;
    std::thread canceller([&] {
        while (std::filesystem::exists(folder.stop())) {  // until the run has the lock
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        told = cancel_when_there(folder.lock());
    });
    EXPECT_EQ(run_sweep(request), exit_code::resumable);
    canceller.join();
    EXPECT_EQ(told.size(), 1u);
    EXPECT_FALSE(std::filesystem::exists(root / "launches"));
    EXPECT_FALSE(std::filesystem::exists(folder.stop())) << "obeyed";
}

using RunInJob = RunOnFakes;

TEST_F(RunInJob, goes_back_into_the_queue_although_no_results_can_be_assembled) {
    plain_sweep();
    script("overtake-train", R"(printf '{"finished": false, "stopped": true, "stages_done": 0, "stages_failed": 0}\n' > "$1/outcome.9.0.json")");
    std::filesystem::create_directories(folder.stages());
    std::filesystem::create_directories(folder.results() / "in the way");
    FakeSlurm slurm({{0, "JobId=9 JobState=RUNNING Reason=None Requeue=1 Restarts=0\n", ""}, {0, "", ""}});
    request.slurm = &slurm;
    request.batch = true;
    request.job = SlurmJob{.id = "9", .end = unix_seconds() + 3600};
    EXPECT_EQ(run_sweep(request), exit_code::resumable);
    EXPECT_EQ(slurm.calls, (std::vector<std::string>{"scontrol show job -o 9", "scontrol requeue 9"}));
    std::ostringstream log;
    log << std::ifstream(folder.log()).rdbuf();
    EXPECT_NE(log.str().find("cannot assemble results.h5"), std::string::npos) << log.str();
}

TEST_F(RunInJob, that_is_done_but_for_its_results_is_no_success) {
    plain_sweep();
    script("overtake-train", R"(printf '{"finished": true, "stopped": false, "stages_done": 0, "stages_failed": 0}\n' > "$1/outcome.json")");
    std::filesystem::create_directories(folder.stages());
    std::filesystem::create_directories(folder.results() / "in the way");
    EXPECT_EQ(run_sweep(request), exit_code::unexpected);
}

}  // namespace
}  // namespace overtake
