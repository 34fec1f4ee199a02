// A stage whose team reduces through DeviceGroup: on pretended devices, or on the GPUs that are there, through the NCCL stand-in.
#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>

#include "cluster/comm/stand_ins/nccl_stand_in.hpp"
#include "runner/device.hpp"
#include "runner/team_test_sweep.hpp"
#include "sweeps/results/record_file.hpp"

namespace overtake {
namespace {

#ifdef OVERTAKE_WITH_CUDA
constexpr double tolerance_nats = 1e-3;
at::Device device_of(int rank) { return pick_device(Device::cuda, rank); }
int ordinal_of(at::Device device) { return device.index(); }
#else
// Pretended devices have the CPU's arithmetic, so the tree must give the CPU's bits.
constexpr double tolerance_nats = 0;
at::Device device_of(int) { return at::kCPU; }
int ordinal_of(at::Device) { return ProcessGroup::world().rank(); }
#endif

/// Largest difference [nats per token] between two runs in any point of a curve and any held-out loss.
double largest_difference(const SweepRun& a, const SweepRun& b) {
    double largest = 0;
    std::size_t points = 0;
    for (const Stage& stage : a.forest.stages) {
        const auto x = read_record(a.folder, stage.id), y = read_record(b.folder, stage.id);
        if (!x || !y || x->curve.size() != y->curve.size() || x->evaluations.size() != y->evaluations.size()) {
            return INFINITY;
        }
        points += x->curve.size();
        for (std::size_t i = 0; i < x->curve.size(); ++i) {
            largest = std::max<double>(largest, std::abs(x->curve[i].train_loss - y->curve[i].train_loss));
        }
        for (std::size_t i = 0; i < x->evaluations.size(); ++i) {
            largest = std::max(largest, std::abs(x->evaluations[i].loss - y->evaluations[i].loss));
        }
    }
    return points == SweepRun::steps / 10 ? largest : INFINITY;
}

/// The parameter: is the sum a tree (deterministic), or one all-reduce?
class DeviceTeam : public testing::TestWithParam<bool> {
  protected:
    void SetUp() override {
        setenv("OVERTAKE_SHARED_GPU_OK", "1", 1);
        try {
            device_ = device_of(world_.rank());
        } catch (const std::exception& error) {
            GTEST_SKIP() << error.what();
        }
    }

    static SweepRun prepare(const std::string& name) {
        const std::string tree = GetParam() ? "true" : "false";
        return SweepRun::prepare(name + tree, "deterministic = " + tree);
    }

    const ProcessGroup world_ = ProcessGroup::world();
    at::Device device_ = at::kCPU;
};

TEST_P(DeviceTeam, learns_as_one_cpu_does) {
    const SweepRun alone = prepare("alone");
    if (world_.rank() == 0) {
        alone.go(SweepRun::team_of(1), at::kCPU);
    }
    barrier(world_);
    for (int width = 2; width <= world_.size(); width *= 2) {
        const SweepRun together = prepare("width" + std::to_string(width));
        if (world_.rank() < width) {
            Team team = SweepRun::team_of(width);
            team.device_group = DeviceGroup(team.group, ordinal_of(device_));
            const std::int64_t before = floats_moved_by_stand_in();
            together.go(team, device_);
            EXPECT_GT(floats_moved_by_stand_in() - before, SweepRun::steps * 1000) << "gradients did not pass through the devices";
        }
        barrier(world_);
        EXPECT_LE(largest_difference(alone, together), GetParam() ? tolerance_nats : 1e-3) << "width " << width;
    }
}

INSTANTIATE_TEST_SUITE_P(Sums, DeviceTeam, testing::Values(true, false),
                         [](const auto& tree) { return tree.param ? "tree" : "all_reduce"; });

}  // namespace
}  // namespace overtake
