// How a sweep ran: a bar for every stage, over time and the ranks it had.
#include "analysis/run_figure.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <map>
#include <tuple>

#include "analysis/text.hpp"

namespace overtake {

namespace {

constexpr std::size_t many_bars = 2000;
constexpr double visible = 0.001;     // of the whole time
constexpr double clock_s = 1;         // times are whole seconds: so much two bars of one rank may seem to overlap

struct Bar {
    double begin_s = 0, end_s = 0;    // since 1970, then since the first
    std::int64_t width = 1, place = 0;
    std::string host;
    std::size_t group = 0;
};

/// Words of the key, colours of figure.hpp.
struct Group {
    const char* words;
    std::size_t colour;
};
constexpr std::array<Group, 6> groups{{{"train", 2}, {"cooldown", 1}, {"evaluate", 3}, {"extend", 4}, {"search", 5}, {"failed or diverged", 0}}};

std::optional<double> seconds_of(const std::string& utc) {
    std::tm time{};
    const char* end = strptime(utc.c_str(), "%Y-%m-%dT%H:%M:%S", &time);
    return end == nullptr ? std::nullopt : std::optional(static_cast<double>(timegm(&time)));
}

std::size_t group_of(const StageRecord& stage) {
    if (stage.status == StageStatus::failed || stage.status == StageStatus::diverged) {
        return groups.size() - 1;
    }
    const auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& group) { return stage.kind == group.words; });
    return found == groups.end() ? 0 : static_cast<std::size_t>(found - groups.begin());
}

std::vector<Bar> bars_of(const Results& results) {
    std::vector<Bar> bars;
    for (const StageRecord& stage : results.stages) {
        const Provenance& p = stage.provenance;
        const std::optional<double> begin = seconds_of(p.started_utc), end = seconds_of(p.finished_utc);
        if (begin && end && *end >= *begin) {
            const double took_s = p.attempts == 1 && p.seconds > 0 ? std::min(p.seconds, *end - *begin + clock_s) : *end - *begin;
            bars.push_back({*begin, *begin + std::max(took_s, 1e-3), std::max<std::int64_t>(p.team_width, 1), 0, p.host, group_of(stage)});
        }
    }
    std::sort(bars.begin(), bars.end(), [](const Bar& a, const Bar& b) { return std::tie(a.begin_s, a.host, a.end_s) < std::tie(b.begin_s, b.host, b.end_s); });
    return bars;
}

/// Lowest places that are free, host by host. Answers how many places all hosts have together.
std::int64_t pack(std::vector<Bar>& bars) {
    std::map<std::string, std::vector<double>> free_at;  // by host: when each place is free
    for (Bar& bar : bars) {
        std::vector<double>& places = free_at[bar.host];
        const auto width = static_cast<std::size_t>(bar.width);
        std::size_t from = 0;
        for (std::size_t run = 0; from + run < places.size() && run < width;) {
            run = places[from + run] <= bar.begin_s + clock_s ? run + 1 : (from += run + 1, 0);
        }
        places.resize(std::max(places.size(), from + width), -INFINITY);
        std::fill_n(places.begin() + static_cast<std::ptrdiff_t>(from), width, bar.end_s);
        bar.place = static_cast<std::int64_t>(from);
    }
    std::int64_t below = 0;
    std::map<std::string, std::int64_t> first;
    for (const auto& [host, places] : free_at) {
        first[host] = below;
        below += static_cast<std::int64_t>(places.size());
    }
    for (Bar& bar : bars) {
        bar.place += first[bar.host];
    }
    return below;
}

}  // namespace

std::optional<Figure> run_figure(const Results& results) {
    std::vector<Bar> bars = bars_of(results);
    if (bars.size() < 2) {
        return std::nullopt;
    }
    const std::int64_t places = pack(bars);
    const double first_s = bars.front().begin_s;
    double last_s = 0, rank_seconds = 0;
    for (Bar& bar : bars) {
        bar.begin_s -= first_s;
        bar.end_s -= first_s;
        last_s = std::max(last_s, bar.end_s);
        rank_seconds += static_cast<double>(bar.width) * (bar.end_s - bar.begin_s);
    }
    const std::size_t all = bars.size();
    if (all > many_bars) {
        std::erase_if(bars, [&](const Bar& bar) { return bar.end_s - bar.begin_s < visible * last_s; });
    }
    const bool in_hours = last_s > 3 * 3600;
    const double unit_s = in_hours ? 3600 : 1;
    Figure figure{.name = "run",
                  .title = "How the sweep ran",
                  .caption = "A bar is a stage: its time, and as height the ranks of its team. Within a host bars are packed from below (records don't say which ranks): " + counted(static_cast<std::size_t>(places), "rank") +
                             " at most, at work in " + fixed(100 * rank_seconds / (static_cast<double>(places) * last_s), 0) + " % of the time from the first start to the last end, pauses between runs included." +
                             (bars.size() < all ? " " + std::to_string(all - bars.size()) + " stages shorter than a thousandth of it are not drawn." : ""),
                  .data = "",
                  .script = ""};
    figure.script = std::string("set xlabel 'time [") + (in_hours ? "hours" : "seconds") + "]'\nset ylabel 'ranks'\nset xrange [0:" + shortest(last_s / unit_s) + "]\nset yrange [0:" + std::to_string(places) +
                    "]\nset ytics " + std::to_string(std::max<std::int64_t>(1, (places + 7) / 8)) + "\nunset grid\nset style fill solid 0.8 noborder\nDATA = 'run.dat'\nplot ";
    std::size_t blocks = 0;
    for (std::size_t group = 0; group < groups.size(); ++group) {
        std::string rows;
        for (const Bar& bar : bars) {
            if (bar.group == group) {
                rows += shortest(bar.begin_s / unit_s) + " " + shortest(bar.end_s / unit_s) + " " + std::to_string(bar.place) + " " + std::to_string(bar.place + bar.width) + "\n";
            }
        }
        if (!rows.empty()) {
            figure.data += (blocks == 0 ? "# " : "\n\n# ") + std::string(groups[group].words) + ": begin end lowest highest\n" + rows;
            figure.script += (blocks == 0 ? "" : ", \\\n  ") + ("DATA index " + std::to_string(blocks)) + " using (($1+$2)/2):(($3+$4)/2):1:2:($3+0.05):($4-0.05) with boxxyerror fc rgb '" + colour(groups[group].colour) +
                             "' title '" + groups[group].words + "'";
            ++blocks;
        }
    }
    figure.script += "\n";
    return figure;
}

}  // namespace overtake
