// Strikes, progress, and when to give up (design 6).
#include "cluster/launch/restart_policy.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace overtake {

namespace {

std::optional<int> number_at(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end != text.data() && value >= 0 ? std::optional(value) : std::nullopt;
}

std::optional<int> number_after(std::string_view line, std::string_view words) {
    const std::size_t at = line.find(words);
    return at == std::string_view::npos ? std::nullopt : number_at(line.substr(at + words.size()));
}

}  // namespace

std::optional<int> dead_rank_in(std::string_view line) {
    if (const auto rank = number_after(line, "process rank ")) {
        return rank;
    }
    if (line.find("Process name: [[") != std::string_view::npos) {
        return number_after(line, "],");
    }
    return line.find("srun: error:") != std::string_view::npos ? number_after(line, ": task ") : std::nullopt;
}

std::chrono::milliseconds restart_pause(std::chrono::milliseconds first, std::int64_t restarts_in_a_row) {
    constexpr std::chrono::milliseconds longest{60'000};
    std::chrono::milliseconds pause = restarts_in_a_row > 1 ? first : std::chrono::milliseconds(0);
    for (std::int64_t i = 2; i < restarts_in_a_row && pause < longest; ++i) {
        pause *= 4;
    }
    return std::min(pause, longest);
}

RestartPolicy::RestartPolicy(std::int64_t limit, std::vector<Strike> strikes) : limit_(limit), strikes_(std::move(strikes)) {}

bool RestartPolicy::take_changed() noexcept { return std::exchange(changed_, false); }

void RestartPolicy::clear_strikes(const std::string& stage) {
    changed_ = std::erase_if(strikes_, [&](const Strike& strike) { return strike.stage == stage; }) > 0 || changed_;
}

void RestartPolicy::on_line(const RunLine& line) {
    if (const auto* assigned = std::get_if<AssignedLine>(&line)) {
        running_[assigned->stage] = {assigned->team, assigned->step};
        const auto [known, is_new] = furthest_.emplace(assigned->stage, assigned->step);
        if (!is_new && assigned->step > known->second) {
            known->second = assigned->step;
            progressed_ = true;
        }
        const auto strike = std::find_if(strikes_.begin(), strikes_.end(), [&](const Strike& each) { return each.stage == assigned->stage; });
        if (strike != strikes_.end() && assigned->step > strike->step) {
            clear_strikes(assigned->stage);
        }
    } else if (const auto* ended = std::get_if<EndedLine>(&line)) {
        running_.erase(ended->stage);
        if (ended->outcome != "stopped" && ended->outcome != "skipped") {
            progressed_ = true;
            clear_strikes(ended->stage);
        }
    }
}

Verdict RestartPolicy::on_death(const Death& death) {
    Verdict verdict;
    if (std::exchange(progressed_, false)) {
        restarts_ = 0;
    }
    verdict.restart = restarts_ < limit_;
    verdict.restarts_in_a_row = ++restarts_;

    const std::map<std::string, Running> running = std::exchange(running_, {});
    const auto fault_of = [&](const std::string& stage) {
        return std::find_if(death.faults.begin(), death.faults.end(), [&](const FaultLine& fault) { return fault.stage == stage; });
    };
    if (death.blameless && death.hung.empty() && death.faults.empty()) {
        return verdict;
    }
    for (const auto& [stage, run] : running) {
        if (!death.hung.empty()) {
            if (std::find(death.hung.begin(), death.hung.end(), stage) != death.hung.end()) {
                verdict.struck.push_back(stage);
            }
            continue;
        }
        if (!death.faults.empty()) {
            if (fault_of(stage) != death.faults.end()) {
                verdict.struck.push_back(stage);
            }
            continue;
        }
        if (death.rank && std::find(run.team.begin(), run.team.end(), *death.rank) != run.team.end()) {
            verdict.struck.push_back(stage);
        }
    }
    if (verdict.struck.empty() && !death.rank && death.hung.empty() && death.faults.empty()) {
        for (const auto& [stage, run] : running) {
            verdict.struck.push_back(stage);
        }
    }
    for (const std::string& stage : verdict.struck) {
        auto strike = std::find_if(strikes_.begin(), strikes_.end(), [&](const Strike& each) { return each.stage == stage; });
        if (strike == strikes_.end()) {
            strike = strikes_.insert(strikes_.end(), Strike{stage});
        }
        const bool place_is_accused = !death.faults.empty() && !verdict.restart;  // all that was tried met faults: no verdict on this one
        strike->count += place_is_accused && strike->count + 1 >= strikes_that_fail ? 0 : 1;
        strike->hangs += death.silent || !death.hung.empty() ? 1 : 0;
        strike->step = running.at(stage).step;
        if (const auto fault = fault_of(stage); fault != death.faults.end()) {
            strike->reason = fault->reason;
        }
        changed_ = true;
        if (strike->count >= strikes_that_fail) {
            verdict.failed.push_back(stage);
            progressed_ = progressed_ || death.faults.empty();  // the sweep goes on without it; where the place is to blame the next stage may fare no better
        }
    }
    return verdict;
}

}  // namespace overtake
