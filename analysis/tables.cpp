// Tables as values, and the same table as text, CSV, Markdown, LaTeX and HTML.
#include "analysis/tables.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "analysis/text.hpp"
#include "sweeps/visible_text.hpp"

namespace overtake {

namespace {

std::string replace_all(std::string text, const std::vector<std::pair<char, std::string>>& pairs) {
    std::string out;
    for (char c : text) {
        auto found = std::find_if(pairs.begin(), pairs.end(), [&](const auto& p) { return p.first == c; });
        out += found == pairs.end() ? std::string(1, c) : found->second;
    }
    return out;
}

std::string join(const std::vector<std::string>& parts, const std::string& between) {
    std::string out;
    for (const std::string& part : parts) {
        out += (out.empty() ? "" : between) + part;
    }
    return out;
}

/// Columns of a terminal are counted in characters, not bytes.
std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string with_interval(double value, const Interval& interval, int digits) {
    return significant(value, digits) + " [" + significant(interval.low, digits) + ", " + significant(interval.high, digits) + "]";
}

std::string power_interval(double value, const Interval& interval) {
    auto end = [](double x) { return std::isfinite(x) ? fixed(x, 2) : std::string(x < 0 ? "below" : "beyond"); };
    return fixed(value, 2) + " [" + end(interval.low) + ", " + end(interval.high) + "]";
}

/// "1.08 [1.05, 1.11]": what the baseline needs at the data's highest compute, as a multiple of the challenger's.
std::string multiplier_words(const EffectiveCompute& curve) {
    if (curve.empty() || std::isnan(curve.log10_multiplier.back())) {
        return "-";
    }
    const auto factor = [](double log10_value) {
        return log10_value >= 3 ? std::string("over 1000") : log10_value <= -3 ? std::string("under 0.001") : significant(std::pow(10.0, log10_value), 3);
    };
    return factor(curve.log10_multiplier.back()) + " [" + factor(curve.low.back()) + ", " + factor(curve.high.back()) + "]";
}

/// The table with every text visible: one cell stays on one line.
Table shown(Table table) {
    table.caption = visible(table.caption);
    for (std::string& field : table.header) {
        field = visible(field);
    }
    for (auto& row : table.rows) {
        for (std::string& field : row) {
            field = visible(field);
        }
    }
    return table;
}

}  // namespace

std::string escape_html(const std::string& text) {
    return replace_all(visible(text), {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}});
}

std::string as_text(const Table& stranger) {
    const Table table = shown(stranger);
    std::vector<std::size_t> widths;
    for (std::size_t j = 0; j < table.header.size(); ++j) {
        widths.push_back(width_of(table.header[j]));
        for (const auto& row : table.rows) {
            widths[j] = std::max(widths[j], width_of(row[j]));
        }
    }
    auto line = [&](const std::vector<std::string>& row) {
        std::string out;
        for (std::size_t j = 0; j < row.size(); ++j) {
            out += row[j] + (j + 1 < row.size() ? std::string(widths[j] - width_of(row[j]) + 2, ' ') : "");
        }
        return out + "\n";
    };
    std::string out = table.caption + "\n" + line(table.header);
    for (const auto& row : table.rows) {
        out += line(row);
    }
    return out;
}

std::string as_csv(const Table& table) {
    auto line = [](const std::vector<std::string>& row) {
        std::string out;
        for (std::size_t j = 0; j < row.size(); ++j) {
            out += (j > 0 ? "," : "") + csv_field(row[j]);
        }
        return out + "\n";
    };
    std::string out = line(table.header);
    for (const auto& row : table.rows) {
        out += line(row);
    }
    return out;
}

std::string as_markdown(const Table& table) {
    auto line = [](const std::vector<std::string>& row) {
        std::string out = "|";
        for (const std::string& field : row) {
            out += " " + replace_all(visible(field), {{'|', "\\|"}, {'<', "&lt;"}, {'`', "\\`"}}) + " |";
        }
        return out + "\n";
    };
    std::string out = line(table.header) + "|";
    for (std::size_t j = 0; j < table.header.size(); ++j) {
        out += " --- |";
    }
    out += "\n";
    for (const auto& row : table.rows) {
        out += line(row);
    }
    return out;
}

namespace {

/// Text as LaTeX prints it: special characters escaped, no ligatures of hyphens and quotes, line ends as spaces, control characters left out, characters
/// beyond ASCII by their code point, because what a paper's fonts have is not known.
std::string latex_text(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x80) {
            out += byte == '\n' || byte == '\t' ? " " : byte < 0x20 || byte == 0x7f ? "" : std::string(1, text[i]);
            continue;
        }
        unsigned code = byte >= 0xf0 ? byte & 0x07U : byte >= 0xe0 ? byte & 0x0fU : byte & 0x1fU;
        const std::size_t more = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc0 ? 1 : 0;
        std::size_t read = 0;
        while (read < more && i + 1 < text.size() && (static_cast<unsigned char>(text[i + 1]) & 0xc0U) == 0x80) {
            code = code << 6U | (static_cast<unsigned char>(text[++i]) & 0x3fU);
            ++read;
        }
        std::array<char, 16> spelt{};
        std::snprintf(spelt.data(), spelt.size(), "U+%04X", code);
        out += more > 0 && read == more ? spelt.data() : "?";
    }
    std::string escaped = replace_all(out, {{'&', "\\&"}, {'%', "\\%"}, {'_', "\\_"}, {'#', "\\#"}, {'$', "\\$"}, {'^', "\\textasciicircum{}"}, {'~', "\\textasciitilde{}"},
                                            {'{', "\\{"}, {'}', "\\}"}, {'\\', "\\textbackslash{}"}, {'<', "$<$"}, {'>', "$>$"}, {'|', "$|$"}, {'[', "{[}"}, {']', "{]}"},
                                            {'`', "\\texttt{\\char96}"}, {'\'', "'{}"}, {'"', "\\texttt{\\char34}"}});
    for (std::size_t at = 0; (at = escaped.find('-', at)) != std::string::npos;) {
        const bool number = at + 1 < escaped.size() && escaped[at + 1] >= '0' && escaped[at + 1] <= '9' && (at == 0 || escaped[at - 1] == ' ' || escaped[at - 1] == '}');
        const std::string dash = number ? "$-$" : "-{}";
        escaped.replace(at, 1, dash);
        at += dash.size();
    }
    return escaped;
}

constexpr std::size_t one_page = 60;  // rows

/// Columns of words wrap.
std::string latex_columns(const Table& table) {
    std::string columns;
    for (std::size_t j = 0; j < table.header.size(); ++j) {
        const bool words = std::any_of(table.rows.begin(), table.rows.end(), [&](const auto& row) { return width_of(row[j]) > 60; });
        columns += words ? "p{60mm}" : "l";
    }
    return columns;
}

}  // namespace

std::string as_latex(const Table& table) {
    auto line = [](const std::vector<std::string>& row) {
        std::vector<std::string> fields;
        for (const std::string& field : row) {
            fields.push_back(latex_text(visible(field)));
        }
        std::string out;
        for (std::size_t j = 0; j < fields.size(); ++j) {
            out += (j > 0 ? " & " : "") + fields[j];
        }
        return out + " \\\\\n";
    };
    const bool long_table = table.rows.size() > one_page;
    const std::string environment = long_table ? "longtable" : "tabular";
    std::string out = "% " + latex_text(visible(table.caption)) + "\n% " + (long_table ? "needs \\usepackage{longtable}; " : "") +
                      "looks best with \\usepackage{booktabs}\n\\providecommand{\\toprule}{\\hline}\n\\providecommand{\\midrule}{\\hline}\n\\providecommand{\\bottomrule}{\\hline}\n\\begin{" + environment + "}{" +
                      latex_columns(table) + "}\n\\toprule\n";
    out += line(table.header) + "\\midrule\n" + (long_table ? "\\endhead\n" : "");
    for (const auto& row : table.rows) {
        out += line(row);
    }
    return out + "\\bottomrule\n\\end{" + environment + "}\n";
}

std::string as_html(const Table& table) {
    constexpr std::size_t long_cell = 60;  // characters that may wrap
    const auto line = [](const std::vector<std::string>& row, const std::string& tag) {
        std::string out = "<tr>";
        for (const std::string& field : row) {
            out += "<" + tag + (width_of(field) > long_cell ? " class=\"long\">" : ">") + escape_html(field) + "</" + tag + ">";
        }
        return out + "</tr>\n";
    };
    std::string out = "<div class=\"wide\"><table><caption>" + escape_html(table.caption) + "</caption><thead>" + line(table.header, "th") + "</thead><tbody>\n";
    for (const auto& row : table.rows) {
        out += line(row, "td");
    }
    return out + "</tbody></table></div>\n";
}

Table law_table(const Study& study) {
    Table table{"laws" + (study.context > 0 ? "-" + std::to_string(study.context) : ""),
                "Laws L = E + A/N^alpha + B/D^beta" + (study.context > 0 ? " at " + std::to_string(study.context) + " tokens of context" : "") +
                    ", " + fixed(100 * study.options.comparison.confidence, 0) + " % intervals" +
                    (study.floor_shared ? "; E shared by all schemes" : ""),
                {"scheme", "rows", "E", "A", "B", "alpha", "beta", "N* ~ C^", "residual rms", "objective", "starts that agree", "flags"},
                {}};
    for (const SchemeLaw& s : study.schemes) {
        std::string name = s.scheme.empty() ? "(all)" : s.scheme;
        if (!s.fit.usable) {
            table.rows.push_back({name, std::to_string(s.fit.rows), "-", "-", "-", "-", "-", "-", "-", "-", "-", join(s.flags, "; ")});
            continue;
        }
        auto cell = [&](const char* key, double value, int digits) { return with_interval(value, s.intervals.at(key), digits); };
        double a = s.law.alpha / s.cost.p, b = s.law.beta / s.cost.q;
        table.rows.push_back({name, std::to_string(s.fit.rows), cell("E", s.law.E, 4), cell("A", s.law.A, 4), cell("B", s.law.B, 4),
                              cell("alpha", s.law.alpha, 4), cell("beta", s.law.beta, 4), cell("N_exponent", b / (a + b) / s.cost.p, 3),
                              fixed(100 * s.fit.root_mean_square, 2) + " %", significant(s.objective, 9),
                              fixed(100.0 * s.fit.starts_agreeing / std::max(s.fit.starts, 1), 0) + " % of " + std::to_string(s.fit.starts),
                              s.flags.empty() ? "none" : join(s.flags, "; ")});
    }
    return table;
}

Table crossover_table(const Study& study) {
    Table table{"crossovers" + (study.context > 0 ? "-" + std::to_string(study.context) : ""),
                "Comparisons with " + (study.baseline.empty() ? "the baseline" : study.baseline) +
                    (study.context > 0 ? " at " + std::to_string(study.context) + " tokens of context" : "") + "; crossings as log10, " +
                    fixed(100 * study.options.comparison.confidence, 0) + " % intervals",
                {"challenger", "relation", "verdict", "log10 C", "log10 N", "log10 D",
                 "log10 C at D/N = " + significant(study.options.comparison.tokens_per_parameter, 3), "P(0)", "P(1)", "P(2)", "lower loss in the data",
                 "p", "p (Holm)", "compute for equal loss at the top"},
                {}};
    for (const Comparison& c : study.comparisons) {
        std::vector<std::string> compute, sizes, budgets, ratio;
        for (const Crossing& x : c.crossings) {
            compute.push_back(power_interval(x.log10_flops, x.interval));
            sizes.push_back(power_interval(std::log10(x.parameters), x.log10_parameters));
            budgets.push_back(power_interval(std::log10(x.tokens), x.log10_tokens));
        }
        for (const Crossing& x : c.ratio_crossings) {
            ratio.push_back(power_interval(x.log10_flops, x.interval));
        }
        auto or_none = [](const std::vector<std::string>& list) { return list.empty() ? "none" : join(list, "; "); };
        table.rows.push_back({c.challenger, std::string(name_of(c.relation)), std::string(name_of(c.verdict)), or_none(compute), or_none(sizes),
                              or_none(budgets), or_none(ratio), fixed(c.probability[0], 2), fixed(c.probability[1], 2), fixed(c.probability[2], 2),
                              c.leader_in_range.empty() ? "unknown" : c.leader_in_range, std::isnan(c.p_value) ? "-" : significant(c.p_value, 2),
                              std::isnan(c.p_holm) ? "-" : significant(c.p_holm, 2), multiplier_words(c.effective)});
    }
    return table;
}

Table left_out_table(const ObservationSet& set) {
    Table table{"left-out", "What was left out, and by which rule.", {"rule", "scheme", "cell", "seed", "line"}, {}};
    for (const LeftOut& point : set.left_out_points) {
        table.rows.push_back({point.rule, point.scheme, point.cell, std::to_string(point.seed), std::to_string(point.line)});
    }
    return table;
}

Table observation_table(const ObservationSet& set) {
    Table table{"observations", "Every point that was used", {"scheme", "cell", "seed", "parameters", "tokens", "flops", "loss", "context"}, {}};
    for (const Observation& o : set.observations) {
        table.rows.push_back({o.scheme, o.cell, std::to_string(o.seed), shortest(o.parameters), shortest(o.tokens), shortest(o.flops),
                              shortest(o.loss), std::to_string(o.context)});
    }
    return table;
}

}  // namespace overtake
