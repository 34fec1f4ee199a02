// Words to stderr and sweep.log.
#include "cluster/launch/narrator.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <iostream>

#include "cluster/launch/progress.hpp"
#include "sweeps/visible_text.hpp"

namespace overtake {

namespace {

constexpr double seconds_between_lines = 10;      // of progress in a log
constexpr double seconds_between_rewrites = 0.5;  // on a terminal
constexpr std::size_t most_unwritten_bytes = 64 * 1024;

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
    : file_(folder.log()), quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {
    write_log();  // it is there from now on, for whoever follows it
}

Narrator::~Narrator() {
    write_log();
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
    std::cerr.clear();  // in a batch job this is a file as well, on a disk that may have been full
    std::cerr << text << std::endl;
}

/// Opened anew after a failure: the folder may have been mounted again since.
void Narrator::write_log() {
    if (log_.value() < 0) {
        log_ = Descriptor(open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    }
    while (log_.value() >= 0 && !unwritten_.empty()) {
        const ssize_t written = write(log_.value(), unwritten_.data(), unwritten_.size());
        if (written > 0) {
            unwritten_.erase(0, static_cast<std::size_t>(written));
        } else if (written == 0 || errno != EINTR) {
            log_.reset();
        }
    }
    if (unwritten_.size() > most_unwritten_bytes) {
        unwritten_.erase(0, unwritten_.find('\n', unwritten_.size() - most_unwritten_bytes) + 1);
    }
}

void Narrator::log(std::string_view line) {
    unwritten_.append(now_utc()).append(" ").append(line).append("\n");
    write_log();
}

void Narrator::note(const std::string& words) { log(visible(words, "\n\t")); }

void Narrator::say(const std::string& words) {
    note(words);
    print("overtake: " + words);
}

void Narrator::pass_on(std::string_view line) {
    log(visible(line, "\t"));
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
