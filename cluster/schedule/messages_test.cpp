#include "cluster/schedule/messages.hpp"

#include <gtest/gtest.h>

namespace overtake {
namespace {

std::vector<std::byte> bytes(std::initializer_list<int> values) {
    std::vector<std::byte> data;
    for (const int value : values) {
        data.push_back(static_cast<std::byte>(value));
    }
    return data;
}

TEST(Messages, have_golden_bytes) {
    EXPECT_EQ(encode(ToCoordinator(Ready{})), bytes({1, 1}));
    EXPECT_EQ(encode(ToWorker(StopNow{})), bytes({1, 17}));
    EXPECT_EQ(encode(ToWorker(Leave{})), bytes({1, 18}));
    EXPECT_EQ(encode(ToCoordinator(Heartbeat{258, 7, 1.5})),
              bytes({1, 2, 2, 1, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f}));
    EXPECT_EQ(encode(ToCoordinator(Ended{3, 2, StageOutcome::failed, -1, 0.0, "oom"})),
              bytes({1, 3, 3, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 2, 255, 255, 255, 255, 255, 255, 255, 255,
                     0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 'o', 'o', 'm'}));
    EXPECT_EQ(encode(ToWorker(Assign{9, 1, {0, 256}})),
              bytes({1, 16, 9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0}));
}

TEST(Messages, come_back_as_they_went) {
    const auto ended = decode_to_coordinator(encode(ToCoordinator(Ended{7, 3, StageOutcome::diverged, 1234567890123, 2.25, "loss is NaN"})));
    ASSERT_TRUE(ended.has_value());
    const auto& back = std::get<Ended>(*ended);
    EXPECT_EQ(back.stage, 7u);
    EXPECT_EQ(back.attempt, 3);
    EXPECT_EQ(back.outcome, StageOutcome::diverged);
    EXPECT_EQ(back.step, 1234567890123);
    EXPECT_EQ(back.seconds, 2.25);
    EXPECT_EQ(back.reason, "loss is NaN");
    const auto assign = decode_to_worker(encode(ToWorker(Assign{1, 4, {2, 3, 5}})));
    ASSERT_TRUE(assign.has_value());
    EXPECT_EQ(std::get<Assign>(*assign).team, (std::vector<std::int32_t>{2, 3, 5}));
    EXPECT_TRUE(std::holds_alternative<Ready>(decode_to_coordinator(encode(ToCoordinator(Ready{}))).value()));
    EXPECT_TRUE(std::holds_alternative<StopNow>(decode_to_worker(encode(ToWorker(StopNow{}))).value()));
}

TEST(Messages, refuse_every_cut_and_every_surplus) {
    const std::vector<ToCoordinator> up = {Ready{}, Heartbeat{1, 2, 3.0}, Ended{1, 1, StageOutcome::done, 5, 1.0, "x"}};
    for (const ToCoordinator& message : up) {
        std::vector<std::byte> data = encode(message);
        for (std::size_t length = 0; length < data.size(); ++length) {
            EXPECT_FALSE(decode_to_coordinator(std::span(data).first(length)).has_value()) << length;
        }
        EXPECT_FALSE(decode_to_worker(data).has_value());
        data.push_back(std::byte{0});
        EXPECT_FALSE(decode_to_coordinator(data).has_value());
    }
    std::vector<std::byte> assign = encode(ToWorker(Assign{1, 1, {0, 1}}));
    for (std::size_t length = 0; length < assign.size(); ++length) {
        EXPECT_FALSE(decode_to_worker(std::span(assign).first(length)).has_value()) << length;
    }
}

TEST(Messages, travel_together_in_their_order_or_not_at_all) {
    std::vector<std::byte> parcel = bytes({1, 3, 3, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1});
    const auto both = decode_all_to_coordinator(parcel);
    ASSERT_TRUE(both.has_value());
    ASSERT_EQ(both->size(), 2u);
    EXPECT_EQ(std::get<Ended>(both->at(0)).step, 9);
    EXPECT_TRUE(std::holds_alternative<Ready>(both->at(1)));
    EXPECT_FALSE(decode_to_coordinator(parcel).has_value()) << "two are not one";
    parcel.push_back(std::byte{1});
    EXPECT_FALSE(decode_all_to_coordinator(parcel).has_value());

    const auto orders = decode_all_to_worker(bytes({1, 16, 9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 17, 1, 18}));
    ASSERT_TRUE(orders.has_value());
    ASSERT_EQ(orders->size(), 3u);
    EXPECT_EQ(std::get<Assign>(orders->at(0)).team, (std::vector<std::int32_t>{256}));
    EXPECT_TRUE(std::holds_alternative<StopNow>(orders->at(1)));
    EXPECT_TRUE(std::holds_alternative<Leave>(orders->at(2)));
}

TEST(Messages, refuse_another_version_a_wrong_kind_and_a_huge_count) {
    EXPECT_FALSE(decode_to_coordinator(bytes({2, 1})).has_value());
    EXPECT_FALSE(decode_to_coordinator(bytes({1, 99})).has_value());
    EXPECT_FALSE(decode_to_coordinator({}).has_value());
    EXPECT_FALSE(decode_to_worker(bytes({1, 16, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255})).has_value());
    std::vector<std::byte> ended = encode(ToCoordinator(Ended{1, 1, StageOutcome::done, 5, 1.0, ""}));
    ended[14] = std::byte{4};
    EXPECT_FALSE(decode_to_coordinator(ended).has_value());
}

}  // namespace
}  // namespace overtake
