#include "cluster/launch/run_pace.hpp"

namespace overtake {

void RunPace::on_line(const RunLine& line, double now_s) {
    if (const auto* assigned = std::get_if<AssignedLine>(&line)) {
        const bool is_first = !took_s_.contains(assigned->stage) && since_s_.emplace(assigned->stage, now_s).second;
        if (!is_first) {
            since_s_[assigned->stage] = -1;  // begun more than once: no measure of what it takes
        }
        first_s_ = first_s_ < 0 ? now_s : first_s_;
    } else if (const auto* ended = std::get_if<EndedLine>(&line)) {
        last_s_ = now_s;
        if (const auto begun = since_s_.find(ended->stage); begun != since_s_.end() && begun->second >= 0 && ended->outcome == "done") {
            took_s_[ended->stage] = now_s - begun->second;
        }
    }
}

double RunPace::launch_seconds(double now_s) const noexcept { return first_s_ < 0 || last_s_ < 0 ? 0 : first_s_ - start_s_ + now_s - last_s_; }

}  // namespace overtake
