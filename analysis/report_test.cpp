// The report and the JSON: whole, offline, and sane on half-empty input.
#include "analysis/report.hpp"

#include <cmath>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "analysis/json.hpp"
#include "analysis/planted.hpp"
#include "analysis/tables.hpp"
#include "analysis/text.hpp"

namespace overtake {
namespace {

const std::vector<PlantedScheme> two{{"rope", {0.9, 60, 90, 0.35, 0.33}}, {"learned", {0.9, 130, 90, 0.41, 0.33}}};

PlantedDesign small() {
    PlantedDesign design;
    design.sizes = {1e4, 3e4, 1e5, 3e5};
    design.ratios = {5, 10, 20};
    design.seeds = 2;
    return design;
}

StudyOptions quick() {
    StudyOptions options;
    options.bootstrap.draws = 60;
    options.fit.start_stride = 23;
    return options;
}

std::string read(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

TEST(Report, is_one_offline_page_with_its_files_beside_it) {
    Results results = planted_results(two, small());
    ObservationSet set = observations_of(results);
    set.source = "results.h5";
    std::filesystem::path folder = std::filesystem::temp_directory_path() / "overtake-report-test";
    std::filesystem::remove_all(folder);
    ReportSummary summary = write_report({set, make_studies(set.observations, quick()), &results}, folder / "deep");
    ASSERT_EQ(summary.sentences.size(), 2U);  // the class and the pair
    EXPECT_NE(summary.sentences[0].find("learned forms against RoPE's line"), std::string::npos);
    std::string page = read(summary.page);
    EXPECT_LT(page.find("Verdicts"), page.find("<h2>Laws"));
    EXPECT_EQ(page.find("http://") == page.find("http://www.w3.org"), true);  // nothing is fetched
    EXPECT_EQ(page.find("src="), std::string::npos);
    EXPECT_NE(page.find("1 trial diverged"), std::string::npos);
    EXPECT_LT(page.size(), 2'000'000U);
    for (const char* name : {"laws-128.csv", "laws-128.md", "laws-128.tex", "crossovers-128.csv", "observations.csv", "laws-128.dat", "laws-128.gp",
                             "gap-learned-128.gp", "position-128.dat", "length-128.gp", "curves-300000.gp"}) {
        EXPECT_TRUE(std::filesystem::exists(folder / "deep" / name)) << name;
    }
    if (summary.warnings.empty()) {
        EXPECT_NE(page.find("<svg"), std::string::npos);
    } else {
        EXPECT_EQ(summary.warnings.size(), 1U) << summary.warnings[0];  // gnuplot is not here: said once
        EXPECT_TRUE(summary.warnings[0].starts_with("gnuplot could not be started")) << summary.warnings[0];
    }
    std::filesystem::remove_all(folder);
}

TEST(Report, is_the_same_bytes_at_any_number_of_threads) {
    const Results results = planted_results(two, small());
    ObservationSet set = observations_of(results);
    set.source = "results.h5";
    const std::filesystem::path folder = std::filesystem::temp_directory_path() / "overtake-same-report-test";
    std::filesystem::remove_all(folder);
    for (const int threads : {1, 3}) {
        StudyOptions options = quick();
        options.fit.threads = options.bootstrap.threads = threads;
        write_report({set, make_studies(set.observations, options), &results}, folder / std::to_string(threads));
    }
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "1")) {
        EXPECT_EQ(read(entry.path()), read(folder / "3" / entry.path().filename())) << entry.path();
        ++files;
    }
    EXPECT_GT(files, 30U);
    std::filesystem::remove_all(folder);
}

TEST(Report, describes_what_has_no_law) {
    Results results = planted_results(two, small());
    std::erase_if(results.trials, [](const TrialResult& t) { return t.parameters.backbone != 300000 || t.tokens != 6000000; });
    ObservationSet set = observations_of(results);
    const std::filesystem::path folder = std::filesystem::temp_directory_path() / "overtake-lawless-report-test";
    const std::string page = read(write_report({set, make_studies(set.observations, quick()), &results}, folder).page);
    EXPECT_NE(page.find("Measured, N = 300k, D = 6M"), std::string::npos);
    EXPECT_EQ(page.find("<h2>Laws"), std::string::npos);  // no figure without a law
    EXPECT_EQ(page.find("<h2>Method"), std::string::npos);
    std::filesystem::remove_all(folder);
}

TEST(Report, counts_trials_that_never_finished) {
    Results results = planted_results(two, small());
    for (TrialResult& t : results.trials) {
        t.status = TrialStatus::failed;
        t.reason = "out of memory";
    }
    const ObservationSet set = observations_of(results);
    const std::filesystem::path folder = std::filesystem::temp_directory_path() / "overtake-failed-report-test";
    const std::string page = read(write_report({set, make_studies(set.observations, quick()), &results}, folder).page);
    EXPECT_NE(page.find("48 trials: 0 done, 48 failed."), std::string::npos);
    EXPECT_NE(page.find("Not determined: no finished trial is left to fit."), std::string::npos);
    EXPECT_EQ(page.find("<figure>"), std::string::npos);
    EXPECT_NE(page.find("<td>failed</td><td>48</td><td>rope, learned</td><td>10000, 30000, 100000, 300000</td><td>0, 1</td><td>out of memory</td>"), std::string::npos);
    std::filesystem::remove_all(folder);
}

TEST(Report, says_so_when_there_is_nothing_to_say) {
    std::filesystem::path folder = std::filesystem::temp_directory_path() / "overtake-empty-report-test";
    ObservationSet empty;
    ReportSummary summary = write_report({empty, make_studies(empty.observations, quick()), nullptr}, folder);
    EXPECT_EQ(summary.sentences, (std::vector<std::string>{"Not determined: no finished trial is left to fit."}));
    ObservationSet one;
    one.observations = plant({two[0]}, small());
    summary = write_report({one, make_studies(one.observations, quick()), nullptr}, folder);
    EXPECT_EQ(summary.sentences, (std::vector<std::string>{"Nothing to compare: finished trials of one scheme only."}));
    ObservationSet few;
    few.observations = plant(two, small());
    few.observations.resize(4);
    summary = write_report({few, make_studies(few.observations, quick()), nullptr}, folder);
    ASSERT_FALSE(summary.sentences.empty());
    EXPECT_NE(summary.sentences.back().find("is not determined (no law for rope"), std::string::npos) << summary.sentences.back();
    std::filesystem::remove_all(folder);
}

TEST(Json, keeps_its_contract) {
    ObservationSet set;
    set.observations = plant(two, small());
    auto studies = make_studies(set.observations, quick());
    auto fits = nlohmann::json::parse(fits_as_json(studies, set));
    ASSERT_EQ(fits["laws"].size(), 2U);
    for (const char* key : {"scheme", "rows", "objective", "E", "A", "B", "alpha", "beta", "intervals", "starts", "starts_agreeing", "flags"}) {
        EXPECT_TRUE(fits["laws"][0].contains(key)) << key;
    }
    EXPECT_EQ(fits["laws"][0]["intervals"]["alpha"].size(), 2U);
    auto crossover = nlohmann::json::parse(crossovers_as_json(studies, set));
    for (const char* key : {"baseline", "challenger", "relation", "verdict", "crossings", "probability", "leader_in_range", "sentence"}) {
        EXPECT_TRUE(crossover.contains(key)) << key;
    }
    double sum = crossover["probability"]["0"].get<double>() + crossover["probability"]["1"].get<double>() + crossover["probability"]["2"].get<double>();
    EXPECT_NEAR(sum, 1, 1e-9);
}

TEST(Tables, escape_what_each_format_needs) {
    Table table{"t", "c", {"a_b", "x"}, {{"5 %", "1|2, \"q\" <"}}};
    EXPECT_EQ(as_csv(table), "a_b,x\n5 %,\"1|2, \"\"q\"\" <\"\n");
    EXPECT_EQ(as_markdown(table), "| a_b | x |\n| --- | --- |\n| 5 % | 1\\|2, \"q\" &lt; |\n");
    EXPECT_NE(as_latex(table).find("5 \\% & 1$|$2, \\texttt{\\char34}q\\texttt{\\char34} $<$"), std::string::npos) << as_latex(table);
    EXPECT_NE(as_html(table).find("1|2, &quot;q&quot; &lt;"), std::string::npos);
}

TEST(Text, writes_numbers) {
    EXPECT_EQ(fixed(-0.0001, 2), "0.00");
    EXPECT_EQ(fixed(INFINITY, 2), "inf");
    EXPECT_EQ(with_unit(999600), "1M");
    EXPECT_EQ(with_unit(24700), "24.7k");
    EXPECT_EQ(shortest(0.1), "0.1");
    EXPECT_EQ(shortest(19200000000000024576.0), "1.9200000000000025e+19");
}

}  // namespace
}  // namespace overtake
