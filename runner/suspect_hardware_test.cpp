// Numbers that go wrong while a stage runs, as memory and processors that can't be trusted make them: the stage fails by name, with the host, or
// is a result where the same numbers come again. The wrong ones are put into the operations of LibTorch, through its observers.
#include <ATen/record_function.h>

#include <bit>
#include <limits>
#include <string_view>

#include <gtest/gtest.h>

#include "cluster/comm/mpi_environment.hpp"
#include "runner/team_test_sweep.hpp"
#include "sweeps/results/record_file.hpp"
#include "sweeps/results/state_file.hpp"

namespace overtake {
namespace {

enum class Wrong { input_bit, input_nan, output_nan };

struct Fault {
    int rank = 1;
    std::int64_t after_norms = 0;   // steps whose gradient norm has been taken
    std::string_view operation;     // the first of this name after that, of at least so many numbers
    std::int64_t numbers = 1;
    Wrong wrong = Wrong::input_bit;
    bool lasts = false;             // all later ones too
};

/// While it lives, operations of this thread go wrong as told. One at a time.
class FaultyOperations {
  public:
    explicit FaultyOperations(const Fault& fault) : handle_(at::addThreadLocalCallback(at::RecordFunctionCallback(before, after).needsInputs(true).needsOutputs(true))) {
        fault_ = fault;
        norms_ = times_ = 0;
    }
    ~FaultyOperations() { at::removeCallback(handle_); }
    FaultyOperations(const FaultyOperations&) = delete;

    static int times() { return times_; }

  private:
    static bool is_due(const at::RecordFunction& operation) {
        return norms_ >= fault_.after_norms && operation.name() == fault_.operation && (times_ == 0 || fault_.lasts);
    }
    static void spoil(const at::IValue& value) {
        const at::Tensor tensor = value.isTensor() ? value.toTensor() : value.toTensorVector().front();
        if (tensor.numel() < fault_.numbers) {
            return;
        }
        auto* const numbers = static_cast<float*>(tensor.mutable_data_ptr());
        if (fault_.wrong == Wrong::input_bit) {
            numbers[0] = std::bit_cast<float>(std::bit_cast<std::uint32_t>(numbers[0]) ^ 1U);
        } else {
            numbers[0] = std::numeric_limits<float>::quiet_NaN();
        }
        ++times_;
    }
    static std::unique_ptr<at::ObserverContext> before(const at::RecordFunction& operation) {
        if (fault_.wrong != Wrong::output_nan && is_due(operation)) {
            spoil(operation.inputs()[0]);
        }
        return nullptr;
    }
    static void after(const at::RecordFunction& operation, at::ObserverContext*) {
        if (fault_.wrong == Wrong::output_nan && is_due(operation)) {
            spoil(operation.outputs()[0]);
        }
        norms_ += operation.name() == std::string_view("aten::linalg_vector_norm") ? 1 : 0;
    }

    static inline Fault fault_;
    static inline std::int64_t norms_ = 0;
    static inline int times_ = 0;
    at::CallbackHandle handle_;
};

/// Right until step 54 of 200 is over; what goes wrong in step 55 is seen after the logging interval's last, 60.
constexpr std::int64_t steps_before = 54;

class SuspectHardware : public testing::Test {
  protected:
    /// Trains on the first `width` ranks, one of them faulty. What came of it, on those; its reason is what is recorded too.
    std::optional<StageResult> train(int width, const Fault& fault, const std::string& settings = "") {
        const SweepRun run = SweepRun::prepare("suspect" + std::to_string(runs++), settings);
        const Stage& stage = run.forest.stages.front();
        std::optional<StageResult> result;
        const int rank = ProcessGroup::world().rank();
        if (rank < width) {
            std::optional<FaultyOperations> faulty;
            if (rank == fault.rank) {
                faulty.emplace(fault);
            }
            result = run_stage({.folder = run.folder, .specification = run.specification, .forest = run.forest, .stage = stage, .team = SweepRun::team_of(width),
                                .device = at::kCPU, .stop_asked = {}, .report = {}});
            EXPECT_TRUE(rank != fault.rank || (FaultyOperations::times() > 0 && (FaultyOperations::times() > 1) == fault.lasts)) << FaultyOperations::times();
        }
        barrier(ProcessGroup::world());
        if (result) {
            const std::optional<StageRecord> record = read_record(run.folder, stage.id);
            EXPECT_EQ(record ? record->reason : "no record", result->reason);
            EXPECT_TRUE(record && record->status == (result->outcome == StageOutcome::failed ? StageStatus::failed : StageStatus::diverged));
            EXPECT_FALSE(read_state(run.folder, stage.id)) << "nothing of what went wrong is kept";
        }
        return result;
    }

    /// "rank 0 of the team on HOST, rank 1 ..."
    static std::string named(const std::vector<int>& ranks) {
        std::string words;
        for (const int rank : ranks) {
            words += (words.empty() ? "rank " : ", rank ") + std::to_string(rank) + " of the team on " + MpiEnvironment::host();
        }
        return words;
    }

    static void expect_failure(const std::optional<StageResult>& result, const std::string& reason) {
        if (result) {
            EXPECT_EQ(result->outcome, StageOutcome::failed);
            EXPECT_EQ(result->reason, reason);
        }
    }

    static inline int runs = 0;
    const std::string unlike = "suspect hardware: replicas that must be equal differ; ", seen = ", found after step 60",
                      bad = "loss or gradient is not finite at step 55", other = "suspect hardware: " + bad + ", and other numbers came when it was repeated from the same memory; ";
};

TEST_F(SuspectHardware, a_bit_of_a_weight_that_flips_in_one_replica) {
    const Fault flip{.rank = 1, .after_norms = steps_before + 1, .operation = "aten::_fused_adamw_", .wrong = Wrong::input_bit};
    expect_failure(train(2, flip), unlike + named({0, 1}) + seen);  // of two nobody knows which
    Fault in_four = flip;
    in_four.rank = 2;
    expect_failure(train(4, in_four), unlike + named({2}) + seen);
}

TEST_F(SuspectHardware, a_loss_that_is_not_finite_once) {
    const Fault once{.rank = 1, .after_norms = steps_before, .operation = "aten::embedding", .wrong = Wrong::output_nan};
    expect_failure(train(2, once), other + named({1}));
    Fault alone = once;
    alone.rank = 0;
    expect_failure(train(1, alone), other + named({0}));
}

TEST_F(SuspectHardware, a_gradient_that_is_not_finite_once_beside_a_right_loss) {
    const Fault once{.rank = 1, .after_norms = steps_before, .operation = "aten::add_", .numbers = 1024, .wrong = Wrong::input_nan};
    expect_failure(train(2, once), other + named({0, 1}));  // whose gradient it was is lost in the sum
}

TEST_F(SuspectHardware, a_sum_of_gradients_that_is_not_finite_on_one_rank_alone) {
    const Fault once{.rank = 1, .after_norms = steps_before, .operation = "aten::linalg_vector_norm", .wrong = Wrong::input_nan};
    expect_failure(train(2, once), unlike + named({0, 1}) + seen);
    Fault in_four = once;
    in_four.rank = 3;
    expect_failure(train(4, in_four), unlike + named({3}) + seen);
}

TEST_F(SuspectHardware, is_not_what_gives_the_same_numbers_again) {
    const Fault always{.rank = 1, .after_norms = steps_before, .operation = "aten::embedding", .wrong = Wrong::output_nan, .lasts = true};
    Fault once = always;
    once.lasts = false;
    for (const auto& result : {train(2, always), train(2, once, "deterministic = false")}) {
        if (result) {
            EXPECT_EQ(result->outcome, StageOutcome::diverged);
            EXPECT_EQ(result->reason, bad);
        }
    }
}

}  // namespace
}  // namespace overtake
