#include "sweeps/run_lines.hpp"

#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sweeps/canonical_text.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {

namespace {

using Json = nlohmann::json;
constexpr std::string_view prefix = "@overtake ";

/// Reasons are one line of a log.
std::string one_line(std::string text) {
    for (char& c : text) {
        if (c == '\n' || c == '\r') {
            c = ' ';
        }
    }
    return text;
}

std::string_view next_word(std::string_view& rest) {
    const std::size_t end = rest.find(' ');
    const std::string_view word = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    return word;
}

template <typename Number>
bool read(std::string_view word, Number& value) {
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    return error == std::errc{} && end == word.data() + word.size() && !word.empty();
}

std::optional<RunLine> parse_assigned(std::string_view rest) {
    AssignedLine line;
    line.stage = next_word(rest);
    if (line.stage.empty() || !read(next_word(rest), line.step)) {
        return std::nullopt;
    }
    while (!rest.empty()) {
        const std::size_t comma = rest.find(',');
        int rank = 0;
        if (!read(rest.substr(0, comma), rank)) {
            return std::nullopt;
        }
        line.team.push_back(rank);
        rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    }
    return line.team.empty() ? std::nullopt : std::optional<RunLine>(line);
}

std::optional<RunLine> parse_ended(std::string_view rest) {
    EndedLine line;
    line.stage = next_word(rest);
    line.outcome = next_word(rest);
    if (line.stage.empty() || line.outcome.empty() || !read(next_word(rest), line.step)) {
        return std::nullopt;
    }
    line.reason = rest;
    return line;
}

std::optional<RunLine> parse_progress(std::string_view rest) {
    ProgressLine line;
    for (std::int64_t* count : {&line.done, &line.running, &line.waiting, &line.failed}) {
        if (!read(next_word(rest), *count)) {
            return std::nullopt;
        }
    }
    for (double* number : {&line.tokens_per_second, &line.share_of_flops, &line.seconds_left}) {
        if (!read(next_word(rest), *number)) {
            return std::nullopt;
        }
    }
    return line;
}

std::optional<RunLine> parse_hung(std::string_view rest) {
    HungLine line;
    line.stage = next_word(rest);
    return !line.stage.empty() && read(next_word(rest), line.silent_s) ? std::optional<RunLine>(line) : std::nullopt;
}

/// The file's JSON, or nullopt if there is none.
std::optional<Json> read_json(const std::filesystem::path& file) {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) {
        return std::nullopt;
    }
    std::ifstream in(file);
    std::stringstream text;
    text << in.rdbuf();
    Json json = Json::parse(text.str(), nullptr, false);
    if (!in || json.is_discarded()) {
        throw IoError("could not read " + file.string() + ": it is not whole JSON; remove it and run again");
    }
    return json;
}

template <typename Read>
auto read_fields(const std::filesystem::path& file, Read read) {
    try {
        return read();
    } catch (const Json::exception& error) {
        throw IoError("could not read " + file.string() + ": " + error.what() + "; remove it and run again");
    }
}

}  // namespace

std::string to_line(const RunLine& line) {
    std::string text(prefix);
    if (const auto* assigned = std::get_if<AssignedLine>(&line)) {
        text += "assigned " + assigned->stage + " " + to_text(assigned->step) + " ";
        for (std::size_t i = 0; i < assigned->team.size(); ++i) {
            text += (i == 0 ? "" : ",") + std::to_string(assigned->team[i]);
        }
    } else if (const auto* ended = std::get_if<EndedLine>(&line)) {
        text += "ended " + ended->stage + " " + ended->outcome + " " + to_text(ended->step);
        text += ended->reason.empty() ? "" : " " + one_line(ended->reason);
    } else if (const auto* hung = std::get_if<HungLine>(&line)) {
        text += "hung " + hung->stage + " " + to_text(hung->silent_s);
    } else if (const auto* fault = std::get_if<FaultLine>(&line)) {
        text += "fault " + fault->stage + (fault->of_the_place ? " place " : " unknown ") + one_line(fault->reason);
    } else if (const auto* refused = std::get_if<RefusedLine>(&line)) {
        text += "refused " + one_line(refused->reason);
    } else {
        const auto& progress = std::get<ProgressLine>(line);
        text += "progress " + to_text(progress.done) + " " + to_text(progress.running) + " " +
                to_text(progress.waiting) + " " + to_text(progress.failed) + " " + to_text(progress.tokens_per_second) +
                " " + to_text(progress.share_of_flops) + " " + to_text(progress.seconds_left);
    }
    return text;
}

std::optional<RunLine> parse_run_line(std::string_view line) {
    if (!line.starts_with(prefix)) {
        return std::nullopt;
    }
    std::string_view rest = line.substr(prefix.size());
    while (rest.ends_with('\n') || rest.ends_with('\r')) {
        rest.remove_suffix(1);
    }
    const std::string_view kind = next_word(rest);
    if (kind == "assigned") {
        return parse_assigned(rest);
    }
    if (kind == "ended") {
        return parse_ended(rest);
    }
    if (kind == "hung") {
        return parse_hung(rest);
    }
    if (kind == "fault") {
        FaultLine fault;
        fault.stage = next_word(rest);
        const std::string_view blame = next_word(rest);
        fault.of_the_place = blame == "place";
        fault.reason = rest;
        return fault.stage.empty() || rest.empty() || !(fault.of_the_place || blame == "unknown") ? std::nullopt : std::optional<RunLine>(fault);
    }
    if (kind == "refused") {
        return RefusedLine{std::string(rest)};
    }
    return kind == "progress" ? parse_progress(rest) : std::nullopt;
}

void write_outcome(const std::filesystem::path& file, const RunOutcome& outcome) {
    write_aside(file, Json{{"finished", outcome.finished},
                           {"stopped", outcome.stopped},
                           {"stages_done", outcome.stages_done},
                           {"stages_failed", outcome.stages_failed}}
                              .dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
                          "\n");
}

std::optional<RunOutcome> read_outcome(const std::filesystem::path& file) {
    const std::optional<Json> json = read_json(file);
    if (!json) {
        return std::nullopt;
    }
    return read_fields(file, [&] {
        return RunOutcome{.finished = json->at("finished").get<bool>(),
                          .stopped = json->at("stopped").get<bool>(),
                          .stages_done = json->at("stages_done").get<std::int64_t>(),
                          .stages_failed = json->at("stages_failed").get<std::int64_t>()};
    });
}

void write_strikes(const std::filesystem::path& file, const std::vector<Strike>& strikes) {
    Json json = Json::array();
    for (const Strike& strike : strikes) {
        json.push_back({{"stage", strike.stage}, {"count", strike.count}, {"step", strike.step}, {"hangs", strike.hangs}, {"reason", strike.reason}});
    }
    write_aside(file, json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

std::vector<Strike> read_strikes(const std::filesystem::path& file) {
    const std::optional<Json> json = read_json(file);
    std::vector<Strike> strikes;
    if (json) {
        read_fields(file, [&] {
            for (const Json& entry : *json) {
                strikes.push_back({entry.at("stage").get<std::string>(), entry.at("count").get<std::int64_t>(),
                                   entry.at("step").get<std::int64_t>(), entry.value("hangs", std::int64_t{0}), entry.value("reason", std::string{})});
            }
            return 0;
        });
    }
    return strikes;
}

}  // namespace overtake
