// How fast the sums between hosts are: the fixed-order tree and the polled all-reduce against MPI's own blocking one.
//
//   mpirun -n 2 collectives_bench
// Bus bandwidth in GB/s = bytes * 2 (W-1)/W / seconds, the slowest rank's best round (a shared machine disturbs the others).
#include <algorithm>
#include <chrono>
#include <functional>
#include <iomanip>
#include <iostream>
#include <vector>

#include <mpi.h>

#include "cluster/comm/mpi_environment.hpp"
#include "cluster/comm/process_group.hpp"

namespace {

using overtake::ProcessGroup;

double best_seconds(const ProcessGroup& world, std::size_t rounds, const std::function<void()>& sum) {
    std::vector<double> seconds;
    for (std::size_t round = 0; round < rounds; ++round) {
        overtake::barrier(world);
        const auto start = std::chrono::steady_clock::now();
        sum();
        seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    std::vector<double> slowest{*std::min_element(seconds.begin(), seconds.end())};
    overtake::all_reduce_max(world, slowest);
    return slowest[0];
}

}  // namespace

int main(int argc, char** argv) {
    overtake::MpiEnvironment environment(argc, argv);
    const ProcessGroup world = ProcessGroup::world();
    const double share = 2.0 * (world.size() - 1) / world.size();
    if (world.rank() == 0) {
        std::cout << world.size() << " ranks on " << overtake::MpiEnvironment::host() << ", bus bandwidth in GB/s\n"
                  << "     bytes   tree sum   all-reduce   MPI_Allreduce\n";
    }
    for (std::size_t bytes = 1024; bytes <= std::size_t{64} << 20; bytes *= 4) {
        std::vector<float> data(bytes / sizeof(float), 0.0F);
        std::vector<float> scratch(data.size());
        const std::size_t rounds = std::clamp<std::size_t>((std::size_t{32} << 20) / bytes, 15, 501);
        const std::vector<double> seconds{
            best_seconds(world, rounds, [&] { all_reduce_tree(world, data, scratch); }),
            best_seconds(world, rounds, [&] { all_reduce_sum(world, std::span<float>(data)); }),
            best_seconds(world, rounds, [&] {
                overtake::check_mpi(MPI_Allreduce(MPI_IN_PLACE, data.data(), static_cast<int>(data.size()), MPI_FLOAT,
                                                  MPI_SUM, MPI_COMM_WORLD),
                                    "MPI_Allreduce");
            })};
        if (world.rank() == 0) {
            std::cout << std::setw(10) << bytes << std::fixed << std::setprecision(3);
            for (const double time : seconds) {
                std::cout << std::setw(12) << share * static_cast<double>(bytes) / time / 1e9;
            }
            std::cout << std::endl;
        }
    }
    return 0;
}
