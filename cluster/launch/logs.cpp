#include "cluster/launch/logs.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <thread>

#include "cluster/launch/command_line.hpp"
#include "cluster/launch/job_words.hpp"
#include "cluster/launch/lock.hpp"
#include "cluster/launch/tune.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

/// What follows `from` up to the last line end; moves `from` behind it. A half-written line waits for its end.
std::vector<std::string> new_lines(const std::filesystem::path& log, std::streamoff& from) {
    std::ifstream file(log, std::ios::binary);
    file.seekg(from);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line) && !file.eof();) {
        from += static_cast<std::streamoff>(line.size()) + 1;
        lines.push_back(line);
    }
    return lines;
}

struct LogLine {
    std::string time, text;  // the time as it is written, of the line or of the one that it goes on from
};

bool is_worked_on(const SweepFolder& folder) {
    const std::vector<SweepFolder> places = folders_with_locks(folder);
    return std::any_of(places.begin(), places.end(), [](const SweepFolder& place) {
        const auto owner = read_lock(place);
        return owner && state_of(*owner, unix_seconds()) == LockState::alive;
    });
}

}  // namespace

bool begins_with_time(std::string_view line) { return line.size() > 20 && line[10] == 'T' && line[19] == 'Z' && line[20] == ' '; }

std::vector<std::filesystem::path> logs_of(const SweepFolder& folder) {
    std::vector<std::filesystem::path> logs;
    for (const SweepFolder& place : {folder, tuning_folder(folder), check_folder(folder)}) {
        const auto first = static_cast<std::ptrdiff_t>(logs.size());
        std::error_code ignored;
        for (const auto& entry : std::filesystem::directory_iterator(place.root, ignored)) {
            const std::string name = entry.path().filename().string();
            if (name.starts_with("sweep.") && name.ends_with(".log")) {
                logs.push_back(entry.path());
            }
        }
        std::sort(logs.begin() + first, logs.end());
    }
    return logs;
}

void print_logs(const SweepFolder& folder, std::size_t lines, const std::function<bool()>& go_on, std::ostream& out) {
    std::map<std::filesystem::path, std::streamoff> read;
    bool first = true;
    for (const JobOutput& output : newest_job_output(folder, lines)) {
        for (const std::string& line : output.lines) {
            out << output.name() << "  " << line << '\n';
        }
    }
    do {
        const std::vector<std::filesystem::path> logs = logs_of(folder);
        std::vector<LogLine> shown;
        for (const std::filesystem::path& log : logs) {
            const std::string name = logs.size() > 1 ? log.lexically_relative(folder.root).replace_extension().string() + "  " : "";
            const std::vector<std::string> fresh = new_lines(log, read[log]);
            std::string time;
            for (std::size_t i = first && fresh.size() > lines ? fresh.size() - lines : 0; i < fresh.size(); ++i) {
                time = begins_with_time(fresh[i]) ? fresh[i].substr(0, 20) : time;
                shown.push_back({time, name + fresh[i]});
            }
        }
        std::stable_sort(shown.begin(), shown.end(), [](const LogLine& a, const LogLine& b) { return a.time < b.time; });
        for (const LogLine& line : shown) {
            out << line.text << '\n';
        }
        out << std::flush;
        first = false;
    } while (go_on && go_on());
}

int logs_verb(const std::vector<std::string>& arguments) {
    CLI::App app("Show what a sweep and its tuning have said, and its last Slurm job", "overtake logs");
    std::string folder;
    std::size_t lines = 20;
    bool follow = false;
    app.add_option("folder", folder, "sweep folder")->required();
    app.add_option("--lines", lines, "how many, from the end (default: 20)");
    app.add_flag("--follow", follow, "go on as lines are added; ends when nobody works on the sweep any more");
    if (const auto over = read_arguments(app, arguments)) {
        return *over;
    }
    if (!std::filesystem::is_directory(folder)) {
        throw IoError("'" + folder + "' is no folder; give the sweep folder that `overtake run` or `overtake submit` made");
    }
    bool last = false;  // one more look after the end
    print_logs({folder}, lines, [&] {
        if (!follow || last) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        last = !is_worked_on({folder});
        return true;
    }, std::cout);
    return exit_code::done;
}

}  // namespace overtake
