// Reading slurm-*.out.
#include "cluster/launch/job_words.hpp"

#include <algorithm>
#include <fstream>
#include <tuple>
#include <unordered_set>

#include "cluster/launch/logs.hpp"

namespace overtake {

namespace {

constexpr std::streamoff most_bytes = 256 * 1024;
constexpr std::string_view our_name = "overtake: ";  // before what the supervisor says, but not in its log

struct Place {
    std::filesystem::file_time_type written;
    std::string job;
    long task;  // -1: no array
    std::filesystem::path file;
};

bool is_number(std::string_view text) { return !text.empty() && text.size() < 18 && text.find_first_not_of("0123456789") == std::string_view::npos; }

std::vector<Place> outputs_in(const std::filesystem::path& folder) {
    std::vector<Place> places;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with("slurm-") || !name.ends_with(".out")) {
            continue;
        }
        const std::string number = name.substr(6, name.size() - 10), job = number.substr(0, number.find('_'));
        const std::string task = job.size() < number.size() ? number.substr(job.size() + 1) : "";
        const auto written = entry.last_write_time(ignored);
        if (is_number(job) && (job == number || is_number(task)) && !ignored) {
            places.push_back({written, job, task.empty() ? -1 : std::stol(task), entry.path()});
        }
    }
    return places;
}

std::unordered_set<std::string> said_in_logs(const SweepFolder& folder) {
    std::unordered_set<std::string> said;
    for (const std::filesystem::path& log : logs_of(folder)) {
        std::ifstream file(log);
        for (std::string line; std::getline(file, line);) {
            said.insert(begins_with_time(line) ? line.substr(21) : line);
        }
    }
    return said;
}

bool is_progress(const std::string& line) { return line.find(" finished, ") != std::string::npos && line.find(" waiting") != std::string::npos; }

std::vector<std::string> last_lines(const std::filesystem::path& output, std::size_t count, const std::unordered_set<std::string>& said) {
    std::ifstream file(output, std::ios::binary);
    file.seekg(0, std::ios::end);
    const std::streamoff skipped = std::max<std::streamoff>(0, static_cast<std::streamoff>(file.tellg()) - most_bytes);
    file.seekg(skipped);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
        const bool known = said.contains(line) || (line.starts_with(our_name) && said.contains(line.substr(our_name.size())));
        if (!known && !is_progress(line) && !line.empty()) {
            lines.push_back(line);
        }
    }
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(std::min(count, lines.size())));
    return lines;
}

}  // namespace

std::vector<JobOutput> newest_job_output(const SweepFolder& folder, std::size_t count) {
    std::vector<Place> places = outputs_in(folder.root);
    if (places.empty()) {
        return {};
    }
    const auto age = [](const Place& place) { return std::tuple(place.written, std::stol(place.job)); };
    const std::string newest = std::max_element(places.begin(), places.end(), [&](const Place& a, const Place& b) { return age(a) < age(b); })->job;
    std::erase_if(places, [&](const Place& place) { return place.job != newest; });
    std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.task < b.task; });
    const std::unordered_set<std::string> said = said_in_logs(folder);
    std::vector<JobOutput> outputs;
    for (const Place& place : places) {
        outputs.push_back({place.job, place.file, last_lines(place.file, count, said)});
    }
    return outputs;
}

}  // namespace overtake
