// Labels of a stranger's table in pictures, pages and tables: none runs, none ends the string that holds it.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "analysis/figure.hpp"
#include "analysis/json.hpp"
#include "analysis/planted.hpp"
#include "analysis/report.hpp"
#include "analysis/study_marks.hpp"
#include "analysis/svg.hpp"
#include "analysis/tables.hpp"
#include "sweeps/hostile_names.hpp"
#include "sweeps/visible_text.hpp"

namespace overtake {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

class Folder {
  public:
    explicit Folder(const std::string& name) : path_(fs::temp_directory_path() / name) {
        fs::remove_all(path_);
        fs::create_directories(path_);
    }
    ~Folder() { fs::remove_all(path_); }
    const fs::path& path() const { return path_; }
    /// Whoever ran a name as a program left it here, in a folder below or where the test runs.
    bool has_canary() const {
        bool found = fs::exists("canary");
        for (const auto& entry : fs::recursive_directory_iterator(path_)) {
            found = found || entry.path().filename() == "canary";
        }
        return found;
    }

  private:
    fs::path path_;
};

/// Names of all elements and attributes of a page or picture; "!" among them if it is not well-formed (void elements of HTML may stay open).
std::set<std::string> markup_of(const std::string& text) {
    const std::set<std::string> never_closed{"meta", "br", "link", "!doctype", "?xml"};
    std::set<std::string> names;
    std::vector<std::string> open;
    const auto is_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == ':' || c == '_' || c == '!' || c == '?' || c == '.'; };
    for (std::size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at)) {
        if (text.compare(at, 4, "<!--") == 0) {
            at = text.find("-->", at);
            continue;
        }
        const bool closes = text[++at] == '/';
        at += closes ? 1 : 0;
        std::string name;
        while (at < text.size() && is_name(text[at])) {
            name += static_cast<char>(std::tolower(static_cast<unsigned char>(text[at++])));
        }
        names.insert(name.empty() ? "!" : name);
        bool empty = never_closed.contains(name);
        while (at < text.size() && text[at] != '>') {
            if (text[at] == '"' || text[at] == '\'') {
                at = std::min(text.find(text[at], at + 1), text.size() - 1);
            } else if (is_name(text[at])) {
                std::string attribute;
                while (is_name(text[at])) {
                    attribute += text[at++];
                }
                names.insert(attribute);
                continue;
            } else if (text[at] == '<') {
                names.insert("!");
            }
            empty = empty || text[at] == '/';
            ++at;
        }
        if (closes) {
            names.insert(!open.empty() && open.back() == name ? name : "!");
            open.resize(open.empty() ? 0 : open.size() - 1);
        } else if (!empty) {
            open.push_back(name);
        }
        if (name == "style" && !closes) {
            at = text.find("</style", at);
        }
    }
    names.insert(open.empty() ? "" : "!");
    return names;
}

/// What a page of ours never has: code, forms, and anything that is fetched.
void expect_harmless(const std::string& text, const std::string& what) {
    EXPECT_EQ(visible(text, "\n\t"), text) << what << " has control characters";
    for (const std::string& name : markup_of(text)) {
        for (const char* foreign : {"!", "script", "img", "iframe", "object", "embed", "form", "link", "src", "srcdoc", "base"}) {
            EXPECT_NE(name, foreign) << what;
        }
        EXPECT_FALSE(name.starts_with("on")) << what << " has " << name;
    }
}

TEST(HostileLabels, MarkupIsToldApart) {
    EXPECT_EQ(markup_of("<a b=\"<c>\">d</a>"), (std::set<std::string>{"", "a", "b"}));
    EXPECT_TRUE(markup_of("<a><b></a></b>").contains("!"));
    EXPECT_TRUE(markup_of("<a>").contains("!"));
    EXPECT_TRUE(markup_of("<td><script>x</script></td>").contains("script"));
    EXPECT_TRUE(markup_of("<td onload='x'/>").contains("onload"));
}

TEST(HostileLabels, GnuplotDrawsAllAndRunsNone) {
    if (std::system("gnuplot --version > /dev/null 2>&1") != 0) {
        GTEST_SKIP() << "gnuplot is not installed; labels were not drawn";
    }
    const Folder folder("overtake-hostile-figures-test");
    std::vector<Figure> figures;
    const std::vector<std::string> names = hostile_names(500);
    for (std::size_t i = 0; i < names.size(); i += 25) {
        Figure figure{.name = "labels-" + std::to_string(i), .title = names[i], .caption = "", .data = "# " + names[i] + "\n0 1\n1 2\n", .script = ""};
        figure.script = "set xlabel \"" + gnuplot_text(names[i]) + "\"\nset xtics (";
        for (std::size_t k = i; k < i + 25; ++k) {
            figure.script += (k > i ? ", \"" : "\"") + gnuplot_tic(names[k]) + "\" " + std::to_string(k - i);
        }
        figure.script += ")\nplot ";
        for (std::size_t k = i; k < i + 25; ++k) {
            figure.script += (k > i ? ", " : "") + std::to_string(k) + " title \"" + gnuplot_text(names[k]) + "\"";
        }
        figures.push_back(figure);
        figures.back().script += "\n";
    }
    std::vector<std::string> warnings;
    const std::vector<std::string> drawn = draw(figures, folder.path(), warnings);
    EXPECT_TRUE(warnings.empty()) << warnings[0];
    for (std::size_t i = 0; i < drawn.size(); ++i) {
        ASSERT_FALSE(drawn[i].empty()) << figures[i].name;
        expect_harmless(svg_for_page(drawn[i], "f", names[25 * i]), figures[i].name);
    }
    EXPECT_FALSE(folder.has_canary());
}

TEST(HostileLabels, FileNamesStayShortAndInTheirFolder) {
    for (const std::string& name : hostile_names(500)) {
        const std::string part = file_part(name);
        EXPECT_EQ(part.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"), std::string::npos) << part;
        EXPECT_LE(part.size(), 100U);
    }
    EXPECT_EQ(file_part("Learned+YaRN"), "learned-yarn");
    EXPECT_NE(file_part(std::string(200, 'a') + "b"), file_part(std::string(200, 'a') + "c"));
}

TEST(HostileLabels, TablesKeepTheirCells) {
    for (const std::string& name : hostile_names(500)) {
        const Table table{"t", name, {"scheme", name}, {{"1", name}, {name, "2"}}};
        expect_harmless(as_html(table), "HTML");
        const std::string csv = as_csv(table), markdown = as_markdown(table), latex = as_latex(table), text = as_text(table);
        EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 3) << csv;
        EXPECT_EQ(std::count(markdown.begin(), markdown.end(), '\n'), 4) << markdown;
        EXPECT_EQ(std::count(latex.begin(), latex.end(), '\n'), 13) << latex;
        EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4) << text;
        EXPECT_EQ(markdown.find('<'), std::string::npos) << markdown;
        std::string cell = as_latex({"t", "", {name}, {}});
        cell = cell.substr(cell.find("\\toprule\n") + 9);
        cell.resize(cell.find(" \\\\\n\\midrule"));
        for (const char* harmless : {"\\texttt{\\char96}", "\\texttt{\\char34}", "$-$", "-{}", "'{}", "\\textbackslash{}", "\\textasciicircum{}", "\\textasciitilde{}", "\\&", "\\%", "\\_", "\\#", "\\$", "\\{", "\\}", "$<$", "$>$", "$|$", "{[}", "{]}"}) {
            for (std::size_t at = cell.find(harmless); at != std::string::npos; at = cell.find(harmless, at)) {
                cell.replace(at, std::string(harmless).size(), "a");
            }
        }
        EXPECT_EQ(cell.find_first_of("&%$#_{}~^\\"), std::string::npos) << cell;
    }
}

TEST(HostileLabels, AReportOfThemIsHarmless) {
    const Folder folder("overtake-hostile-report-test");
    const std::vector<std::string> labels{"`touch canary`", "\"; system(\"touch canary\"); \"", "<script>touch('canary')</script>\n!touch canary\n", "\x1b[2J\u202e\xc0\xaf",
                                          "'><svg onload='a'>\\write18{touch canary}", "=cmd|'/C touch canary'!A0" + std::string(300, 'x')};
    PlantedDesign design;
    design.sizes = {1e4, 3e4, 1e5};
    design.ratios = {5, 10, 20};
    design.seeds = 2;
    std::vector<PlantedScheme> schemes{{"rope", {0.9, 60, 90, 0.35, 0.33}}};
    for (const std::string& label : labels) {
        schemes.push_back({label, {0.9, 70 + static_cast<double>(schemes.size()), 90, 0.36, 0.33}});
    }
    Results results = planted_results(schemes, design);
    for (TrialResult& trial : results.trials) {
        trial.size = labels[static_cast<std::size_t>(trial.seed) % labels.size()];
        trial.reason = labels[2];
    }
    ObservationSet set = observations_of(results);
    set.source = labels[3] + labels[2];
    StudyOptions options;
    options.bootstrap.draws = 40;
    options.fit.start_stride = 97;
    const std::vector<Study> studies = make_studies(set.observations, options);
    const fs::path out = folder.path() / "-rf `touch canary` \"$(touch canary)\" \x1b[2J\n; touch canary";
    const ReportSummary summary = write_report({set, studies, &results, {}, {}}, out);
    expect_harmless(read(summary.page), "the page");
    for (const auto& entry : fs::directory_iterator(out)) {
        const std::string file = entry.path().filename().string(), text = read(entry.path());
        EXPECT_EQ(file.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-."), std::string::npos) << file;
        EXPECT_TRUE(entry.path().extension() == ".dat" || visible(text, "\n\t") == text) << file;
        if (entry.path().extension() == ".gp") {
            EXPECT_EQ(text.find('`'), std::string::npos) << file;
            EXPECT_EQ(text.find("\n!"), std::string::npos) << file;
        }
    }
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
    EXPECT_NO_THROW(EXPECT_FALSE(nlohmann::json::parse(fits_as_json(studies, set)).empty()));
    EXPECT_NO_THROW(EXPECT_FALSE(nlohmann::json::parse(crossovers_as_json(studies, set)).empty()));
    EXPECT_FALSE(folder.has_canary());
}

}  // namespace
}  // namespace overtake
