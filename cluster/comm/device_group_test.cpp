// The device path at widths 1, 2 and 4 over the NCCL stand-in: on pretended devices, or on one GPU shared by all ranks.
#include "cluster/comm/device_group.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <cuda_runtime_api.h>

#include "cluster/comm/gpu_placement.hpp"
#include "cluster/comm/site_probe.hpp"

namespace overtake {
namespace {

class DeviceMemory {
  public:
    explicit DeviceMemory(const std::vector<float>& values) : count_(values.size()) {
        void* memory = nullptr;
        expect(cudaMalloc(&memory, bytes() + 1));
        data_ = static_cast<float*>(memory);
        expect(cudaMemcpy(data_, values.data(), bytes(), cudaMemcpyHostToDevice));
    }
    DeviceMemory(const DeviceMemory&) = delete;
    ~DeviceMemory() { cudaFree(data_); }
    float* data() { return data_; }
    std::vector<float> values() const {
        std::vector<float> result(count_);
        expect(cudaStreamSynchronize(nullptr));
        expect(cudaMemcpy(result.data(), data_, bytes(), cudaMemcpyDeviceToHost));
        return result;
    }

  private:
    static void expect(cudaError_t code) {
        if (code != cudaSuccess) {
            throw std::runtime_error(cudaGetErrorString(code));
        }
    }
    std::size_t bytes() const { return count_ * sizeof(float); }
    float* data_ = nullptr;
    std::size_t count_;
};

/// Where there are fewer devices than ranks they share, as the stand-in allows.
class DeviceGroupTest : public testing::Test {
  protected:
    void SetUp() override {
        int devices = 0;
        if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
            GTEST_SKIP() << "no GPU";
        }
        device_ = world_.rank() % devices;
        setenv("OVERTAKE_SHARED_GPU_OK", devices < world_.size() ? "1" : "0", 1);
    }
    ProcessGroup world_ = ProcessGroup::world();
    int device_ = 0;
};

std::vector<float> values_of(int rank, std::size_t count) {
    std::mt19937 engine(static_cast<unsigned>(rank) + 7U);
    std::normal_distribution<float> normal(0.0F, 100.0F);
    std::vector<float> values(count);
    for (float& value : values) {
        value = normal(engine);
    }
    return values;
}

TEST_F(DeviceGroupTest, empty_is_the_serial_program) {
    const DeviceGroup alone;
    EXPECT_EQ(alone.rank(), 0);
    EXPECT_EQ(alone.size(), 1);
    EXPECT_EQ(DeviceGroup(ProcessGroup(), device_).state(), nullptr);
    DeviceMemory data({1.0F, 2.0F});
    all_reduce_sum(alone, data.data(), 2, nullptr);
    all_reduce_tree(alone, data.data(), nullptr, 2, nullptr);
    EXPECT_EQ(data.values(), (std::vector<float>{1.0F, 2.0F}));
}

TEST_F(DeviceGroupTest, knows_its_ranks_and_sums) {
    const DeviceGroup group(world_, device_);
    EXPECT_EQ(group.rank(), world_.rank());
    EXPECT_EQ(group.size(), world_.size());
    DeviceMemory data({float(world_.rank()), 1.0F});
    all_reduce_sum(group, data.data(), 2, nullptr);
    EXPECT_EQ(data.values(), (std::vector<float>{float(world_.size() * (world_.size() - 1) / 2), float(world_.size())}));
}

TEST_F(DeviceGroupTest, tree_has_the_bits_of_the_host) {
    const DeviceGroup group(world_, device_);
    for (const std::size_t count : {0, 1, 2048, 2049, 250001}) {
        std::vector<float> host = values_of(world_.rank(), count);
        DeviceMemory device(host);
        DeviceMemory device_scratch(host);
        std::vector<float> scratch(count);
        all_reduce_tree(world_, host, scratch);
        all_reduce_tree(group, device.data(), device_scratch.data(), count, nullptr);
        const std::vector<float> result = device.values();
        EXPECT_TRUE(count == 0 || std::memcmp(result.data(), host.data(), count * sizeof(float)) == 0) << count;
    }
}

TEST_F(DeviceGroupTest, is_proved_right_and_its_place_is_told) {
    EXPECT_EQ(check_device_sums(world_, device_), "");
    const DeviceProbe probe = probe_devices(device_);
    EXPECT_TRUE(probe.with_cuda);
    EXPECT_GT(probe.devices, 0);
    EXPECT_GE(probe.driver, probe.runtime);
    EXPECT_GT(probe.runtime, 0);
    EXPECT_EQ(probe.nccl, 0) << "what the stand-in calls itself";
    EXPECT_NE(probe.device.find(":"), std::string::npos);
}

TEST_F(DeviceGroupTest, teams_of_neighbours_come_and_go) {
    const int first = world_.rank() / 2 * 2;
    std::vector<int> pair{first};
    if (first + 1 < world_.size()) {
        pair.push_back(first + 1);
    }
    for (int round = 0; round < 10; ++round) {
        const ProcessGroup hosts = world_.subgroup(pair, 40 + first);
        const DeviceGroup group(hosts, device_);
        DeviceMemory data({float(world_.rank())});
        all_reduce_sum(group, data.data(), 1, nullptr);
        EXPECT_EQ(data.values()[0], pair.size() == 2 ? float(2 * first + 1) : float(first));
    }
}

TEST_F(DeviceGroupTest, refuses_a_shared_gpu_in_words_on_every_rank) {
    setenv("OVERTAKE_SHARED_GPU_OK", "0", 1);
    if (world_.size() == 1) {
        return;
    }
    try {
        DeviceGroup(world_, 0);
        FAIL() << "two ranks on one GPU were accepted";
    } catch (const std::runtime_error& error) {
        EXPECT_EQ(std::string(error.what()).find("ranks 0 and 1 of a team share GPU 0000:"), 0) << error.what();
    }
    setenv("OVERTAKE_SHARED_GPU_OK", "1", 1);
    EXPECT_EQ(DeviceGroup(world_, 0).size(), world_.size());
}

TEST_F(DeviceGroupTest, carries_the_words_of_nccl) {
    if (world_.size() == 1) {
        return;
    }
    const DeviceGroup group(world_, device_);
    try {
        all_reduce_sum(group, nullptr, std::size_t{1} << 40, nullptr);
        FAIL() << "the stand-in took 2^40 floats";
    } catch (const NcclError& error) {
        EXPECT_STREQ(error.what(), "ncclAllReduce (the stand-in knows up to 2^31 - 1 floats): invalid argument");
    }
}

TEST(GpuPlacement, finds_the_first_pair_and_names_it) {
    const std::vector<GpuPlace> apart{make_gpu_place("a", "1", "0000:01:00.0"), make_gpu_place("b", "2", "0000:01:00.0"),
                                      make_gpu_place("a", "1", "0000:02:00.0")};
    EXPECT_EQ(shared_gpu(apart), std::nullopt);
    std::vector<GpuPlace> shared = apart;
    shared.push_back(make_gpu_place("another-container", "2", "0000:01:00.0"));
    EXPECT_EQ(shared_gpu(shared),
              "ranks 1 and 3 of a team share GPU 0000:01:00.0 on host 'another-container' (NCCL needs one GPU for each "
              "rank); start fewer ranks per host, or set cluster.max_width = 1");
    EXPECT_EQ(std::string(make_gpu_place(std::string(200, 'x'), "", "").host.data()), std::string(127, 'x'));
}

}  // namespace
}  // namespace overtake
