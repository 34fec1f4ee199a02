#include "cluster/schedule/coordinator.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace overtake {
namespace {

Stage make_stage(std::string id, std::string parent, StageKind kind, std::int64_t begin, std::int64_t end, double flops, std::int64_t shards = 1) {
    Stage stage;
    stage.id = std::move(id);
    stage.parent = std::move(parent);
    stage.kind = kind;
    stage.begin_step = begin;
    stage.end_step = end;
    stage.flops = flops;
    stage.tokens = std::max<std::int64_t>(1, end - begin) * 1000;
    stage.config.training.shards = shards;
    stage.config.training.batch_sequences = 32;
    return stage;
}

/// trunk a (0..80), its cooldown (80..100) and evaluation, and a second trunk segment b (80..160).
StageForest small_forest(std::int64_t shards = 1) {
    StageForest forest;
    forest.stages = {make_stage("a", "", StageKind::train, 0, 80, 8e10, shards),
                     make_stage("a-cool", "a", StageKind::cooldown, 80, 100, 2e10, shards),
                     make_stage("a-eval", "a-cool", StageKind::evaluate, 100, 100, 1e9, shards),
                     make_stage("b", "a", StageKind::train, 80, 160, 8e10, shards)};
    return forest;
}

struct Script {
    Coordinator coordinator;
    double now_s = 0;
    std::vector<Outgoing> say(int from, ToCoordinator message) { return coordinator.on_message(from, message, now_s += 1); }
    std::vector<Outgoing> end(int from, std::uint32_t stage, std::int64_t attempt, StageOutcome outcome, std::int64_t step, std::string reason = "") {
        return say(from, Ended{stage, attempt, outcome, step, 1.0, std::move(reason)});
    }
};

std::vector<std::uint32_t> stages_of(const std::vector<Outgoing>& out) {
    std::vector<std::uint32_t> stages;
    for (const Outgoing& message : out) {
        if (const auto* assign = std::get_if<Assign>(&message.message)) {
            stages.push_back(assign->stage);
        }
    }
    return stages;
}

bool all_leave(const std::vector<Outgoing>& out) {
    return std::all_of(out.begin(), out.end(), [](const Outgoing& each) { return std::holds_alternative<Leave>(each.message); });
}

TEST(Coordinator, walks_one_rank_through_a_forest_longest_path_first) {
    const StageForest forest = small_forest();
    Script script{Coordinator(forest, std::vector<StageStart>(4), {.ranks = 1})};
    EXPECT_EQ(stages_of(script.say(0, Ready{})), (std::vector<std::uint32_t>{0}));
    EXPECT_TRUE(script.end(0, 0, 1, StageOutcome::done, 80).empty());
    EXPECT_EQ(stages_of(script.say(0, Ready{})), (std::vector<std::uint32_t>{3})) << "the trunk is longer than the cooldown";
    script.end(0, 3, 1, StageOutcome::done, 160);
    EXPECT_EQ(stages_of(script.say(0, Ready{})), (std::vector<std::uint32_t>{1}));
    script.end(0, 1, 1, StageOutcome::done, 100);
    EXPECT_EQ(stages_of(script.say(0, Ready{})), (std::vector<std::uint32_t>{2}));
    script.end(0, 2, 1, StageOutcome::done, 100);
    EXPECT_FALSE(script.coordinator.finished());
    const auto last = script.say(0, Ready{});
    ASSERT_EQ(last.size(), 1u);
    EXPECT_TRUE(std::holds_alternative<Leave>(last[0].message));
    EXPECT_TRUE(script.coordinator.finished());
    EXPECT_FALSE(script.coordinator.stopped());
    EXPECT_EQ(script.coordinator.stages_done(), 4u);
    EXPECT_DOUBLE_EQ(script.coordinator.flops_done(), script.coordinator.flops_total());
}

TEST(Coordinator, puts_the_idle_of_a_narrow_forest_into_a_wide_team_up_to_the_shards) {
    for (const std::int64_t shards : {1, 2, 4, 8}) {
        const StageForest forest = small_forest(shards);
        Script script{Coordinator(forest, std::vector<StageStart>(4), {.ranks = 6})};
        std::vector<Outgoing> out;
        for (int rank = 0; rank < 6; ++rank) {
            EXPECT_TRUE(out.empty()) << "waits for all: a wider team may be better";
            out = script.say(rank, Ready{});
        }
        ASSERT_FALSE(out.empty());
        const auto& assign = std::get<Assign>(out[0].message);
        EXPECT_EQ(assign.team.size(), static_cast<std::size_t>(std::min<std::int64_t>(shards, 4)));
        EXPECT_TRUE(std::is_sorted(assign.team.begin(), assign.team.end()));
        EXPECT_EQ(out.size(), assign.team.size()) << "every rank of the team is told";
    }
}

TEST(Coordinator, keeps_tiny_models_narrow) {
    StageForest forest;
    forest.stages = {make_stage("tiny", "", StageKind::train, 0, 1000, 1e6, 8)};
    Script script{Coordinator(forest, std::vector<StageStart>(1), {.ranks = 8})};
    std::vector<Outgoing> out;
    for (int rank = 0; rank < 8; ++rank) {
        out = script.say(rank, Ready{});
    }
    EXPECT_EQ(stages_of(out).size(), 1u);
}

TEST(Coordinator, gives_one_rank_to_each_when_stages_abound) {
    StageForest forest;
    for (int i = 0; i < 4; ++i) {
        forest.stages.push_back(make_stage(std::string(1, static_cast<char>('a' + i)), "", StageKind::train, 0, 10, 1e10 + 1e7 * i, 4));
    }
    Script script{Coordinator(forest, std::vector<StageStart>(4), {.ranks = 4})};
    for (int rank = 0; rank < 4; ++rank) {
        const auto out = script.say(rank, Ready{});
        EXPECT_EQ(stages_of(out), (std::vector<std::uint32_t>{static_cast<std::uint32_t>(3 - rank)})) << "no waiting, longest first";
    }
}

TEST(Coordinator, hands_a_child_to_the_team_of_its_parent) {
    StageForest forest;
    forest.stages = {make_stage("x", "", StageKind::train, 0, 10, 3e10), make_stage("y", "", StageKind::train, 0, 10, 2e10),
                     make_stage("z", "", StageKind::train, 0, 10, 1e10), make_stage("z-child", "z", StageKind::train, 10, 20, 1e9)};
    Script script{Coordinator(forest, std::vector<StageStart>(4), {.ranks = 3})};
    for (int rank = 0; rank < 3; ++rank) {
        EXPECT_EQ(stages_of(script.say(rank, Ready{})), (std::vector<std::uint32_t>{static_cast<std::uint32_t>(rank)}));
    }
    script.end(0, 0, 1, StageOutcome::done, 10);
    script.say(0, Ready{});
    script.end(2, 2, 1, StageOutcome::done, 10);
    const auto out = script.say(2, Ready{});
    EXPECT_EQ(stages_of(out), (std::vector<std::uint32_t>{3}));
    EXPECT_EQ(out.at(0).to, 2) << "rank 0 is idle as well, but rank 2 has just trained the parent";
}

TEST(Coordinator, skips_what_is_below_a_failed_stage_and_says_why) {
    const StageForest forest = small_forest();
    Script script{Coordinator(forest, std::vector<StageStart>(4), {.ranks = 1})};
    script.say(0, Ready{});
    script.coordinator.take_events();
    script.end(0, 0, 1, StageOutcome::diverged, 40, "loss is not finite");
    const auto events = script.coordinator.take_events();
    ASSERT_EQ(events.size(), 4u);
    EXPECT_EQ(events[0].detail, "diverged loss is not finite");
    for (std::size_t i = 1; i < 4; ++i) {
        EXPECT_EQ(events[i].kind, CoordinatorEvent::Kind::skipped);
        EXPECT_EQ(events[i].detail, "stage 'a' diverged loss is not finite");
    }
    EXPECT_TRUE(all_leave(script.say(0, Ready{})));
    EXPECT_TRUE(script.coordinator.finished());
    EXPECT_EQ(script.coordinator.stages_failed(), 4u);
    EXPECT_DOUBLE_EQ(script.coordinator.flops_done(), script.coordinator.flops_total());
}

TEST(Coordinator, skips_below_a_stage_that_failed_in_an_earlier_run) {
    const StageForest forest = small_forest();
    std::vector<StageStart> start(4);
    start[0] = {.done = true, .succeeded = false};
    Script script{Coordinator(forest, start, {.ranks = 1})};
    EXPECT_EQ(script.coordinator.take_events().size(), 3u);
    EXPECT_TRUE(all_leave(script.say(0, Ready{})));
    EXPECT_TRUE(script.coordinator.finished());
}

TEST(Coordinator, runs_a_done_stage_again_only_if_a_child_needs_its_lost_state) {
    const StageForest forest = small_forest();
    std::vector<StageStart> start(4);
    start[0] = {.done = true, .succeeded = true, .has_state = false, .step = 0};
    start[1] = {.done = true, .succeeded = true, .has_state = false, .step = 80};
    start[2] = {.done = true, .succeeded = true, .has_state = false, .step = 100};
    {
        Script script{Coordinator(forest, start, {.ranks = 1})};
        EXPECT_EQ(stages_of(script.say(0, Ready{})), (std::vector<std::uint32_t>{0})) << "b needs a";
        EXPECT_EQ(script.coordinator.stages_done(), 2u);
    }
    start[3].step = 120;  // b has its own checkpoint
    {
        Script script{Coordinator(forest, start, {.ranks = 1})};
        EXPECT_EQ(stages_of(script.say(0, Ready{})), (std::vector<std::uint32_t>{3}));
    }
    start[3] = {};
    start[2] = {};  // the evaluation is new: the cooldown and, for it, the trunk must come back
    start[3] = {.done = true, .succeeded = true, .has_state = true, .step = 160};
    {
        Script script{Coordinator(forest, start, {.ranks = 1})};
        EXPECT_EQ(stages_of(script.say(0, Ready{})), (std::vector<std::uint32_t>{0}));
        script.end(0, 0, 1, StageOutcome::done, 80);
        EXPECT_EQ(stages_of(script.say(0, Ready{})), (std::vector<std::uint32_t>{1}));
    }
}

TEST(Coordinator, runs_what_is_to_be_last_when_nothing_else_runs_or_could) {
    StageForest forest;
    forest.stages = {make_stage("a", "", StageKind::train, 0, 80, 8e10), make_stage("bad", "", StageKind::train, 0, 80, 8e10),
                     make_stage("child", "bad", StageKind::cooldown, 80, 100, 1e10), make_stage("worse", "", StageKind::train, 0, 80, 8e10)};
    std::vector<StageStart> start(4);
    start[1].last = start[3].last = true;
    Script script{Coordinator(forest, start, {.ranks = 2})};
    script.say(0, Ready{});
    ASSERT_EQ(stages_of(script.say(1, Ready{})), (std::vector<std::uint32_t>{0})) << "a rank stays idle";
    for (const std::uint32_t expected : {3u, 1u}) {
        const int leader = script.coordinator.take_events().back().team.front();
        script.end(leader, script.coordinator.stages_here()[0], 1, expected == 3 ? StageOutcome::done : StageOutcome::failed, 80);
        EXPECT_EQ(stages_of(script.say(leader, Ready{})), (std::vector<std::uint32_t>{expected})) << "one at a time";
    }
    const int leader = script.coordinator.take_events().back().team.front();
    script.end(leader, 1, 1, StageOutcome::failed, 0, "again");
    EXPECT_TRUE(all_leave(script.say(leader, Ready{})));
    EXPECT_TRUE(script.coordinator.finished());
    EXPECT_EQ(script.coordinator.stages_failed(), 3u) << "with the child of one";
}

TEST(Coordinator, ignores_late_foreign_and_repeated_messages) {
    const StageForest forest = small_forest();
    Script script{Coordinator(forest, std::vector<StageStart>(4), {.ranks = 2})};
    script.say(0, Ready{});
    script.say(1, Ready{});
    ASSERT_EQ(script.coordinator.stages_running(), 1u);
    EXPECT_TRUE(script.end(1, 0, 1, StageOutcome::done, 80).empty()) << "not the first rank of the team";
    EXPECT_TRUE(script.end(0, 0, 7, StageOutcome::done, 80).empty()) << "another attempt";
    EXPECT_TRUE(script.end(0, 99, 1, StageOutcome::done, 80).empty()) << "no such stage";
    EXPECT_TRUE(script.say(17, Ready{}).empty()) << "no such rank";
    EXPECT_TRUE(script.say(-1, Ready{}).empty());
    EXPECT_TRUE(script.say(0, Ready{}).empty()) << "busy: its end must come first";
    EXPECT_EQ(script.coordinator.stages_done(), 0u);
    script.end(0, 0, 1, StageOutcome::done, 80);
    script.end(0, 0, 1, StageOutcome::done, 80);
    script.end(0, 0, 1, StageOutcome::failed, 80);
    EXPECT_EQ(script.coordinator.stages_done(), 1u);
    EXPECT_EQ(script.coordinator.stages_failed(), 0u);
}

TEST(Coordinator, stops_the_busy_and_sends_the_idle_home) {
    const StageForest forest = small_forest();
    Script script{Coordinator(forest, std::vector<StageStart>(4), {.ranks = 3})};
    for (int rank = 0; rank < 3; ++rank) {
        script.say(rank, Ready{});
    }
    const auto out = script.coordinator.on_stop();
    ASSERT_EQ(out.size(), 3u);
    EXPECT_EQ(out[0].to, 0);
    EXPECT_TRUE(std::holds_alternative<StopNow>(out[0].message));
    EXPECT_TRUE(std::holds_alternative<Leave>(out[1].message));
    EXPECT_TRUE(script.coordinator.on_stop().empty());
    EXPECT_FALSE(script.coordinator.finished());
    script.end(0, 0, 1, StageOutcome::stopped, 40);
    EXPECT_TRUE(all_leave(script.say(0, Ready{})));
    EXPECT_TRUE(script.coordinator.finished());
    EXPECT_TRUE(script.coordinator.stopped());
    EXPECT_EQ(script.coordinator.stages_done(), 0u);
    EXPECT_DOUBLE_EQ(script.coordinator.flops_done(), 4e10);
}

TEST(Coordinator, counts_progress_from_heartbeats) {
    const StageForest forest = small_forest();
    Script script{Coordinator(forest, std::vector<StageStart>(4), {.ranks = 1})};
    script.say(0, Ready{});
    script.say(0, Heartbeat{0, 20, 1234});
    EXPECT_DOUBLE_EQ(script.coordinator.flops_done(), 2e10);
    EXPECT_DOUBLE_EQ(script.coordinator.tokens_per_second(), 1234);
    script.say(0, Heartbeat{0, 10, 1234});
    EXPECT_DOUBLE_EQ(script.coordinator.flops_done(), 2e10) << "never backwards";
    script.end(0, 0, 1, StageOutcome::done, 80);
    EXPECT_DOUBLE_EQ(script.coordinator.flops_done(), 8e10);
    EXPECT_DOUBLE_EQ(script.coordinator.tokens_per_second(), 0);
}

TEST(Coordinator, learns_which_widths_pay) {
    StageForest forest;
    forest.stages = {make_stage("o", "", StageKind::train, 0, 100, 1e12, 1), make_stage("p", "", StageKind::train, 0, 100, 1e12, 1),
                     make_stage("q", "p", StageKind::train, 100, 200, 1e12, 2), make_stage("r", "q", StageKind::train, 200, 300, 1e12, 2)};
    Script script{Coordinator(forest, std::vector<StageStart>(4), {.ranks = 2})};
    EXPECT_EQ(stages_of(script.say(0, Ready{})), (std::vector<std::uint32_t>{1}));
    EXPECT_EQ(stages_of(script.say(1, Ready{})), (std::vector<std::uint32_t>{0}));
    script.say(0, Ended{1, 1, StageOutcome::done, 100, 100, ""});
    script.say(1, Ended{0, 1, StageOutcome::done, 100, 100, ""});
    script.say(0, Ready{});
    EXPECT_EQ(stages_of(script.say(1, Ready{})), (std::vector<std::uint32_t>{2, 2})) << "two ranks should be faster than one";
    script.say(0, Ended{2, 1, StageOutcome::done, 200, 100, ""});  // but they are not
    script.say(0, Ready{});
    EXPECT_EQ(stages_of(script.say(1, Ready{})), (std::vector<std::uint32_t>{3}));
}

/// Coordinators of a job array over one forest; `taken` is what the sweep folder would know.
struct Shared {
    explicit Shared(const StageForest& forest, int ranks = 1)
        : script{Coordinator(forest, std::vector<StageStart>(forest.stages.size()), {.ranks = ranks, .claim = [this](std::uint32_t stage) {
                                 asked.push_back(stage);
                                 return !taken.contains(stage);
                             }})} {}
    Shared(const Shared&) = delete;
    std::set<std::uint32_t> taken;
    std::vector<std::uint32_t> asked;
    Script script;
};

TEST(Coordinator, plans_again_no_more_often_than_plans_are_cheap) {
    StageForest forest;
    for (int i = 0; i < 100; ++i) {
        forest.stages.push_back(make_stage(std::to_string(i), "", StageKind::train, 0, 10, 1e9));
    }
    Coordinator coordinator(forest, std::vector<StageStart>(100), {.ranks = 1});
    const double assumed_s = coordinator.critical_path_s(99);
    const auto end_next = [&](double seconds, double now_s) {
        const std::vector<std::uint32_t> stages = stages_of(coordinator.on_message(0, Ready{}, now_s));
        coordinator.on_message(0, Ended{stages.at(0), 1, StageOutcome::done, 10, seconds, ""}, now_s);
    };
    end_next(40 * assumed_s, 0);
    EXPECT_EQ(coordinator.critical_path_s(99), assumed_s) << "a plan of 100 stages waits for 10 ms to pass";
    end_next(40 * assumed_s, 0.02);
    EXPECT_GT(coordinator.critical_path_s(99), 20 * assumed_s) << "and is made then, though the second measurement asks for none";
}

TEST(SharedCoordinator, sets_aside_what_is_anothers_and_waits_for_its_end) {
    const StageForest forest = small_forest();
    Shared shared(forest);
    shared.taken = {0};
    EXPECT_TRUE(shared.script.say(0, Ready{}).empty()) << "nothing to do yet, but no leave either";
    Coordinator& coordinator = shared.script.coordinator;
    EXPECT_EQ(coordinator.stages_elsewhere(), (std::vector<std::uint32_t>{0}));
    EXPECT_FALSE(coordinator.finished());
    shared.taken = {0, 3};
    const auto out = coordinator.on_over_elsewhere(0, StageOutcome::done, 80, 2);
    EXPECT_EQ(stages_of(out), (std::vector<std::uint32_t>{1})) << "b, the longer path, is another's";
    EXPECT_EQ(shared.asked, (std::vector<std::uint32_t>{0, 3, 1}));
    EXPECT_EQ(coordinator.stages_here(), (std::vector<std::uint32_t>{1}));
    EXPECT_EQ(coordinator.take_events().front().detail, "done elsewhere");
    EXPECT_TRUE(coordinator.on_over_elsewhere(3, StageOutcome::done, 160, 3).empty());
    EXPECT_TRUE(coordinator.on_over_elsewhere(3, StageOutcome::failed, 160, 3).empty()) << "it is over already";
    EXPECT_TRUE(stages_of(shared.script.end(0, 1, 1, StageOutcome::done, 100)).empty());
    EXPECT_EQ(stages_of(shared.script.say(0, Ready{})), (std::vector<std::uint32_t>{2}));
    shared.script.end(0, 2, 1, StageOutcome::done, 100);
    EXPECT_TRUE(all_leave(shared.script.say(0, Ready{})));
    EXPECT_TRUE(coordinator.finished());
    EXPECT_EQ(coordinator.stages_done(), 4u);
    EXPECT_DOUBLE_EQ(coordinator.flops_done(), coordinator.flops_total());
}

TEST(SharedCoordinator, takes_on_what_another_gave_back_or_left_behind) {
    const StageForest forest = small_forest();
    Shared shared(forest);
    shared.taken = {0};
    shared.script.say(0, Ready{});
    Coordinator& coordinator = shared.script.coordinator;
    EXPECT_TRUE(coordinator.on_over_elsewhere(0, StageOutcome::stopped, 40, 2).empty()) << "a third was quicker";
    EXPECT_EQ(coordinator.stages_elsewhere(), (std::vector<std::uint32_t>{0}));
    shared.taken = {};
    EXPECT_EQ(stages_of(coordinator.on_over_elsewhere(0, StageOutcome::stopped, 40, 3)), (std::vector<std::uint32_t>{0}));
    EXPECT_EQ(coordinator.take_events().front().step, 40);
    EXPECT_TRUE(coordinator.stages_elsewhere().empty());
}

TEST(SharedCoordinator, skips_what_lies_below_anothers_failure) {
    const StageForest forest = small_forest();
    Shared shared(forest);
    shared.taken = {0};
    shared.script.say(0, Ready{});
    EXPECT_TRUE(all_leave(shared.script.coordinator.on_over_elsewhere(0, StageOutcome::diverged, 40, 2)));
    EXPECT_TRUE(shared.script.coordinator.finished());
    EXPECT_EQ(shared.script.coordinator.stages_failed(), 4u);
}

TEST(SharedCoordinator, stops_a_team_whose_stage_was_taken_over_and_gives_it_other_work) {
    const StageForest forest = small_forest();
    Shared shared(forest);
    EXPECT_EQ(stages_of(shared.script.say(0, Ready{})), (std::vector<std::uint32_t>{0}));
    Coordinator& coordinator = shared.script.coordinator;
    shared.taken = {0};
    const auto out = coordinator.on_taken_over(0);
    ASSERT_EQ(out.size(), 1u);
    EXPECT_TRUE(std::holds_alternative<StopNow>(out.front().message));
    shared.script.end(0, 0, 1, StageOutcome::stopped, 30);
    EXPECT_TRUE(shared.script.say(0, Ready{}).empty());
    EXPECT_EQ(coordinator.stages_elsewhere(), (std::vector<std::uint32_t>{0}));
    EXPECT_TRUE(coordinator.on_taken_over(0).empty());
    EXPECT_TRUE(all_leave(coordinator.on_stop()));
    EXPECT_TRUE(coordinator.finished());
    EXPECT_TRUE(coordinator.stopped());
}

TEST(SharedCoordinator, fills_a_machine_with_what_is_left_when_many_are_taken) {
    StageForest forest;
    for (int i = 0; i < 500; ++i) {
        forest.stages.push_back(make_stage("s" + std::to_string(i), "", StageKind::train, 0, 80, 1e10));
    }
    Shared shared(forest, 2);
    for (std::uint32_t stage = 0; stage < 498; ++stage) {
        shared.taken.insert(stage);
    }
    shared.script.say(0, Ready{});
    shared.script.say(1, Ready{});
    EXPECT_EQ(shared.script.coordinator.stages_here(), (std::vector<std::uint32_t>{498, 499}));
    EXPECT_EQ(shared.asked.size(), 500u);
}

}  // namespace
}  // namespace overtake
