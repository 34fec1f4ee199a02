// Tables for a paper compile, whatever a scheme is called.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "analysis/planted.hpp"
#include "analysis/tables.hpp"

namespace overtake {
namespace {

const std::string hostile = "a_b%&$#{}~^\\\"'`<>|[]-- x\ny\t\x01 \xc3\xa9 \xe4\xb8\xad \xf0\x9f\x98\x80 \xff \\end{tabular} \\input{nowhere} %";

/// The exit code of pdflatex on a document with these tables, and the end of what it said.
std::pair<int, std::string> compiled(const std::string& body, const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "paper.tex") << "\\documentclass{article}\n\\usepackage{longtable}\n\\begin{document}\n\\tiny\n" << body << "\\end{document}\n";
    const int code = std::system(("cd '" + folder.string() + "' && timeout 60 pdflatex -interaction=nonstopmode -halt-on-error paper.tex > said.txt 2>&1 < /dev/null").c_str());
    std::ifstream in(folder / "said.txt");
    std::ostringstream said;
    said << in.rdbuf();
    const std::string all = said.str();
    return {code, all.substr(all.size() > 1500 ? all.size() - 1500 : 0)};
}

TEST(Latex, spells_what_fonts_may_lack) {
    const Table table{"t", "two\nlines", {"x"}, {{"\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80\xff"}, {"-0.5 [-1, 2] a--b"}}};
    const std::string text = as_latex(table);
    EXPECT_NE(text.find("U+00E9U+4E2DU+1F600\\textbackslash{}xff"), std::string::npos) << text;
    EXPECT_NE(text.find("$-$0.5 {[}$-$1, 2{]} a-{}-{}b"), std::string::npos) << text;
    EXPECT_EQ(text.find("% two\\textbackslash{}nlines\n"), 0U) << text;  // a comment stays one
}

TEST(Latex, compiles_tables_with_hostile_names) {
    if (std::system("command -v pdflatex > /dev/null 2>&1") != 0) {
        GTEST_SKIP() << "pdflatex is not installed; tables were not compiled";
    }
    PlantedDesign design;
    design.sizes = {1e4, 3e4, 1e5, 3e5};
    design.ratios = {5, 10, 20};
    design.seeds = 2;
    StudyOptions options;
    options.bootstrap.draws = 60;
    options.fit.start_stride = 23;
    options.examine = false;
    const std::vector<Observation> points = plant({{hostile, {0.9, 60, 90, 0.35, 0.33}}, {hostile + "2", {0.9, 130, 90, 0.41, 0.33}}, {"%", {0.9, 100, 90, 0.37, 0.33}}}, design);
    const Study study = make_study(points, options);
    ObservationSet set;
    set.observations = points;
    ASSERT_GT(points.size(), 60U);  // a longtable
    const std::filesystem::path folder = std::filesystem::temp_directory_path() / "overtake-latex-test";
    const auto [code, said] = compiled(as_latex(law_table(study)) + "\n\n" + as_latex(crossover_table(study)) + "\n\n" + as_latex(observation_table(set)), folder);
    EXPECT_EQ(code, 0) << said;
    EXPECT_GT(std::filesystem::exists(folder / "paper.pdf") ? std::filesystem::file_size(folder / "paper.pdf") : 0, 5000U);
    EXPECT_NE(compiled("\\begin{tabular}{l}\na_b\n\\end{tabular}\n", folder).first, 0);  // what isn't escaped does not compile
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace overtake
