#include "runner/stage_fault.hpp"

#include <gtest/gtest.h>

#include "sweeps/unfit_data.hpp"

namespace overtake {
namespace {

TEST(StageFault, accuses_the_place_for_files_and_accelerators_but_not_for_memory_and_wrong_programs) {
    EXPECT_TRUE(accuses_the_place(IoError("cannot read 'tokens.0' (Stale file handle)")));
    EXPECT_TRUE(accuses_the_place(StageFault("a peer", Blame::place_of_others)));
    EXPECT_FALSE(accuses_the_place(StageFault("one alone", Blame::unknown)));
    EXPECT_FALSE(accuses_the_place(UnfitData("cannot evaluate at length 4096 (held-out blocks have 512 tokens)")));
    EXPECT_TRUE(accuses_the_place(std::runtime_error("CUDA error: an illegal memory access was encountered\nException raised from ...")));
    EXPECT_TRUE(accuses_the_place(std::runtime_error("CUDA error: uncorrectable ECC error encountered")));
    EXPECT_TRUE(accuses_the_place(std::runtime_error("NCCL: unhandled system error")));
    EXPECT_TRUE(accuses_the_place(std::runtime_error("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm`")));
    EXPECT_FALSE(accuses_the_place(std::runtime_error("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")));
    EXPECT_FALSE(accuses_the_place(std::runtime_error("CUDA error: out of memory")));
    EXPECT_FALSE(accuses_the_place(std::bad_alloc()));
    EXPECT_FALSE(accuses_the_place(std::invalid_argument("shapes differ")));
}

}  // namespace
}  // namespace overtake
