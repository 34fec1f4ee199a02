#include "cluster/launch/doctor.hpp"

#include <algorithm>
#include <iostream>

#include "cluster/launch/command_line.hpp"
#include "cluster/launch/gather_site_facts.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

int doctor_verb(const std::vector<std::string>& arguments) {
    CLI::App app("Try out where a sweep shall run: folder, launcher, MPI, GPUs. Within an allocation of Slurm it asks that one's nodes.", "overtake doctor");
    std::string sweep, folder, mpirun;
    std::int64_t ranks = 0;
    bool srun = false, nccl = false;
    app.add_option("sweep", sweep, "a TOML file, or a sweep folder")->required();
    app.add_option("--in", folder, "sweep folder (default: sweep-<name>)");
    app.add_option("--ranks", ranks, "MPI ranks (default: the sweep's)")->check(CLI::PositiveNumber);
    app.add_flag("--srun", srun, "start with srun --mpi=pmix (default inside a Slurm job)");
    app.add_option("--mpirun", mpirun, "start with this mpirun");
    app.add_flag("--nccl", nccl, "prove that NCCL's sums over these GPUs are right");
    if (const auto over = read_arguments(app, arguments)) {
        return *over;
    }
    SweepView view = look_at_sweep(sweep, folder);
    view.folder.root = std::filesystem::absolute(view.folder.root).lexically_normal();
    LaunchSettings launch = settings_from_here();
    launch.train = train_program();
    launch.folder = view.folder.root;
    launch.ranks = ranks > 0 ? ranks : view.specification.cluster.ranks;
    for (const TrialConfig& trial : view.specification.trials) {
        launch.threads = std::max(launch.threads, trial.training.threads);
        launch.gpus = launch.gpus || trial.training.device == Device::cuda;
    }
    launch.srun = (launch.srun || srun) && mpirun.empty();
    launch.mpirun = mpirun.empty() ? launch.mpirun : mpirun;
    const SiteFacts facts = gather_site_facts(view, launch, nccl);
    const std::vector<Finding> findings = diagnose(facts);
    for (const Finding& finding : findings) {
        std::cout << (finding.severe ? "wrong     " : "doubtful  ") << finding.what << "\n          cure: " << finding.cure << '\n';
    }
    if (findings.empty()) {
        std::cout << "nothing is wrong: " << facts.ranks.size() << (facts.ranks.size() == 1 ? " rank" : " ranks") << " by " << (facts.srun ? "srun" : "mpirun") << ", "
                  << (facts.ranks.empty() ? "" : facts.ranks.front().mpi) << ", HDF5 " << facts.hdf5 << (!nccl ? "" : sums_are_proven(facts) ? ", NCCL's sums are right" : ", NCCL's sums are not needed (max_width = 1)") << '\n';
    }
    const bool severe = std::any_of(findings.begin(), findings.end(), [](const Finding& finding) { return finding.severe; });
    return severe ? exit_code::unexpected : exit_code::done;
}

}  // namespace overtake
