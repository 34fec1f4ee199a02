// One launch after another until the program ends in order, is stopped, or is given up.
#include "cluster/launch/supervisor.hpp"

#include <poll.h>
#include <signal.h>

#include <array>
#include <cstring>
#include <optional>

#include "cluster/launch/line_reader.hpp"
#include "cluster/launch/process.hpp"
#include "cluster/launch/restart_policy.hpp"
#include "cluster/launch/retry.hpp"
#include "cluster/launch/room.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/run_lines.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {

namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;
constexpr Milliseconds look_every{100};
constexpr Milliseconds patience_with_pipes{1000};  // after the launcher's end: a stray process may hold them open
constexpr Milliseconds kill_grace{3000};
constexpr double patience_at_start = 10;           // libraries, wire-up and a look at every checkpoint, compared to a second of running
constexpr double share_for_collecting = 0.02;
constexpr std::chrono::seconds patience_with_stop_order{5};  // that the folder does not take

std::string list(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        text.append(text.empty() ? "'" : ", '").append(name).append("'");
    }
    return text;
}

class Supervisor {
  public:
    Supervisor(const SweepFolder& folder, const SupervisorSettings& settings, SweepLock& lock, StopSignals& signals, Narrator& narrator)
        : folder_(folder),
          settings_(settings),
          lock_(lock),
          signals_(signals),
          narrator_(narrator),
          policy_(settings.restart_limit, read_strikes(folder.strikes())),
          strikes_("write '" + folder.strikes().string() + "', which knows the stages that their ranks died of,"),
          stop_order_("write '" + folder.stop().string() + "', which tells the program to leave,"),
          room_("keep what stages come to in '" + folder.root.string() + "'"),
          next_collect_(Clock::now() + settings.collect_every) {}

    int run() {
        if (std::error_code absent; std::filesystem::exists(folder_.stop(), absent)) {
            narrator_.say("told to stop before the program was started");
            return exit_code::resumable;
        }
        for (std::int64_t launch = 0;; ++launch) {
            if (launch > 0 && !keep_locks()) {
                return exit_code::unexpected;
            }
            remove(folder_.outcome());
            death_ = {};
            heard_a_line_ = silence_ended_ = refused_ = false;
            silent_s_ = 0;
            last_look_ = Clock::now();
            const std::optional<ProcessEnd> end = run_once(launch);
            if (!end) {
                return lost_lock_ ? exit_code::unexpected : exit_code::resumable;
            }
            if (const std::optional<RunOutcome> outcome = read_outcome(folder_.outcome())) {
                return code_of(*outcome);
            }
            if (stopping_) {
                narrator_.say(std::string(input_closed_ ? "the program left" : "the program died while it was stopping") +
                              "; what its newest checkpoints hold is kept");
                return exit_code::resumable;
            }
            if (end->code == exit_code::usage && !heard_a_line_) {
                narrator_.say("the program refused to start (exit code 2); its reason is above and in " + folder_.log().string());
                return exit_code::usage;
            }
            if (refused_ && !wait_for_room()) {
                return lost_lock_ ? exit_code::unexpected : exit_code::resumable;
            }
            if (const std::optional<int> over = stopping_ ? std::nullopt : prepare_restart(*end)) {
                return *over;
            }
            if (stopping_) {
                return exit_code::resumable;  // told so while waiting
            }
        }
    }

  private:
    /// nullopt: ended by us.
    std::optional<ProcessEnd> run_once(std::int64_t launch) {
        ChildProcess child = ChildProcess::start(launch_line(settings_.launch));
        narrator_.note("started process " + std::to_string(child.pid()) + " for " + std::to_string(settings_.launch.ranks) + " ranks");
        lock_.set_launcher(child.pid(), launch);
        LineReader output, errors;
        std::optional<ProcessEnd> end;
        std::optional<Clock::time_point> ended_at;
        while (!end || ((child.output() >= 0 || child.errors() >= 0) && Clock::now() - *ended_at < patience_with_pipes)) {
            std::array<pollfd, 3> sources{{{child.output(), POLLIN, 0}, {child.errors(), POLLIN, 0}, {signals_.descriptor(), POLLIN, 0}}};
            poll(sources.data(), sources.size(), static_cast<int>(look_every.count()));
            if (sources[0].revents != 0 && !output.read_from(child.output(), [&](std::string_view line) { on_line(line); })) {
                child.close_output();
            }
            if (sources[1].revents != 0 && !errors.read_from(child.errors(), [&](std::string_view line) { on_line(line); })) {
                child.close_errors();
            }
            if (!look_after(child)) {
                return std::nullopt;
            }
            if (!end) {
                end_if_silent(child);
            }
            if (!end && (end = child.try_wait())) {
                ended_at = Clock::now();
            }
        }
        death_.blameless = death_.blameless || (end->signalled && !(silence_ended_ && death_.rank));
        lock_.set_launcher(0, launch);
        return end;
    }

    /// Ends a launch whose first rank says nothing any more: its coordinator can't tell who hangs. Counts at most a second per look, so that
    /// a pause of the whole job accuses nobody.
    void end_if_silent(ChildProcess& child) {
        const Clock::time_point now = Clock::now();
        silent_s_ += std::min(std::chrono::duration<double>(now - last_look_).count(), 1.0);
        last_look_ = now;
        const double patience_s = settings_.hang_after_s * (heard_a_line_ ? 1 : patience_at_start);
        if (silent_s_ <= patience_s) {
            return;
        }
        narrator_.say("nothing was heard of the MPI program for " + std::to_string(static_cast<std::int64_t>(silent_s_)) +
                      " s: its first rank hangs; ending it");
        if (heard_a_line_) {
            death_.rank = 0;
        }
        silence_ended_ = death_.silent = true;
        child.send_signal(SIGKILL);
        silent_s_ = 0;
    }

    void on_line(std::string_view text) {
        const std::optional<RunLine> line = parse_run_line(text);
        if (!line) {
            if (!death_.rank) {
                death_.rank = dead_rank_in(text);
            }
            death_.blameless = death_.blameless || text.find("MPI_ABORT was invoked") != std::string_view::npos;
            if (!text.empty()) {
                narrator_.pass_on(text);
            }
            return;
        }
        heard_a_line_ = true;
        silent_s_ = 0;
        policy_.on_line(*line);
        if (settings_.on_line) {
            settings_.on_line(*line);
        }
        if (const auto* progress = std::get_if<ProgressLine>(&*line)) {
            narrator_.progress(*progress, std::chrono::duration<double>(Clock::now().time_since_epoch()).count());
        } else if (const auto* ended = std::get_if<EndedLine>(&*line)) {
            collect_wanted_ = true;
            narrator_.note("stage " + ended->stage + " " + ended->outcome + " at step " + std::to_string(ended->step) +
                           (ended->reason.empty() ? "" : ": " + ended->reason));
            if (ended->outcome == "failed" || ended->outcome == "diverged") {
                narrator_.say("stage '" + ended->stage + "' " + ended->outcome + " (" + ended->reason + "); the sweep goes on");
            }
        } else if (const auto* hung = std::get_if<HungLine>(&*line)) {
            death_.hung.push_back(hung->stage);
            narrator_.say((hung->stage == "-" ? std::string("ranks that should ask for work hang") : "stage '" + hung->stage + "' hangs") +
                          " (no sign of life for " + std::to_string(static_cast<std::int64_t>(hung->silent_s)) + " s); ending the program");
        } else if (const auto* fault = std::get_if<FaultLine>(&*line)) {
            death_.faults.push_back(*fault);
            narrator_.say("stage '" + fault->stage + "' can't go on (" + fault->reason + "); the program starts again");
        } else if (const auto* refused = std::get_if<RefusedLine>(&*line)) {
            refused_ = true;
            narrator_.note("the sweep folder refuses what was to be kept: " + refused->reason);
        } else if (const auto* assigned = std::get_if<AssignedLine>(&*line)) {
            narrator_.note("stage " + assigned->stage + " from step " + std::to_string(assigned->step) + " on " +
                           std::to_string(assigned->team.size()) + " ranks from rank " + std::to_string(assigned->team.front()));
        }
        keep_strikes();
    }

    /// Signals, deadline, lock, results, and what the folder did not take before. False if the child was ended by us.
    bool look_after(ChildProcess& child) {
        if (!heed_signals()) {
            narrator_.say("ending at once; checkpoints are kept, run again to go on");
            child.terminate(kill_grace);
            return false;
        }
        stop_at_deadline();
        write_stop_order();
        if (stop_order_.failing_for(Clock::now()) > patience_with_stop_order && !input_closed_) {
            input_closed_ = true;
            narrator_.say("closing the program's pipe instead: it leaves as if its supervisor were gone");
            child.close_input();
        }
        keep_strikes();
        if (!keep_locks()) {
            child.terminate(kill_grace);
            lost_lock_ = true;
            return false;
        }
        collect_if_due();
        return true;
    }

    /// False, and said, if one of them is somebody else's.
    bool keep_locks() {
        const bool outer_is_ours = !settings_.keep_outer_lock || settings_.keep_outer_lock();
        const bool all_are_ours = lock_.beat() && outer_is_ours;
        tell(lock_.take_news());
        if (!all_are_ours) {
            narrator_.say("somebody else has taken " + (outer_is_ours ? "'" + folder_.lock().string() + "'" : std::string("the sweep that is being tuned")) +
                          "; leaving the sweep to them");
        }
        return all_are_ours;
    }

    /// False if it must end at once.
    bool heed_signals() {
        while (const int signal = signals_.take()) {
            if (signal == SIGINT && interrupted_) {
                return false;
            }
            interrupted_ = interrupted_ || signal == SIGINT;
            stop(signal == SIGINT ? "interrupted (once more ends it at once)" : "told to stop by SIG" + std::string(sigabbrev_np(signal)));
        }
        return true;
    }

    void stop(const std::string& why) {
        if (!stopping_) {
            stopping_ = true;
            narrator_.say(why + "; every team writes a checkpoint and leaves");
            why_stopping_ = why + "\n";
            stop_order_.want();
            write_stop_order();
        }
    }

    void write_stop_order() {
        stop_order_.attempt([this] { write_aside(folder_.stop(), why_stopping_); }, Clock::now());
        tell(stop_order_.take_news());
    }

    void collect_if_due() {
        if (!settings_.collect || !collect_wanted_ || Clock::now() < next_collect_) {
            return;
        }
        collect_wanted_ = false;
        const auto start = Clock::now();
        try {
            settings_.collect();
        } catch (const std::exception& error) {
            narrator_.say(std::string("results.h5 was not renewed: ") + error.what());
        }
        const auto took = Clock::now() - start;
        next_collect_ = Clock::now() + std::max<Clock::duration>(settings_.collect_every, std::chrono::duration_cast<Clock::duration>(took / share_for_collecting));
    }

    int code_of(const RunOutcome& outcome) {
        if (outcome.finished) {
            return outcome.stages_failed > 0 ? exit_code::some_trials_failed : exit_code::done;
        }
        return outcome.stopped ? exit_code::resumable : exit_code::unexpected;
    }

    /// With nothing running, until the folder takes a file again. False if that took longer than its patience, or the lock is lost; true also when told to stop.
    bool wait_for_room() {
        room_.want();
        room_.hurry();
        while (!stopping_) {
            room_.attempt([this] { try_for_room(folder_, settings_.state_bytes); }, Clock::now());
            tell(room_.take_news());
            if (!room_.is_wanted()) {
                return true;
            }
            if (std::chrono::duration<double>(room_.failing_for(Clock::now())).count() > settings_.folder_patience_s) {
                narrator_.say("no room after " + std::to_string(static_cast<std::int64_t>(settings_.folder_patience_s)) +
                              " s; leaving. Nothing is recorded as failed, and what the newest checkpoints hold is kept: make room and run it again");
                return false;
            }
            if (!wait_a_moment()) {
                return false;
            }
        }
        return true;
    }

    /// With nothing running. False, and said, if the lock is lost.
    bool wait_a_moment() {
        if (!keep_locks()) {
            lost_lock_ = true;
            return false;
        }
        pollfd source{signals_.descriptor(), POLLIN, 0};
        poll(&source, 1, static_cast<int>(look_every.count()));
        heed_signals();
        stop_at_deadline();
        if (std::error_code absent; std::filesystem::exists(folder_.stop(), absent)) {
            stop("told to stop");
        }
        return true;
    }

    void stop_at_deadline() {
        if (settings_.deadline > 0 && unix_seconds() >= settings_.deadline) {
            stop("the time of this job is nearly over");
        }
    }

    /// The exit code of a sweep that is given up, or nullopt: to be started again, unless told to stop while waiting.
    std::optional<int> prepare_restart(const ProcessEnd& end) {
        const Verdict verdict = policy_.on_death(death_);
        strikes_.hurry();
        keep_strikes();
        std::string words = "the MPI program died (its launcher " +
                            (end.signalled ? "was killed by signal " + std::to_string(end.code - 128) : "ended with code " + std::to_string(end.code));
        words.append(death_.rank ? ", rank " + std::to_string(*death_.rank) + " first)" : ")");
        if (!verdict.struck.empty()) {
            words.append("; a strike for ").append(list(verdict.struck));
        }
        if (!verdict.failed.empty()) {
            words.append("; the third, and so failed: ").append(list(verdict.failed));
        }
        if (!verdict.restart) {
            narrator_.say(words + "; giving up after " + std::to_string(verdict.restarts_in_a_row - 1) + " restarts without progress; the reason should be in " +
                          folder_.log().string() + (verdict.place_is_to_blame ? ". The place is to blame, not the stages: mend it, or go elsewhere, and run it again" : ""));
            return verdict.place_is_to_blame ? exit_code::resumable : exit_code::unexpected;
        }
        narrator_.say(words + "; restart " + std::to_string(verdict.restarts_in_a_row) + " of at most " +
                      std::to_string(settings_.restart_limit) + " without progress");
        const auto until = Clock::now() + restart_pause(settings_.restart_delay, verdict.restarts_in_a_row);
        while (!stopping_ && Clock::now() < until) {
            if (!wait_a_moment()) {
                return exit_code::unexpected;
            }
        }
        return std::nullopt;
    }

    void keep_strikes() {
        if (policy_.take_changed()) {
            strikes_.want();
        }
        strikes_.attempt([this] { write_strikes(folder_.strikes(), policy_.strikes()); }, Clock::now());
        tell(strikes_.take_news());
    }

    void tell(const std::string& news) {
        if (!news.empty()) {
            narrator_.say(news);
        }
    }

    static void remove(const std::filesystem::path& file) {
        std::error_code ignored;
        std::filesystem::remove(file, ignored);
    }

    const SweepFolder& folder_;
    const SupervisorSettings& settings_;
    SweepLock& lock_;
    StopSignals& signals_;
    Narrator& narrator_;
    RestartPolicy policy_;
    Retry strikes_, stop_order_, room_;
    std::string why_stopping_;
    Death death_;
    double silent_s_ = 0;
    Clock::time_point last_look_;
    bool heard_a_line_ = false, silence_ended_ = false, stopping_ = false, interrupted_ = false, lost_lock_ = false, refused_ = false, collect_wanted_ = false, input_closed_ = false;
    Clock::time_point next_collect_;
};

}  // namespace

int supervise(const SweepFolder& folder, const SupervisorSettings& settings, SweepLock& lock, StopSignals& signals, Narrator& narrator) {
    const int code = Supervisor(folder, settings, lock, signals, narrator).run();
    if (settings.before_leaving) {
        settings.before_leaving();
    }
    std::error_code ignored;
    std::filesystem::remove(folder.stop(), ignored);
    return code;
}

}  // namespace overtake
