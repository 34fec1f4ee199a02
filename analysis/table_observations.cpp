// Observations from a comma-separated table, with every bad line named.
#include <charconv>
#include <cmath>
#include <optional>
#include <set>

#include "analysis/observations.hpp"
#include "analysis/text.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/position_schemes.hpp"

namespace overtake {

namespace {

const std::set<std::string> known_roles{"scheme", "parameters", "tokens", "loss", "seed", "flops", "context", "cell"};

/// Splits a line at commas; a field in double quotes may hold commas, and "" stands for a quote.
std::vector<std::string> split_line(std::string_view line) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        char c = line[i];
        if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
            fields.back() += '"';
            ++i;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            fields.emplace_back();
        } else if (c != '\r') {
            fields.back() += c;
        }
    }
    for (std::string& field : fields) {
        std::size_t first = field.find_first_not_of(" \t"), last = field.find_last_not_of(" \t");
        field = first == std::string::npos ? "" : field.substr(first, last - first + 1);
    }
    return fields;
}

std::optional<double> number(const std::string& text) {
    double value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) {
        return std::nullopt;
    }
    return value;
}

bool means_true(const std::string& text) {
    return text == "1" || text == "True" || text == "true" || text == "TRUE" || text == "yes";
}

}  // namespace

TableColumns parse_columns(const std::string& text) {
    TableColumns out;
    std::vector<Problem> problems;
    for (const std::string& part : split_line(text)) {
        std::size_t equals = part.find('=');
        std::string role = part.substr(0, equals), column = equals == std::string::npos ? "" : part.substr(equals + 1);
        if (role == "filter" && !column.empty()) {
            std::size_t colon = column.find(':');
            out.keep.emplace_back(column.substr(0, colon), colon == std::string::npos ? "" : column.substr(colon + 1));
        } else if (column.empty()) {
            problems.push_back({"--columns", "'" + part + "' is no pair (must be role=column); for example loss=val_loss"});
        } else if (!known_roles.contains(role)) {
            problems.push_back({"--columns", "unknown role '" + role + "' (must be scheme, parameters, tokens, loss, seed, flops, context, cell or filter)"});
        } else {
            out.roles[role] = column;
        }
    }
    for (const char* role : {"parameters", "tokens", "loss"}) {
        if (!out.roles.contains(role)) {
            problems.push_back({"--columns", std::string("no column for ") + role + " (parameters, tokens and loss are needed); add " + role + "=NAME"});
        }
    }
    if (!problems.empty()) {
        throw ConfigError(problems);
    }
    return out;
}

ObservationSet observations_of_table(const std::string& text, const std::string& source, const TableColumns& columns) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        std::size_t end = std::min(text.find('\n', begin), text.size());
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    std::vector<Problem> problems;
    std::vector<std::string> header = lines.empty() ? std::vector<std::string>{} : split_line(lines[0]);
    auto place_of = [&](const std::string& name) {
        for (std::size_t i = 0; i < header.size(); ++i) {
            if (header[i] == name) {
                return static_cast<int>(i);
            }
        }
        std::string names;
        for (const std::string& h : header) {
            names += (names.empty() ? "" : ", ") + h;
        }
        problems.push_back({source + ":1", "no column '" + name + "' (the header has " + (names.empty() ? "nothing" : names) + ")"});
        return -1;
    };
    std::map<std::string, int> place;
    for (const auto& [role, name] : columns.roles) {
        place[role] = place_of(name);
    }
    std::vector<std::pair<int, std::string>> keep;
    for (const auto& [name, value] : columns.keep) {
        keep.emplace_back(place_of(name), value);
    }
    if (!problems.empty()) {
        throw ConfigError(problems);
    }

    ObservationSet set;
    set.source = source;
    set.exact_flops = place.contains("flops");
    std::size_t filtered = 0, not_finite = 0;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        std::vector<std::string> fields = split_line(lines[i]);
        if (fields.size() == 1 && fields[0].empty()) {
            continue;
        }
        std::string where = source + ":" + std::to_string(i + 1);
        if (fields.size() != header.size()) {
            problems.push_back({where, std::to_string(fields.size()) + " fields (the header has " + std::to_string(header.size()) + ")"});
            continue;
        }
        bool wanted = true;
        for (const auto& [column, value] : keep) {
            const std::string& field = fields[static_cast<std::size_t>(column)];
            wanted = wanted && (value.empty() ? means_true(field) : field == value);
        }
        if (!wanted) {
            ++filtered;
            continue;
        }
        auto field_of = [&](const char* role) { return fields[static_cast<std::size_t>(place.at(role))]; };
        auto number_of = [&](const char* role) {
            std::optional<double> value = number(field_of(role));
            if (!value) {
                problems.push_back({where, std::string(role) + " is '" + field_of(role) + "' (must be a number); mend the line or leave it out with --where"});
            }
            return value.value_or(1);
        };
        Observation o;
        o.line = static_cast<std::int64_t>(i + 1);
        o.parameters = number_of("parameters");
        o.tokens = number_of("tokens");
        bool lost = !std::isfinite(number(field_of("loss")).value_or(field_of("loss").empty() ? NAN : 0));
        o.loss = lost ? 1 : number_of("loss");
        o.flops = place.contains("flops") ? number_of("flops") : 6 * o.parameters * o.tokens;
        o.scheme = place.contains("scheme") ? field_of("scheme") : "";
        o.seed = place.contains("seed") ? static_cast<std::int64_t>(number_of("seed")) : 0;
        o.context = place.contains("context") ? static_cast<std::int64_t>(number_of("context")) : 0;
        o.cell = place.contains("cell") ? field_of("cell") : field_of("parameters") + "/" + field_of("tokens");
        for (auto [value, role] : {std::pair{o.parameters, "parameters"}, {o.tokens, "tokens"}, {o.flops, "flops"}, {o.loss, "loss"}}) {
            bool follows = std::string(role) == "flops" && !place.contains("flops");
            if ((!(value > 0) || !std::isfinite(value)) && !follows) {
                problems.push_back({where, std::string(role) + " is not positive (the law is fitted to logarithms)"});
            }
        }
        if (const SchemeInfo* info = find_position_scheme(o.scheme)) {
            o.scheme_class = name_of(info->scheme_class);
        }
        if (lost) {
            ++not_finite;
        } else {
            set.observations.push_back(o);
        }
    }
    if (!problems.empty()) {
        throw ConfigError(problems);
    }
    if (filtered > 0) {
        set.left_out.push_back(counted(filtered, "row") + " that the filter does not keep");
    }
    if (not_finite > 0) {
        set.left_out.push_back(counted(not_finite, "row") + " without a finite loss (diverged)");
    }
    return set;
}

}  // namespace overtake
