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

RestartPolicy::RestartPolicy(std::int64_t limit, std::vector<Strike> strikes) : limit_(limit), strikes_(std::move(strikes)) {
    for (const Strike& strike : strikes_) {
        if (!strike.reason.empty()) {
            progress_at_first_fault_.emplace(strike.stage, 0);
        }
    }
}

bool RestartPolicy::take_changed() noexcept { return std::exchange(changed_, false); }

void RestartPolicy::clear_strikes(const std::string& stage) {
    progress_at_first_fault_.erase(stage);
    changed_ = std::erase_if(strikes_, [&](const Strike& strike) { return strike.stage == stage; }) > 0 || changed_;
}

void RestartPolicy::on_line(const RunLine& line) {
    if (const auto* assigned = std::get_if<AssignedLine>(&line)) {
        running_[assigned->stage] = {assigned->team, assigned->step};
        const auto [known, is_new] = furthest_.emplace(assigned->stage, assigned->step);
        if (!is_new && assigned->step > known->second) {
            known->second = assigned->step;
            progressed_ = true;
            ++progress_;
        }
        const auto strike = std::find_if(strikes_.begin(), strikes_.end(), [&](const Strike& each) { return each.stage == assigned->stage; });
        if (strike != strikes_.end() && assigned->step > strike->step) {
            clear_strikes(assigned->stage);
        }
    } else if (const auto* ended = std::get_if<EndedLine>(&line)) {
        running_.erase(ended->stage);
        if (ended->outcome != "stopped" && ended->outcome != "skipped") {
            progressed_ = true;
            progress_ += ended->outcome == "done" ? 1 : 0;
            clear_strikes(ended->stage);
        }
    }
}

void RestartPolicy::strike(const std::string& stage, const FaultLine* fault, const Death& death, Verdict& verdict, std::int64_t step) {
    verdict.struck.push_back(stage);
    auto strike = std::find_if(strikes_.begin(), strikes_.end(), [&](const Strike& each) { return each.stage == stage; });
    if (strike == strikes_.end()) {
        strike = strikes_.insert(strikes_.end(), Strike{stage});
    }
    const bool of_the_place = fault != nullptr && fault->of_the_place;
    const std::int64_t progress_before = of_the_place ? progress_at_first_fault_.emplace(stage, progress_).first->second : progress_;
    // The place is to blame until others do better: stages with two such strikes come last, and alone.
    const bool is_held = of_the_place && strike->count + 1 >= strikes_that_fail && progress_ <= progress_before;
    verdict.place_is_to_blame = verdict.place_is_to_blame || of_the_place;
    strike->count += is_held ? 0 : 1;
    strike->hangs += death.silent || !death.hung.empty() ? 1 : 0;
    strike->step = step;
    strike->reason = fault != nullptr ? fault->reason : "";
    changed_ = true;
    if (strike->count >= strikes_that_fail) {
        verdict.failed.push_back(stage);
        progressed_ = true;  // the sweep goes on without it
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
    const auto fault_of = [&](const std::string& stage) -> const FaultLine* {
        const auto found = std::find_if(death.faults.begin(), death.faults.end(), [&](const FaultLine& fault) { return fault.stage == stage; });
        return found == death.faults.end() ? nullptr : &*found;
    };
    const auto is_to_blame = [&](const std::string& stage, const Running& run) {
        if (!death.hung.empty()) {
            return std::find(death.hung.begin(), death.hung.end(), stage) != death.hung.end();
        }
        if (!death.faults.empty()) {
            return fault_of(stage) != nullptr;
        }
        return !death.blameless && death.rank && std::find(run.team.begin(), run.team.end(), *death.rank) != run.team.end();
    };
    for (const auto& [stage, run] : running) {
        if (is_to_blame(stage, run) || (!death.blameless && !death.rank && death.hung.empty() && death.faults.empty())) {
            strike(stage, fault_of(stage), death, verdict, run.step);
        }
    }
    return verdict;
}

}  // namespace overtake
