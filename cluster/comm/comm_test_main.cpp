// Runs the tests of cluster/comm on every rank; the program fails on all ranks if a test failed on one.
#include <gtest/gtest.h>

#include <iostream>

#include "cluster/comm/mpi_environment.hpp"
#include "cluster/comm/process_group.hpp"

namespace {

// What ranks other than 0 say: their failures only, each with the rank.
class FailuresOfRank final : public testing::EmptyTestEventListener {
  public:
    explicit FailuresOfRank(const overtake::ProcessGroup& world) : world_(world) {}
    // Asking for the current test while it reports would lock GoogleTest's mutex twice.
    void OnTestStart(const testing::TestInfo& test) override {
        test_ = std::string(test.test_suite_name()) + "." + test.name();
    }
    void OnTestPartResult(const testing::TestPartResult& result) override {
        if (result.failed()) {
            std::cerr << "rank " << world_.rank() << " of " << world_.size() << ": " << test_ << ": "
                      << result.file_name() << ':' << result.line_number() << ": " << result.message() << '\n';
        }
    }

  private:
    overtake::ProcessGroup world_;
    std::string test_;
};

}  // namespace

int main(int argc, char** argv) {
    overtake::MpiEnvironment environment(argc, argv);
    testing::InitGoogleTest(&argc, argv);
    const overtake::ProcessGroup world = overtake::ProcessGroup::world();
    if (world.rank() != 0) {
        testing::TestEventListeners& listeners = testing::UnitTest::GetInstance()->listeners();
        delete listeners.Release(listeners.default_result_printer());
        listeners.Append(new FailuresOfRank(world));
    }
    double failed_ranks = RUN_ALL_TESTS() == 0 ? 0 : 1;
    overtake::all_reduce_sum(world, std::span(&failed_ranks, 1));
    return failed_ranks > 0 ? 1 : 0;
}
