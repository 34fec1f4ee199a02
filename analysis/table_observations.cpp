// Observations from a table, with every bad line named.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "analysis/delimited_text.hpp"
#include "analysis/observations.hpp"
#include "analysis/text.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/position_schemes.hpp"
#include "sweeps/spelling.hpp"
#include "sweeps/visible_text.hpp"

namespace overtake {

namespace {

constexpr std::array<std::string_view, 14> known_roles{"scheme",  "parameters", "tokens",       "loss",             "seed",
                                                       "flops",   "context",    "cell",         "train_length",     "total_parameters",
                                                       "position_parameters",   "steps",        "last_step",
                                                       "seconds"};
constexpr std::size_t most_problems = 20;

std::optional<double> number(const std::string& text) {
    double value = 0;
    const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
    const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    return text;
}

bool means_true(const std::string& text) {
    const std::string word = lower(text);
    return word == "1" || word == "true" || word == "yes";
}

/// How tables write that there is no number: a run that diverged, or a cell left empty.
bool means_none(const std::string& text) {
    const std::string word = lower(text);
    const std::optional<double> value = number(text);
    return word.empty() || word == "na" || word == "n/a" || word == "none" || word == "null" || word == "-" || (value && !std::isfinite(*value));
}

std::string quoted(const std::string& text) { return "'" + visible(text.size() > 60 ? text.substr(0, 60) + "..." : text) + "'"; }

/// Columns of the header by role, and the conditions.
struct Layout {
    std::map<std::string, std::size_t> place;
    std::vector<std::pair<std::size_t, std::string>> keep;
};

Layout lay_out(const std::vector<std::string>& header, const std::string& source, const TableColumns& columns) {
    std::vector<Problem> problems;
    const auto place_of = [&](const std::string& name) -> std::size_t {
        const auto first = std::find(header.begin(), header.end(), name);
        if (first == header.end()) {
            std::string names;
            for (std::size_t i = 0; i < header.size() && i < 40; ++i) {
                names += (names.empty() ? "" : ", ") + header[i];
            }
            names += header.size() > 40 ? " and " + std::to_string(header.size() - 40) + " more" : "";
            const std::vector<std::string_view> views(header.begin(), header.end());
            problems.push_back({source + ":1", "no column '" + name + "' (the header has " + (names.empty() ? "nothing" : names) + ")" + did_you_mean(name, views)});
            return 0;
        }
        if (const auto second = std::find(first + 1, header.end(), name); second != header.end()) {
            problems.push_back({source + ":1", "the column '" + name + "' is there twice (" + std::to_string(first - header.begin() + 1) + " and " +
                                                   std::to_string(second - header.begin() + 1) + ", counted from 1); rename one of them"});
        }
        return static_cast<std::size_t>(first - header.begin());
    };
    Layout layout;
    for (const auto& [role, name] : columns.roles) {
        layout.place[role] = place_of(name);
    }
    for (const auto& [name, value] : columns.keep) {
        layout.keep.emplace_back(place_of(name), value);
    }
    if (!problems.empty()) {
        throw ConfigError(problems);
    }
    return layout;
}

/// Numbers of one row, complaining about what is none.
class Row {
  public:
    Row(const std::vector<std::string>& fields, const Layout& layout) : fields_(fields), layout_(layout) {}

    bool has(const char* role) const { return layout_.place.contains(role); }
    const std::string& text(const char* role) const { return fields_[layout_.place.at(role)]; }

    double positive(const char* role) {
        const std::optional<double> value = number(text(role));
        if (!value) {
            const bool decimal_comma = text(role).find(',') != std::string::npos;
            problem(std::string(role) + " is " + quoted(text(role)) + " (must be a number" + (decimal_comma ? " with a point" : "") +
                    "); mend the line or leave it out with --where");
        } else if (!(*value > 0) || !std::isfinite(*value)) {
            problem(std::string(role) + " is not positive (the law is fitted to logarithms)");
        }
        return value && *value > 0 && std::isfinite(*value) ? *value : 1;
    }
    /// A whole number, or 0 if the role has no column. An empty field is 0 for what may be unknown.
    std::int64_t whole(const char* role) {
        if (!has(role)) {
            return 0;
        }
        const std::optional<double> value = number(text(role));
        if (!value || *value != std::floor(*value) || std::abs(*value) > 9e15) {
            problem(std::string(role) + " is " + quoted(text(role)) + " (must be a whole number); mend the line or leave it out with --where");
            return 0;
        }
        return static_cast<std::int64_t>(*value);
    }
    void problem(std::string what) { problems_.push_back(std::move(what)); }
    const std::vector<std::string>& problems() const { return problems_; }

  private:
    const std::vector<std::string>& fields_;
    const Layout& layout_;
    std::vector<std::string> problems_;
};

Observation observation_of(Row& row, std::int64_t line, bool lost) {
    Observation o;
    o.line = line;
    o.parameters = o.backbone_parameters = row.positive("parameters");
    o.tokens = row.positive("tokens");
    o.loss = lost ? 1 : row.positive("loss");
    o.exact_flops = row.has("flops") ? row.positive("flops") : 0;
    o.total_parameters = row.has("total_parameters") ? row.positive("total_parameters") : 0;
    o.position_parameters = static_cast<double>(row.whole("position_parameters"));
    o.flops = row.has("flops") ? o.exact_flops : 6 * o.parameters * o.tokens;
    o.scheme = row.has("scheme") ? visible(row.text("scheme")) : "";
    o.solo_seconds = row.has("seconds") ? row.positive("seconds") : 0;
    o.seed = row.whole("seed");
    o.context = row.whole("context");
    o.train_length = row.whole("train_length");
    o.cell = row.has("cell") ? visible(row.text("cell")) : shortest(o.parameters) + "/" + shortest(o.tokens);
    if (const SchemeInfo* info = find_position_scheme(o.scheme)) {
        o.scheme_class = name_of(info->scheme_class);
    }
    return o;
}

/// Columns that nobody named but whose names say that rows may have to be left out or grouped.
void remark_on_columns(const std::vector<std::string>& header, const TableColumns& columns, ObservationSet& set) {
    const auto idle = [&](const char* name) {
        const bool named = std::any_of(columns.roles.begin(), columns.roles.end(), [&](const auto& role) { return role.second == name; }) ||
                           std::any_of(columns.keep.begin(), columns.keep.end(), [&](const auto& keep) { return keep.first == name; });
        return !named && std::find(header.begin(), header.end(), name) != header.end();
    };
    if (idle("last_step") && idle("steps")) {
        set.remarks.push_back("the table has columns steps and last_step, which --columns doesn't name: unfinished runs are taken for finished ones");
    }
    for (const char* name : {"ctx", "context", "context_length", "seq_len"}) {
        if (idle(name) && !columns.roles.contains("context")) {
            set.remarks.push_back(std::string("the table has a column ") + name + ", which --columns doesn't name: context lengths are thrown together (context=" + name +
                                  " tells them apart)");
        }
    }
}

}  // namespace

TableColumns parse_columns(const std::string& text) {
    TableColumns out;
    std::vector<Problem> problems;
    std::vector<std::string> parts;
    DelimitedText pairs(text, ',');
    if (!pairs.next(parts)) {
        parts.clear();
    }
    for (const std::string& part : parts) {
        const std::size_t equals = part.find('=');
        const std::string role = part.substr(0, equals), column = equals == std::string::npos ? "" : part.substr(equals + 1);
        if (role == "filter" && !column.empty()) {
            const std::size_t colon = column.find(':');
            out.keep.emplace_back(column.substr(0, colon), colon == std::string::npos ? "" : column.substr(colon + 1));
        } else if (column.empty()) {
            problems.push_back({"--columns", quoted(part) + " is no pair (must be role=column); for example loss=val_loss"});
        } else if (std::find(known_roles.begin(), known_roles.end(), role) == known_roles.end()) {
            problems.push_back({"--columns", "unknown role " + quoted(role) + " (must be " + listed(known_roles) + " or filter)" + did_you_mean(role, known_roles)});
        } else if (!out.roles.emplace(role, column).second) {
            problems.push_back({"--columns", "the role " + role + " is given twice (one column plays a role); leave one out"});
        }
    }
    for (const char* role : {"parameters", "tokens", "loss"}) {
        if (!out.roles.contains(role)) {
            problems.push_back({"--columns", std::string("no column for ") + role + " (parameters, tokens and loss are needed); add " + role + "=NAME"});
        }
    }
    if (out.roles.contains("steps") != out.roles.contains("last_step")) {
        problems.push_back({"--columns", "steps and last_step go together (a run is unfinished if its last step is lower); name both"});
    }
    if (!problems.empty()) {
        throw ConfigError(problems);
    }
    return out;
}

TableColumns columns_by_name(std::string_view table) {
    TableColumns columns;
    columns.roles = {{"parameters", "parameters"}, {"tokens", "tokens"}, {"loss", "loss"}};
    std::vector<std::string> header;
    DelimitedText(table).next(header);
    for (const std::string_view role : known_roles) {
        if (role != "steps" && role != "last_step" && std::find(header.begin(), header.end(), role) != header.end()) {
            columns.roles[std::string(role)] = role;
        }
    }
    return columns;
}

ObservationSet observations_of_table(std::string_view text, const std::string& source, const TableColumns& columns) {
    DelimitedText records(text);
    std::vector<std::string> header, fields;
    if (records.next(header) && records.unclosed()) {
        throw ConfigError({{source + ":" + std::to_string(records.line()), "a quote that is never closed (in the header); close it"}});
    }
    const Layout layout = lay_out(header, source, columns);
    ObservationSet set;
    set.source = source;
    set.exact_flops = layout.place.contains("flops");
    remark_on_columns(header, columns, set);
    std::vector<Problem> problems;
    std::size_t bad_lines = 0, filtered = 0, diverged = 0, unfinished = 0;
    while (records.next(fields)) {
        const std::string where = source + ":" + std::to_string(records.line());
        std::vector<std::string> found;
        if (records.unclosed()) {
            found.push_back("a quote that is never closed (the rest of the file is inside it); close it");
        } else if (fields.size() != header.size()) {
            found.push_back(std::to_string(fields.size()) + (fields.size() == 1 ? " field" : " fields") + " (the header has " + std::to_string(header.size()) + ")");
        } else {
            const bool wanted = std::all_of(layout.keep.begin(), layout.keep.end(), [&](const auto& condition) {
                const std::string& field = fields[condition.first];
                return condition.second.empty() ? means_true(field) : field == condition.second;
            });
            if (!wanted) {
                ++filtered;
                continue;
            }
            Row row(fields, layout);
            const bool lost = means_none(row.text("loss"));
            const Observation o = observation_of(row, records.line(), lost);
            const bool stopped = row.has("steps") && row.whole("last_step") < row.whole("steps");
            found = row.problems();
            if (found.empty() && (lost || stopped)) {
                ++(lost ? diverged : unfinished);
                set.left_out_points.push_back({lost ? "without a finite loss (diverged)" : "unfinished (last step below steps)", o.scheme, o.cell, o.seed, o.line});
            } else if (found.empty()) {
                set.observations.push_back(o);
            }
        }
        bad_lines += found.empty() ? 0 : 1;
        for (std::string& what : found) {
            if (problems.size() < most_problems) {
                problems.push_back({where, std::move(what)});
            } else if (problems.size() == most_problems) {
                problems.push_back({source, ""});
            }
        }
    }
    if (problems.size() > most_problems) {
        problems.back().what = std::to_string(bad_lines) + " bad lines in all (the first " + std::to_string(most_problems) + " problems are shown); if they are not data, leave them out with --where";
    }
    if (!problems.empty()) {
        throw ConfigError(problems);
    }
    if (filtered > 0) {
        set.left_out.push_back(counted(filtered, "row") + " that the filter does not keep");
    }
    if (diverged > 0) {
        set.left_out.push_back(counted(diverged, "row") + " without a finite loss (diverged)");
    }
    if (unfinished > 0) {
        set.left_out.push_back(counted(unfinished, "row") + " unfinished (last step below steps)");
    }
    return set;
}

}  // namespace overtake
