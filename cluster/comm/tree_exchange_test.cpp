#include "cluster/comm/tree_exchange.hpp"

#include <gtest/gtest.h>

#include <string>

namespace overtake {
namespace {

TEST(TreeExchange, few_elements_travel_whole) {
    EXPECT_EQ(tree_exchanges(2, 4, 5),
              (std::vector<TreeExchange>{{3, 0, 5, 0, 5, true}, {0, 0, 5, 0, 5, true}}));
}

TEST(TreeExchange, many_are_halved_and_gathered) {
    EXPECT_EQ(tree_exchanges(1, 4, 4096), (std::vector<TreeExchange>{{0, 0, 2048, 2048, 4096, true},
                                                                   {3, 3072, 4096, 2048, 3072, true},
                                                                   {3, 2048, 3072, 3072, 4096, false},
                                                                   {0, 2048, 4096, 0, 2048, false}}));
}

TEST(TreeExchange, alone_there_is_none_and_three_are_refused) {
    EXPECT_TRUE(tree_exchanges(0, 1, 100).empty());
    EXPECT_THROW(tree_exchanges(0, 3, 100), std::invalid_argument);
    EXPECT_THROW(tree_exchanges(0, 0, 100), std::invalid_argument);
}

// Runs every rank's plan in step on words instead of numbers: the order of the sum is what is compared.
TEST(TreeExchange, sums_every_element_in_the_balanced_order_on_all_ranks) {
    const auto joined = [](const std::string& a, const std::string& b) {
        return a < b ? "(" + a + b + ")" : "(" + b + a + ")";
    };
    for (const int size : {2, 4, 8, 16}) {
        for (const std::size_t count : {3, 2049, 2500}) {
            std::vector<std::vector<std::string>> data;
            std::vector<std::vector<TreeExchange>> plans;
            std::vector<std::string> level;
            for (int rank = 0; rank < size; ++rank) {
                level.push_back(std::string(1, static_cast<char>('a' + rank)));
                data.emplace_back(count, level.back());
                plans.push_back(tree_exchanges(rank, size, count));
            }
            while (level.size() > 1) {
                std::vector<std::string> next;
                for (std::size_t pair = 0; pair < level.size(); pair += 2) {
                    next.push_back(joined(level[pair], level[pair + 1]));
                }
                level = next;
            }
            for (std::size_t turn = 0; turn < plans[0].size(); ++turn) {
                const auto before = data;
                for (int rank = 0; rank < size; ++rank) {
                    const TreeExchange& mine = plans[rank][turn];
                    const TreeExchange& theirs = plans[mine.partner][turn];
                    ASSERT_EQ(theirs.partner, rank);
                    ASSERT_EQ(theirs.send_begin, mine.receive_begin);
                    ASSERT_EQ(theirs.send_end, mine.receive_end);
                    for (std::size_t i = mine.receive_begin; i < mine.receive_end; ++i) {
                        const std::string& received = before[mine.partner][i];
                        data[rank][i] = mine.adds ? joined(before[rank][i], received) : received;
                    }
                }
            }
            for (int rank = 0; rank < size; ++rank) {
                ASSERT_EQ(data[rank], std::vector<std::string>(count, level[0])) << size << " ranks, rank " << rank;
            }
        }
    }
}

}  // namespace
}  // namespace overtake
