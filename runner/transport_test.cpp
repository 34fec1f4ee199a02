// Parcels between coordinator and workers, and what waiting for them costs.
#include "runner/transport.hpp"

#include <sys/resource.h>

#include <thread>

#include <gtest/gtest.h>

namespace overtake {
namespace {

double cpu_seconds() {
    rusage all{};
    getrusage(RUSAGE_SELF, &all);
    const auto seconds = [](const timeval& time) { return double(time.tv_sec) + 1e-6 * double(time.tv_usec); };
    return seconds(all.ru_utime) + seconds(all.ru_stime);
}

// Every rank says two things at once; rank 0 answers each with three.
TEST(Transport, parcels_arrive_whole_and_in_order) {
    const ProcessGroup group = ProcessGroup::world().duplicate();
    const WorkerEnd worker(group);
    worker.send(std::vector<ToCoordinator>{Ended{7, 1, StageOutcome::done, 100 + group.rank(), 1.0, "why"}, Ready{}});
    if (group.rank() == 0) {
        const CoordinatorEnd coordinator(group);
        std::vector<std::vector<ToCoordinator>> heard(static_cast<std::size_t>(group.size()));
        for (int left = 2 * group.size(); left > 0;) {
            const auto messages = coordinator.receive(std::chrono::milliseconds(10000));
            ASSERT_FALSE(messages.empty());
            for (const auto& [from, message] : messages) {
                heard[static_cast<std::size_t>(from)].push_back(message);
                --left;
            }
        }
        std::vector<Outgoing> answers;
        for (int rank = 0; rank < group.size(); ++rank) {
            const auto& said = heard[static_cast<std::size_t>(rank)];
            ASSERT_EQ(said.size(), 2u);
            EXPECT_EQ(std::get<Ended>(said[0]).step, 100 + rank);
            EXPECT_EQ(std::get<Ended>(said[0]).reason, "why");
            EXPECT_TRUE(std::holds_alternative<Ready>(said[1]));
        }
        for (const std::uint32_t stage : {1u, 2u}) {
            for (int rank = 0; rank < group.size(); ++rank) {
                answers.push_back({rank, Assign{stage, 1, {rank}}});
            }
        }
        for (int rank = 0; rank < group.size(); ++rank) {
            answers.push_back({rank, Leave{}});
        }
        coordinator.send(answers);
    }
    std::vector<ToWorker> orders;
    while (orders.size() < 3) {
        const auto more = worker.receive(std::chrono::milliseconds(10000));
        ASSERT_FALSE(more.empty());
        EXPECT_EQ(more.size(), 3u) << "they were one parcel";
        orders.insert(orders.end(), more.begin(), more.end());
    }
    EXPECT_EQ(std::get<Assign>(orders[0]).stage, 1u);
    EXPECT_EQ(std::get<Assign>(orders[1]).stage, 2u);
    EXPECT_EQ(std::get<Assign>(orders[1]).team, std::vector<std::int32_t>{group.rank()});
    EXPECT_TRUE(std::holds_alternative<Leave>(orders[2]));
    barrier(group);
}

// As in a sweep where nothing happens: workers wait, and on rank 0 the coordinator's thread beside them.
TEST(Transport, an_idle_rank_takes_less_than_a_hundredth_of_a_core) {
    const ProcessGroup group = ProcessGroup::world().duplicate();
    constexpr std::chrono::seconds span{10};
    barrier(group);
    const double before_s = cpu_seconds();
    const auto end = std::chrono::steady_clock::now() + span;
    const auto wait = [&](const auto& side, std::chrono::milliseconds timeout) {
        while (std::chrono::steady_clock::now() < end) {
            EXPECT_TRUE(side.receive(timeout).empty());
        }
    };
    std::thread coordinator;
    if (group.rank() == 0) {
        coordinator = std::thread([&] { wait(CoordinatorEnd(group), std::chrono::milliseconds(50)); });
    }
    wait(WorkerEnd(group), std::chrono::milliseconds(100));
    if (coordinator.joinable()) {
        coordinator.join();
    }
    const double share = (cpu_seconds() - before_s) / 10;
    EXPECT_LT(share, 0.01);
    RecordProperty("core_share", std::to_string(share));
    std::printf("rank %d: %.2f %% of a core\n", group.rank(), 100 * share);
    barrier(group);
}

}  // namespace
}  // namespace overtake
