// An event loop around several coordinators and one folder.
#include "cluster/schedule/shared_days.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <tuple>

#include "cluster/schedule/bad_days.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/stage_lease.hpp"

namespace overtake {

namespace {

constexpr double never = std::numeric_limits<double>::infinity();
constexpr std::uint64_t most_events = 5'000'000;

struct Lease {
    std::int64_t generation = 0;
    std::optional<std::size_t> holder = {};
};

struct Folder {
    explicit Folder(std::size_t stages, std::size_t members)
        : leases(stages), records(stages), steps(stages, 0), pulses(members, 0), pulse_s(members, 0) {}
    std::vector<Lease> leases;
    std::vector<std::optional<StageOutcome>> records;
    std::vector<std::int64_t> steps;  // of the newest checkpoint
    std::vector<std::int64_t> pulses;
    std::vector<double> pulse_s;  // when they were written
};

struct Team {
    std::uint32_t stage = 0;
    std::int64_t attempt = 0, begin_step = 0;
    std::vector<std::int32_t> ranks;
    std::size_t joined = 0;
    double begin_s = 0, seconds = 0;
    bool over = false;
};

struct Member {
    Member(const SharedDay& day, CoordinatorOptions options)
        : coordinator(day.forest, std::vector<StageStart>(day.forest.stages.size()), std::move(options)),
          watch(day.patience_s) {
        const auto ranks = static_cast<std::size_t>(day.options.ranks);
        team_of.assign(ranks, 0);
        last_said_s.assign(ranks, 0);
        last_heard_s.assign(ranks, 0);
    }
    Coordinator coordinator;
    HolderWatch watch;
    std::vector<Team> teams;
    std::vector<std::size_t> team_of;  // per rank, from 1
    std::vector<double> last_said_s, last_heard_s;
    double woken_s = -1;
};

struct Event {
    enum class Kind { said, heard, over, look, wake } kind;
    double at_s;
    std::size_t member;
    std::uint64_t order = 0;
    int rank = 0;
    std::size_t team = 0;
    std::vector<std::byte> bytes = {};  // messages travel as they would on the wire
    bool operator<(const Event& other) const { return std::tie(at_s, order) > std::tie(other.at_s, other.order); }
};

class SharedSimulation {
  public:
    explicit SharedSimulation(const SharedDay& day)
        : day_(day),
          model_(day.forest, day.options.throughput),
          folder_(day.forest.stages.size(), day.members),
          random_(day.seed) {
        members_.reserve(day.members);
        for (std::size_t member = 0; member < day.members; ++member) {
            CoordinatorOptions options = day.options;
            options.claim = [this, member](std::uint32_t stage) { return claim(member, stage); };
            members_.emplace_back(day, options);
            for (int rank = 0; rank < day.options.ranks; ++rank) {
                say(member, rank, Ready{});
            }
            push({Event::Kind::look, 0, member});
        }
    }

    SharedRun run() {
        for (; !events_.empty() && order_ < most_events;) {
            const Event event = events_.top();
            events_.pop();
            now_s_ = event.at_s;
            if (!is_dead(event.member)) {
                handle(event);
            }
        }
        for (std::size_t member = 0; member < members_.size(); ++member) {
            for (const Team& team : members_[member].teams) {
                if (!team.over && team.joined == team.ranks.size()) {
                    run_.attempts.push_back({member, team.stage, team.begin_s, day_.first_dies_s, false, false});
                }
            }
            if (!is_dead(member) && !members_[member].coordinator.finished()) {
                run_.never_left.push_back(member);
            }
        }
        return std::move(run_);
    }

  private:
    bool is_dead(std::size_t member) const { return member == 0 && now_s_ >= day_.first_dies_s; }

    /// When the folder is in sight again; now if it is.
    double in_sight_s(std::size_t member) const {
        double at_s = now_s_;
        for (const CutOff& cut : day_.cut_offs) {
            at_s = cut.member == member && cut.from_s <= now_s_ && now_s_ < cut.to_s ? std::max(at_s, cut.to_s) : at_s;
        }
        return at_s;
    }

    void push(Event event) {
        event.order = ++order_;
        events_.push(std::move(event));
    }

    double delay() { return day_.message_seconds * static_cast<double>(random_() >> 11) * 0x1p-53; }

    void say(std::size_t member, int rank, const ToCoordinator& message) {
        double& last_s = members_[member].last_said_s[static_cast<std::size_t>(rank)];
        last_s = std::max(last_s, now_s_ + delay());
        push({Event::Kind::said, last_s, member, 0, rank, 0, encode(message)});
    }

    void deliver(std::size_t member, const std::vector<Outgoing>& messages) {
        for (const Outgoing& message : messages) {
            double& last_s = members_[member].last_heard_s[static_cast<std::size_t>(message.to)];
            last_s = std::max(last_s, now_s_ + delay());
            push({Event::Kind::heard, last_s, member, 0, message.to, 0, encode(message.message)});
        }
    }

    void handle(const Event& event) {
        Member& member = members_[event.member];
        switch (event.kind) {
            case Event::Kind::said:
                deliver(event.member,
                        member.coordinator.on_message(event.rank, decode_to_coordinator(event.bytes).value(), now_s_));
                break;
            case Event::Kind::heard:
                hear(event.member, event.rank, decode_to_worker(event.bytes).value());
                break;
            case Event::Kind::over:
                end(event.member, event.team, false);
                break;
            case Event::Kind::look:
                look(event.member);
                break;
            case Event::Kind::wake:
                deliver(event.member, member.coordinator.on_time(now_s_));
                break;
        }
        if (const double wake_s = member.coordinator.held_until_s();
            std::isfinite(wake_s) && wake_s != member.woken_s) {
            member.woken_s = wake_s;
            push({Event::Kind::wake, std::max(now_s_, wake_s), event.member});
        }
    }

    bool is_free(std::size_t member, std::size_t stage) {
        const std::optional<std::size_t> holder = folder_.leases[stage].holder;
        HolderWatch& watch = members_[member].watch;
        watch.tick(now_s_);  // else a pulse would seem as old as the last tick
        return !holder || *holder == member || !watch.moves(std::to_string(*holder), "", folder_.pulses[*holder]);
    }

    bool claim(std::size_t member, std::size_t stage) {
        if (in_sight_s(member) > now_s_ || folder_.records[stage] || !is_free(member, stage)) {
            return false;
        }
        Lease& lease = folder_.leases[stage];
        run_.leases.push_back(
            {stage, lease.generation + 1, member, now_s_,
             lease.holder && *lease.holder != member ? now_s_ - folder_.pulse_s[*lease.holder] : never});
        lease = {lease.generation + 1, member};
        return true;
    }

    std::int64_t step_now(const Team& team) const {
        const auto left = static_cast<double>(day_.forest.stages[team.stage].end_step - team.begin_step);
        return team.begin_step +
               static_cast<std::int64_t>(left * std::clamp((now_s_ - team.begin_s) / team.seconds, 0.0, 1.0));
    }

    /// Pulse, checkpoints of its own stages, what became of the others'.
    void look(std::size_t number) {
        Member& member = members_[number];
        if (member.coordinator.finished()) {
            return;
        }
        push({Event::Kind::look, now_s_ + day_.patience_s / 6, number});
        if (in_sight_s(number) > now_s_) {
            return;
        }
        ++folder_.pulses[number];
        folder_.pulse_s[number] = now_s_;
        member.watch.tick(now_s_);
        for (const std::uint32_t stage : member.coordinator.stages_here()) {
            if (folder_.leases[stage].holder != number) {
                deliver(number, member.coordinator.on_taken_over(stage));
            }
        }
        for (const Team& team : member.teams) {
            if (!team.over && team.joined == team.ranks.size() && folder_.leases[team.stage].holder == number) {
                folder_.steps[team.stage] = std::max(folder_.steps[team.stage], step_now(team));
            }
        }
        for (const std::uint32_t stage : member.coordinator.stages_elsewhere()) {
            if (folder_.records[stage]) {
                deliver(number, member.coordinator.on_over_elsewhere(stage, *folder_.records[stage],
                                                                     day_.forest.stages[stage].end_step, now_s_));
            } else if (is_free(number, stage)) {
                deliver(number, member.coordinator.on_over_elsewhere(stage, StageOutcome::stopped, folder_.steps[stage],
                                                                     now_s_));
            }
        }
    }

    void hear(std::size_t number, int rank, const ToWorker& message) {
        Member& member = members_[number];
        std::size_t& mine = member.team_of[static_cast<std::size_t>(rank)];
        if (const auto* assign = std::get_if<Assign>(&message)) {
            expects(mine == 0, "a rank is handed a stage only when it has none");
            const auto same = [&](const Team& team) {
                return team.stage == assign->stage && team.attempt == assign->attempt;
            };
            auto team = std::find_if(member.teams.begin(), member.teams.end(), same);
            if (team == member.teams.end()) {
                member.teams.push_back({assign->stage, assign->attempt, 0, assign->team});
                team = member.teams.end() - 1;
            }
            mine = static_cast<std::size_t>(team - member.teams.begin()) + 1;
            if (++team->joined == team->ranks.size()) {
                team->begin_s = now_s_;
                team->begin_step = std::max(folder_.steps[team->stage], day_.forest.stages[team->stage].begin_step);
                team->seconds = day_.factors[team->stage] * model_.seconds_left(team->stage, team->begin_step,
                                                                                static_cast<int>(team->ranks.size()));
                push({Event::Kind::over, now_s_ + team->seconds, number, 0, 0, mine});
            }
        } else if (std::holds_alternative<StopNow>(message) && mine != 0) {
            end(number, mine, true);
        }
    }

    void end(std::size_t number, std::size_t team_number, bool told_to_stop) {
        Member& member = members_[number];
        Team& team = member.teams[team_number - 1];
        if (team.over || team.joined < team.ranks.size()) {
            return;
        }
        if (const double at_s = in_sight_s(number); at_s > now_s_) {
            push({Event::Kind::over, at_s + delay(), number, 0, 0, team_number});
            return;
        }
        const bool ours = folder_.leases[team.stage].holder == number;
        const bool recorded = ours && !told_to_stop;
        StageOutcome outcome = StageOutcome::stopped;
        if (recorded) {
            outcome = day_.fails[team.stage] ? StageOutcome::failed : StageOutcome::done;
            folder_.records[team.stage] = outcome;
            folder_.leases[team.stage] = {};
        }
        team.over = true;
        run_.attempts.push_back({number, team.stage, team.begin_s, now_s_, recorded, outcome == StageOutcome::failed});
        const std::int64_t step = recorded ? day_.forest.stages[team.stage].end_step : step_now(team);
        say(number, team.ranks.front(), Ended{team.stage, team.attempt, outcome, step, now_s_ - team.begin_s, ""});
        for (const int rank : team.ranks) {
            member.team_of[static_cast<std::size_t>(rank)] = 0;
            say(number, rank, Ready{});
        }
    }

    const SharedDay& day_;
    ThroughputModel model_;
    Folder folder_;
    std::mt19937_64 random_;
    std::vector<Member> members_;
    std::priority_queue<Event> events_;
    SharedRun run_;
    double now_s_ = 0;
    std::uint64_t order_ = 0;
};

}  // namespace

SharedRun simulate_shared(const SharedDay& day) {
    return SharedSimulation(day).run();
}

SharedDay shared_day(std::uint64_t seed) {
    const BadDay base = bad_day(seed);
    std::mt19937_64 random(seed ^ 0x5EED);
    const auto real = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
    SharedDay day;
    day.forest = base.forest;
    day.options = base.options;
    day.members = 2 + random() % 3;
    day.message_seconds = std::min(base.mishaps.message_seconds, 1.0);
    day.seed = seed;
    const ThroughputModel model(day.forest);
    double sum_s = 0, longest_s = 0;
    for (std::size_t stage = 0; stage < day.forest.stages.size(); ++stage) {
        day.factors.push_back(std::exp(base.mishaps.runtime_error * (2 * real() - 1)));
        day.fails.push_back(real() < base.mishaps.failed_stages);
        const double seconds = model.seconds_left(stage, day.forest.stages[stage].begin_step, 1);
        sum_s += seconds;
        longest_s = std::max(longest_s, seconds);
    }
    const double about_s = longest_s + sum_s / day.options.ranks / static_cast<double>(day.members);
    day.patience_s = std::max(about_s * 0.003 * std::pow(100, real()), 10 * day.message_seconds);
    for (std::uint64_t cuts = 1 + random() % 6; cuts > 0; --cuts) {
        const double from_s = about_s * real();
        day.cut_offs.push_back({random() % day.members, from_s, from_s + day.patience_s * 0.1 * std::pow(50, real())});
    }
    day.first_dies_s = real() < 0.3 ? about_s * real() : never;
    return day;
}

std::vector<std::string> broken_promises(const SharedDay& day, const SharedRun& run) {
    std::vector<std::string> broken;
    for (const std::size_t member : run.never_left) {
        broken.push_back("never left: member " + std::to_string(member));
    }
    const std::size_t stages = day.forest.stages.size();
    std::vector<double> recorded_s(stages, never);
    std::vector<bool> doomed(stages, false);
    for (const SharedAttempt& attempt : run.attempts) {
        if (attempt.recorded && recorded_s[attempt.stage] < never) {
            broken.push_back("recorded twice: " + day.forest.stages[attempt.stage].id);
        }
        if (attempt.recorded) {
            recorded_s[attempt.stage] = attempt.end_s;
            doomed[attempt.stage] = attempt.failed;
        }
    }
    std::vector<double> may_begin_s(stages, 0);
    for (std::size_t i = 0; i < stages; ++i) {
        const Stage& stage = day.forest.stages[i];
        const bool below_failed = !stage.parent.empty() && doomed[day.forest.index_of(stage.parent)];
        may_begin_s[i] = stage.parent.empty() ? 0
                         : below_failed       ? never
                                              : recorded_s[day.forest.index_of(stage.parent)];
        doomed[i] = doomed[i] || below_failed;
        if (recorded_s[i] == never && !below_failed) {
            broken.push_back("lost: " + stage.id);
        }
    }
    for (const SharedAttempt& attempt : run.attempts) {
        if (attempt.begin_s < may_begin_s[attempt.stage]) {
            broken.push_back("before its parent: " + day.forest.stages[attempt.stage].id);
        }
    }
    std::set<std::pair<std::size_t, std::int64_t>> generations;
    for (const LeaseTaken& lease : run.leases) {
        const std::string& id = day.forest.stages[lease.stage].id;
        if (!generations.emplace(lease.stage, lease.generation).second) {
            broken.push_back("a generation of a lease twice: " + id);
        }
        constexpr double rounding = 1e-9;  // a watch adds its ticks up
        if (lease.silent_s < day.patience_s * (1 - rounding)) {
            broken.push_back("taken from a member that moved: " + id);
        }
    }
    return broken;
}

}  // namespace overtake
