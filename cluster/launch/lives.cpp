#include "cluster/launch/lives.hpp"

#include <algorithm>
#include <fstream>

#include <nlohmann/json.hpp>

#include "sweeps/write_aside.hpp"

namespace overtake {

JobLives::JobLives(const SweepFolder& folder, const SlurmJob& job)
    : folder_(folder), writing_("write down how far this job came in '" + folder.lives().string() + "'") {
    if (job.restart == 0 && job.link == 0) {
        close();
        return;
    }
    try {
        std::ifstream file(folder_.lives());
        const nlohmann::json json = nlohmann::json::parse(file, nullptr, false);
        without_progress_ = json.at("restarts_without_progress").get<std::int64_t>();
        furthest_ = json.at("furthest").get<std::map<std::string, std::int64_t>>();
    } catch (const std::exception&) {  // rubbish, or not to be read now: counted from here on
        without_progress_ = 0;
        furthest_.clear();
    }
    ++without_progress_;
    close();
}

void JobLives::got_on() {
    if (without_progress_ != 0) {
        without_progress_ = 0;
        writing_.want();
    }
}

void JobLives::note(const std::string& stage, std::int64_t step, bool began) {
    const auto [known, is_new] = furthest_.emplace(stage, step);
    if (!is_new && step > known->second) {
        known->second = step;
        got_on();
    } else if (is_new && !began) {
        got_on();
    } else if (is_new) {
        writing_.want();  // should this life end at once, the next sees that the stage came further
    }
}

void JobLives::on_line(const RunLine& line) {
    if (const auto* assigned = std::get_if<AssignedLine>(&line)) {
        note(assigned->stage, assigned->step, true);
    } else if (const auto* ended = std::get_if<EndedLine>(&line)) {
        if (ended->outcome == "stopped") {
            note(ended->stage, ended->step, false);
        } else if (ended->outcome != "skipped") {
            got_on();
        }
    }
    write();
}

void JobLives::close() {
    writing_.want();
    writing_.hurry();
    write();
}

void JobLives::write() {
    writing_.attempt(
        [this] { write_aside(folder_.lives(), nlohmann::json{{"restarts_without_progress", without_progress_}, {"furthest", furthest_}}.dump() + "\n"); },
        Retry::Clock::now());
}

}  // namespace overtake
