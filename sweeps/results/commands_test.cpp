#include "sweeps/results/commands.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sweeps/remembered_data.hpp"
#include "sweeps/results/record_file.hpp"
#include "sweeps/results/results_file.hpp"
#include "sweeps/results/sample_records.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {
namespace {

struct Ending {
    int code;
    std::string out;
};

Ending run(std::string_view verb, const std::vector<std::string>& arguments) {
    for (const Command& command : results_commands()) {
        if (command.name == verb) {
            testing::internal::CaptureStdout();
            const int code = command.run(arguments);
            return {code, testing::internal::GetCapturedStdout()};
        }
    }
    throw std::logic_error("no such verb");
}

TEST(ResultsCommands, validate_prints_one_line_per_breach) {
    const sample::Folder folder;
    const std::string file = folder.file("r.h5").string();
    write_results(file, sample::results());
    EXPECT_EQ(run("validate", {file}).out, "valid\n");
    EXPECT_EQ(run("validate", {file}).code, exit_code::done);
    Results broken = sample::results();
    broken.stages[0].kind = "tarin";
    write_results(file, broken);
    EXPECT_EQ(run("validate", {file}).out, "'/stages/kind' has 'tarin', which is no word for it\n");
    EXPECT_EQ(run("validate", {file}).code, exit_code::unexpected);
    EXPECT_EQ(nlohmann::json::parse(run("validate", {file, "--json"}).out).at("valid"), false);
}

TEST(ResultsCommands, json_survives_paths_that_are_no_utf8) {
    const sample::Folder folder;
    const std::string file = folder.file("r\xff\x1b[2J.h5").string();
    write_results(file, sample::results());
    const Ending ending = run("validate", {file, "--json"});
    EXPECT_EQ(ending.code, exit_code::done);
    EXPECT_EQ(nlohmann::json::parse(ending.out).at("valid"), true);
    EXPECT_EQ(ending.out.find('\x1b'), std::string::npos);
}

TEST(ResultsCommands, diff_says_what_it_compared_and_what_it_ignored) {
    const sample::Folder folder;
    const std::string a = folder.file("a.h5").string(), b = folder.file("b.h5").string();
    write_results(a, sample::results());
    Results other = sample::results();
    other.stages[0].provenance.seconds = 1;
    write_results(b, other);
    const Ending equal = run("diff", {a, b});
    EXPECT_EQ(equal.code, exit_code::done);
    EXPECT_EQ(equal.out.find("compared 2 trials, 8 curve points, 2 evaluations, 2 results of tasks\nignored trials/seconds curves/seconds"),
              0U)
        << equal.out;
    EXPECT_NE(equal.out.find("\nequal bit for bit\n"), std::string::npos) << equal.out;
    other.stages[0].curve[0].train_loss += 1;
    write_results(b, other);
    const Ending unequal = run("diff", {a, b});
    EXPECT_EQ(unequal.code, exit_code::unexpected);
    EXPECT_NE(unequal.out.find(
                  "stage 00000000000000a1 step 10: train_loss is 5 in the first and 6 in the second\n1 difference\n"),
              std::string::npos)
        << unequal.out;
    EXPECT_EQ(nlohmann::json::parse(run("diff", {a, b, "--json"}).out).at("differences").size(), 1U);
}

TEST(ResultsCommands, collect_makes_the_same_file_where_the_corpus_is_gone) {
    const sample::Folder folder;
    const std::filesystem::path corpora = folder.file("data"), results = folder.sweep().results();
    const std::string text = "[sweep]\nname = \"a\"\n[data]\nfolder = \"" + corpora.string() +
                             "\"\n[grid]\nsize = \"2x64\"\ntokens = \"20x\"\nposition = [\"rope\", \"learned\"]\n";
    write_aside(folder.sweep().specification(), text);
    DataConfig data;
    data.folder = corpora.string();
    write_data_manifest(data, {.corpus = "gcide", .tokenizer = "bytes", .digest = "d1", .vocabulary = 256,
                               .train_tokens = 90000000, .bytes_per_token = 1.25});
    const Specification at_hand = load_specification(folder.sweep().specification(), data_of(folder.sweep()));
    remember_data(folder.sweep(), data, *at_hand.data);
    for (const Stage& stage : grow_forest(at_hand.trials).stages) {
        StageRecord record = sample::record(stage.id, stage.parent, std::string(name_of(stage.kind)));
        record.text = stage.text;
        write_record(folder.sweep(), record);
    }
    const std::string root = folder.sweep().root.string();
    EXPECT_NE(run("collect", {root}).out.find("2 of 2 trials done"), std::string::npos);
    EXPECT_EQ(read_results(results).bytes_per_token, 1.25);
    const std::filesystem::path with_the_corpus = folder.file("with_the_corpus.h5");
    std::filesystem::rename(results, with_the_corpus);
    std::filesystem::remove_all(corpora);
    EXPECT_EQ(run("collect", {root}).code, exit_code::done);
    EXPECT_EQ(compare_results(results, with_the_corpus).differences, std::vector<std::string>{});
    EXPECT_EQ(compare_results(results, with_the_corpus).trials_compared, 2u);

    write_data_manifest(data, {.corpus = "gcide", .tokenizer = "bytes", .digest = "d2", .vocabulary = 256});
    EXPECT_THROW(run("collect", {root}), IoError);
    testing::internal::GetCapturedStdout();
    EXPECT_EQ(compare_results(results, with_the_corpus).differences, std::vector<std::string>{}) << "a good file was lost";
}

TEST(ResultsCommands, wrong_arguments_are_usage_errors) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(run("diff", {"only-one.h5"}).code, exit_code::usage);
    EXPECT_NE(testing::internal::GetCapturedStderr(), "");
    EXPECT_EQ(run("table", {"--help"}).code, exit_code::done);
}

}  // namespace
}  // namespace overtake
