#include "cluster/comm/process_group.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <thread>

#include "cluster/comm/mpi_environment.hpp"

namespace overtake {
namespace {

std::vector<float> leaves_of(int rank, std::size_t count) {
    std::mt19937 engine(static_cast<unsigned>(rank) * 1000U + static_cast<unsigned>(count % 997));
    std::normal_distribution<float> normal(0.0F, 1.0F);
    std::vector<float> values(count);
    for (float& value : values) {
        value = normal(engine) * std::exp(normal(engine) * 4.0F);
    }
    return values;
}

// The obvious version: pairs of neighbours, then pairs of pairs.
std::vector<float> serial_tree(int size, std::size_t count) {
    std::vector<std::vector<float>> level;
    for (int rank = 0; rank < size; ++rank) {
        level.push_back(leaves_of(rank, count));
    }
    while (level.size() > 1) {
        std::vector<std::vector<float>> next;
        for (std::size_t pair = 0; pair + 1 < level.size(); pair += 2) {
            next.push_back(level[pair]);
            for (std::size_t i = 0; i < count; ++i) {
                next.back()[i] = level[pair][i] + level[pair + 1][i];
            }
        }
        level = next;
    }
    return level.front();
}

std::vector<std::byte> bytes_of(std::string_view text) {
    const auto* begin = reinterpret_cast<const std::byte*>(text.data());
    return {begin, begin + text.size()};
}

struct Usage {
    double seconds = 0;
    long sleeps = 0;  // voluntary context switches
};

Usage usage() {
    rusage all{};
    getrusage(RUSAGE_SELF, &all);
    const auto seconds = [](const timeval& time) { return double(time.tv_sec) + 1e-6 * double(time.tv_usec); };
    return {seconds(all.ru_utime) + seconds(all.ru_stime), all.ru_nvcsw};
}

TEST(ProcessGroup, empty_is_the_serial_program) {
    const ProcessGroup alone;
    EXPECT_EQ(alone.rank(), 0);
    EXPECT_EQ(alone.size(), 1);
    EXPECT_EQ(alone.state(), nullptr);
    std::vector<float> data{1.0F, 2.0F};
    std::vector<float> scratch(2);
    barrier(alone);
    broadcast(alone, std::as_writable_bytes(std::span(data)), 0);
    all_reduce_sum(alone, std::span(data));
    all_reduce_tree(alone, data, scratch);
    EXPECT_EQ(data, (std::vector<float>{1.0F, 2.0F}));
    EXPECT_EQ(alone.duplicate().state(), nullptr);
    EXPECT_TRUE(receive_messages(alone, 1, std::chrono::milliseconds(1)).empty());
    EXPECT_THROW(send_message(alone, 0, 1, bytes_of("x")), std::logic_error);
}

TEST(ProcessGroup, errors_carry_the_call_and_mpis_words) {
    const ProcessGroup world = ProcessGroup::world();
    std::vector<std::byte> data(4);
    try {
        send_message(world.duplicate(), world.size(), 1, data);
        FAIL() << "a rank beyond the group was accepted";
    } catch (const MpiError& error) {
        EXPECT_STREQ(error.code().category().name(), "MPI");
        EXPECT_NE(std::string(error.what()).find("MPI_Isend: MPI_ERR_RANK"), std::string::npos) << error.what();
    }
}

TEST(ProcessGroup, subgroups_of_neighbours_sum_apart) {
    const ProcessGroup world = ProcessGroup::world();
    const int first = world.rank() / 2 * 2;
    std::vector<int> ranks{first};
    if (first + 1 < world.size()) {
        ranks.push_back(first + 1);
    }
    for (int round = 0; round < 50; ++round) {
        const ProcessGroup pair = world.subgroup(ranks, 10 + first);
        EXPECT_EQ(pair.size(), static_cast<int>(ranks.size()));
        EXPECT_EQ(pair.rank(), world.rank() - first);
        std::vector<double> sum{double(world.rank())};
        all_reduce_sum(pair, sum);
        EXPECT_EQ(sum[0], ranks.size() == 2 ? double(2 * first + 1) : double(first));
    }
    const std::vector<int> others{(world.rank() + 1) % (world.size() + 1)};
    EXPECT_THROW(world.subgroup(others, 1), std::invalid_argument);
    const std::vector<int> twice{world.rank(), world.rank()};
    EXPECT_THROW(world.subgroup(twice, 1), std::invalid_argument);
}

TEST(ProcessGroup, outlives_its_copies) {
    ProcessGroup copy;
    {
        const ProcessGroup group = ProcessGroup::world().duplicate();
        copy = group;
    }
    std::vector<double> sum{1.0};
    all_reduce_sum(copy, sum);
    EXPECT_EQ(sum[0], copy.size());
}

TEST(Collectives, broadcast_sums_and_maximum) {
    const ProcessGroup world = ProcessGroup::world();
    const int root = world.size() - 1;
    std::vector<int> values(1000, world.rank());
    broadcast(world, std::as_writable_bytes(std::span(values)), root);
    EXPECT_EQ(values, std::vector<int>(1000, root));
    std::vector<float> floats{float(world.rank()), 0.5F};
    all_reduce_sum(world, std::span(floats));
    EXPECT_EQ(floats, (std::vector<float>{float(world.size() * (world.size() - 1) / 2), 0.5F * float(world.size())}));
    std::vector<double> largest{-double(world.rank()), double(world.rank())};
    all_reduce_max(world, largest);
    EXPECT_EQ(largest, (std::vector<double>{0.0, double(root)}));
    all_reduce_sum(world, std::span<double>());
}

TEST(AllReduceTree, has_the_bits_of_the_serial_tree_on_every_rank) {
    const ProcessGroup world = ProcessGroup::world();
    for (const std::size_t count : {0, 1, 7, 2048, 2049, 2081, 100003, 300000, 1000001}) {
        std::vector<float> data = leaves_of(world.rank(), count);
        std::vector<float> scratch(count);
        all_reduce_tree(world, data, scratch);
        const std::vector<float> expected = serial_tree(world.size(), count);
        EXPECT_TRUE(count == 0 || std::memcmp(data.data(), expected.data(), count * sizeof(float)) == 0)
            << count << " elements on " << world.size() << " ranks";
    }
}

TEST(AllReduceTree, refuses_a_short_scratch_and_three_ranks) {
    const ProcessGroup world = ProcessGroup::world();
    std::vector<float> data(8);
    std::vector<float> scratch(7);
    if (world.size() > 1) {
        EXPECT_THROW(all_reduce_tree(world, data, scratch), std::invalid_argument);
    }
    if (world.size() == 4 && world.rank() < 3) {
        const std::vector<int> three{0, 1, 2};
        scratch.resize(8);
        EXPECT_THROW(all_reduce_tree(world.subgroup(three, 3), data, scratch), std::invalid_argument);
    }
}

TEST(Messages, arrive_whole_and_in_order_from_every_rank) {
    const ProcessGroup group = ProcessGroup::world().duplicate();
    const std::vector<std::size_t> sizes{0, 1, 100, 5000, 300000};
    for (const std::size_t size : sizes) {
        const std::vector<std::byte> data(size, std::byte(group.rank()));
        send_message(group, 0, 5, data);
    }
    send_message(group, 0, 6, bytes_of("another tag"));
    if (group.rank() == 0) {
        std::vector<std::size_t> next(static_cast<std::size_t>(group.size()), 0);
        std::size_t missing = sizes.size() * next.size();
        while (missing > 0) {
            const auto messages = receive_messages(group, 5, std::chrono::milliseconds(10000));
            ASSERT_FALSE(messages.empty());
            for (const ReceivedMessage& message : messages) {
                std::size_t& turn = next[static_cast<std::size_t>(message.source)];
                const std::vector<std::byte> expected(sizes[turn++], std::byte(message.source));
                EXPECT_EQ(message.data, expected);
                --missing;
            }
        }
        for (int left = group.size(); left > 0;) {
            const auto messages = receive_messages(group, 6, std::chrono::milliseconds(10000));
            ASSERT_FALSE(messages.empty());
            left -= static_cast<int>(messages.size());
        }
    }
    barrier(group);
}

// With sends that wait for their receiver, this hangs for messages too long to be buffered.
TEST(Messages, all_may_send_long_ones_at_once) {
    const ProcessGroup group = ProcessGroup::world().duplicate();
    const std::vector<std::byte> data(2 << 20, std::byte{7});
    for (int to = 0; to < group.size(); ++to) {
        send_message(group, to, 1, data);
    }
    for (int left = group.size(); left > 0;) {
        for (const ReceivedMessage& message : receive_messages(group, 1, std::chrono::milliseconds(100))) {
            EXPECT_EQ(message.data, data);
            --left;
        }
    }
    barrier(group);
}

// Rank 0 is coordinator on one thread and worker on another, as in the runner.
TEST(Messages, pass_between_threads_while_a_tree_sum_runs) {
    const ProcessGroup team = ProcessGroup::world();
    const ProcessGroup channel = team.duplicate();
    constexpr int rounds = 200;
    std::thread coordinator;
    if (team.rank() == 0) {
        coordinator = std::thread([&] {
            for (int left = rounds * team.size(); left > 0;) {
                for (const ReceivedMessage& message : receive_messages(channel, 1, std::chrono::milliseconds(50))) {
                    send_message(channel, message.source, 2, message.data);
                    --left;
                }
            }
        });
    }
    const std::size_t count = 10000;
    const std::vector<float> expected = serial_tree(team.size(), count);
    std::vector<float> scratch(count);
    int wrong = 0;
    for (int round = 0; round < rounds; ++round) {
        const std::string text = std::to_string(team.rank()) + ":" + std::to_string(round);
        send_message(channel, 0, 1, bytes_of(text));
        std::vector<float> data = leaves_of(team.rank(), count);
        all_reduce_tree(team, data, scratch);
        wrong += data != expected;
        std::vector<ReceivedMessage> answers;
        while (answers.empty()) {
            answers = receive_messages(channel, 2, std::chrono::milliseconds(50));
        }
        wrong += answers.size() != 1 || answers[0].data != bytes_of(text);
    }
    if (coordinator.joinable()) {
        coordinator.join();
    }
    EXPECT_EQ(wrong, 0);
    barrier(team);
}

// On a quiet machine the share is 0.006. Its bound is loose, since a busy one charges a process for what others do to its
// caches; the number of times it woke up is not disturbed.
TEST(Messages, waiting_for_one_is_asleep) {
    const ProcessGroup group = ProcessGroup::world().duplicate();
    barrier(group);
    const Usage before = usage();
    const auto start = std::chrono::steady_clock::now();
    EXPECT_TRUE(receive_messages(group, 3, std::chrono::milliseconds(1000)).empty());
    const double waited = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const Usage after = usage();
    EXPECT_GE(waited, 1.0);
    EXPECT_LT(waited, 1.5);
    EXPECT_LT((after.seconds - before.seconds) / waited, 0.05);
    EXPECT_LT(static_cast<double>(after.sleeps - before.sleeps) / waited, 400);
    RecordProperty("core_share", std::to_string((after.seconds - before.seconds) / waited));
    barrier(group);
}

}  // namespace
}  // namespace overtake
