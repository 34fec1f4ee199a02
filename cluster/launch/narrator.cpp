// Words to stderr and sweep.log.
#include "cluster/launch/narrator.hpp"

#include <unistd.h>

#include <ctime>
#include <iostream>

#include "cluster/launch/progress.hpp"
#include "sweeps/visible_text.hpp"

namespace overtake {

namespace {

constexpr double seconds_between_lines = 10;      // of progress in a log
constexpr double seconds_between_rewrites = 0.5;  // on a terminal

}  // namespace

std::string now_utc() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

Narrator::Narrator(const SweepFolder& folder, bool quiet)
    : log_(folder.log(), std::ios::app), quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

Narrator::~Narrator() {
    if (line_width_ > 0) {
        std::cerr << '\n';
    }
}

void Narrator::clear_line() {
    if (line_width_ > 0) {  // by blanks: stderr lets no escape sequence through
        std::cerr << '\r' << std::string(line_width_, ' ') << '\r';
        line_width_ = 0;
    }
}

void Narrator::print(std::string_view text) {
    clear_line();
    std::cerr << text << std::endl;
}

void Narrator::note(const std::string& words) { log_ << now_utc() << ' ' << visible(words, "\n\t") << std::endl; }

void Narrator::say(const std::string& words) {
    note(words);
    print("overtake: " + words);
}

void Narrator::pass_on(std::string_view line) {
    log_ << now_utc() << ' ' << visible(line, "\t") << std::endl;
    if (!quiet_) {
        print(line);
    }
}

void Narrator::progress(const ProgressLine& progress, double now_s) {
    if (now_s - last_progress_s_ < (terminal_ ? seconds_between_rewrites : seconds_between_lines)) {
        return;
    }
    last_progress_s_ = now_s;
    const std::string text = progress_text(progress);
    if (quiet_) {
        return;
    }
    if (terminal_) {
        const std::string blanks(line_width_ > text.size() ? line_width_ - text.size() : 0, ' ');
        std::cerr << '\r' << text << blanks << std::flush;
        line_width_ = text.size();
    } else {
        print(text);
    }
}

}  // namespace overtake
