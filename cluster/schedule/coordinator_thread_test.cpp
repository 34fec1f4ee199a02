// The coordinator on a thread of its own and ranks on theirs, through queues in one process: what the MPI program does, for the thread sanitizer.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "cluster/schedule/coordinator.hpp"
#include "cluster/schedule/messages.hpp"

namespace overtake {
namespace {

/// Bytes in, bytes out, in order; a reader sleeps until something comes.
class Queue {
  public:
    void put(int from, std::vector<std::byte> bytes) {
        {
            const std::lock_guard guard(mutex_);
            items_.emplace_back(from, std::move(bytes));
        }
        came_.notify_one();
    }
    std::optional<std::pair<int, std::vector<std::byte>>> take(std::chrono::milliseconds timeout) {
        std::unique_lock guard(mutex_);
        if (!came_.wait_for(guard, timeout, [&] { return !items_.empty(); })) {
            return std::nullopt;
        }
        auto item = std::move(items_.front());
        items_.pop_front();
        return item;
    }

  private:
    std::mutex mutex_;
    std::condition_variable came_;
    std::deque<std::pair<int, std::vector<std::byte>>> items_;
};

/// `trunks` chains of train, cooldown and evaluation.
StageForest forest_of(std::size_t trunks) {
    StageForest forest;
    for (std::size_t i = 0; i < trunks; ++i) {
        std::string parent;
        std::int64_t step = 0;
        for (const auto& [kind, steps] : {std::pair{StageKind::train, 80}, {StageKind::cooldown, 20}, {StageKind::evaluate, 0}}) {
            Stage stage;
            stage.id = std::to_string(forest.stages.size());
            stage.parent = parent;
            stage.kind = kind;
            stage.begin_step = step;
            stage.end_step = step += steps;
            stage.flops = 1e9 * static_cast<double>(steps + 1);
            stage.tokens = 1000 * (steps + 1);
            stage.config.training.shards = 4;
            stage.config.training.batch_sequences = 32;
            parent = stage.id;
            forest.stages.push_back(stage);
        }
    }
    return forest;
}

struct Life {
    std::size_t done = 0, failed = 0;
    bool finished = false, stopped = false;
    std::vector<int> completions;  // of each stage
};

/// One life of the program with `ranks` worker threads; every stage whose number is 7 modulo 30 fails. Asked to stop after `stop_after` ends, if any.
Life live(const StageForest& forest, int ranks, std::optional<std::size_t> stop_after) {
    Queue to_coordinator;
    std::vector<Queue> to_worker(static_cast<std::size_t>(ranks));
    std::vector<std::atomic<int>> completions(forest.stages.size());
    std::vector<std::thread> workers;
    const auto work = [&](int rank) {
        const auto say = [&](const ToCoordinator& message) { to_coordinator.put(rank, encode(message)); };
        say(Ready{});
        for (;;) {
            const auto item = to_worker[static_cast<std::size_t>(rank)].take(std::chrono::seconds(60));
            const auto message = item ? decode_to_worker(item->second) : std::nullopt;
            if (!message || std::holds_alternative<Leave>(*message)) {
                EXPECT_TRUE(message) << "a rank heard nothing for a minute";
                return;
            }
            if (const auto* assign = std::get_if<Assign>(&*message)) {
                const Stage& stage = forest.stages[assign->stage];
                if (assign->team[0] == rank) {
                    say(Heartbeat{assign->stage, stage.begin_step, 1e6});
                    const bool fails = assign->stage % 30 == 7;
                    completions[assign->stage] += fails ? 0 : 1;
                    say(Ended{assign->stage, assign->attempt, fails ? StageOutcome::failed : StageOutcome::done, stage.end_step, 1e-3, fails ? "out of memory" : ""});
                }
                say(Ready{});
            }
        }
    };
    Life life;
    std::thread coordinator([&] {
        Coordinator machine(forest, std::vector<StageStart>(forest.stages.size()), {.ranks = ranks});
        double now_s = 0;
        std::size_t ends = 0;
        bool told = false;
        const auto pass_on = [&](const std::vector<Outgoing>& out) {
            for (const Outgoing& each : out) {
                to_worker[static_cast<std::size_t>(each.to)].put(0, encode(each.message));
            }
        };
        while (!machine.finished()) {
            const auto item = to_coordinator.take(std::chrono::seconds(60));
            const auto message = item ? decode_to_coordinator(item->second) : std::nullopt;
            ASSERT_TRUE(message) << "the coordinator heard nothing for a minute";
            ends += std::holds_alternative<Ended>(*message) ? 1 : 0;
            pass_on(machine.on_message(item->first, *message, now_s += 1e-3));
            if (stop_after && ends >= *stop_after && !told) {
                told = true;
                pass_on(machine.on_stop());
            }
            machine.take_events();
        }
        life = {machine.stages_done(), machine.stages_failed(), machine.finished(), machine.stopped(), {}};
    });
    for (int rank = 0; rank < ranks; ++rank) {
        workers.emplace_back(work, rank);
    }
    coordinator.join();
    for (std::thread& worker : workers) {
        worker.join();
    }
    life.completions.assign(completions.begin(), completions.end());
    return life;
}

TEST(CoordinatorThread, RunsEveryStageOnceWithManyRanks) {
    const StageForest forest = forest_of(60);
    const Life life = live(forest, 4, std::nullopt);
    EXPECT_TRUE(life.finished);
    EXPECT_EQ(life.done + life.failed, forest.stages.size());
    EXPECT_EQ(life.failed, 12u);  // 6 cooldowns, each with its evaluation
    for (std::size_t i = 0; i < forest.stages.size(); ++i) {
        const bool lost = i % 30 == 7 || i % 30 == 8;
        ASSERT_EQ(life.completions[i], lost ? 0 : 1) << i;
    }
}

TEST(CoordinatorThread, StopsWithEveryRankToldToLeave) {
    const StageForest forest = forest_of(60);
    const Life life = live(forest, 4, 40);
    EXPECT_TRUE(life.finished);
    EXPECT_TRUE(life.stopped);
    EXPECT_GE(life.done + life.failed, 40u);
    EXPECT_LT(life.done, forest.stages.size());
}

}  // namespace
}  // namespace overtake
