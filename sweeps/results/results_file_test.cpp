#include "sweeps/results/results_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>

#include "sweeps/results/record_file.hpp"
#include "sweeps/results/sample_records.hpp"
#include "sweeps/results/trials_csv.hpp"

namespace overtake {
namespace {

TEST(ResultsFile, reads_back_what_was_written) {
    const sample::Folder folder;
    const Results written = sample::results();
    write_results(folder.sweep().results(), written);
    const Results read = read_results(folder.sweep().results());
    EXPECT_EQ(read.sweep_name, "sample");
    EXPECT_EQ(read.sweep_text, written.sweep_text);
    EXPECT_EQ(read.claims, written.claims);
    EXPECT_EQ(read.version, "0.1.0");
    EXPECT_EQ(read.analysis, written.analysis);
    EXPECT_EQ(read.bytes_per_token, 1.5);
    ASSERT_EQ(read.trials.size(), 2U);
    const TrialResult& trial = read.trials[0];
    EXPECT_EQ(trial.id, "00000000000000b1");
    EXPECT_EQ(trial.cell, "0000000c");
    EXPECT_EQ(trial.size, "2x64");
    EXPECT_EQ(trial.scheme, "rope");
    EXPECT_EQ(trial.scheme_class, "H");
    EXPECT_EQ(trial.options, "base=10000");
    EXPECT_EQ(trial.seed, 1);
    EXPECT_EQ(trial.train_length, 128);
    EXPECT_EQ(trial.learning_rate_multiplier, 0.5);
    EXPECT_EQ(trial.tuning, "untuned");
    EXPECT_EQ(trial.parameters, (ParameterCounts{100, 20, 3}));
    EXPECT_EQ(trial.tokens, 16384);
    EXPECT_EQ(trial.flops, 1.5e12);
    EXPECT_EQ(trial.six_nd, 1e12);
    EXPECT_EQ(trial.seconds, 181.5);
    EXPECT_EQ(trial.unique_tokens, 16000);
    EXPECT_EQ(trial.epochs, 1.024);
    EXPECT_EQ(trial.status, TrialStatus::done);
    EXPECT_EQ(trial.path, written.trials[0].path);
    EXPECT_EQ(trial.final_train_loss, written.trials[0].final_train_loss);
    EXPECT_EQ(trial.text, written.trials[0].text);
    ASSERT_EQ(trial.evaluations.size(), 2U);
    EXPECT_TRUE(std::isnan(trial.evaluations[0].loss_beyond_train));
    EXPECT_EQ(trial.evaluations[1], written.trials[0].evaluations[1]);
    EXPECT_EQ(read.trials[1].status, TrialStatus::unfinished);
    EXPECT_TRUE(read.trials[1].evaluations.empty());
    ASSERT_EQ(read.stages.size(), 3U);
    EXPECT_EQ(read.stages[1].parent, "00000000000000a1");
    EXPECT_EQ(read.stages[1].kind, "cooldown");
    EXPECT_EQ(read.stages[1].text, written.stages[1].text);
    EXPECT_EQ(read.stages[1].curve, written.stages[1].curve);
    EXPECT_EQ(read.stages[2].evaluations[1], written.stages[2].evaluations[1]);
    EXPECT_TRUE(read.stages[1].task_results.empty());
    ASSERT_EQ(read.stages[2].task_results.size(), 2U);
    EXPECT_EQ(read.stages[2].task_results[0], written.stages[2].task_results[0]);
    EXPECT_EQ(read.stages[2].task_results[1].lag, 64);
    ASSERT_EQ(read.stages[2].structure.size(), 2U);
    EXPECT_EQ(read.stages[2].structure[1].value, (std::vector<double>{0, -0.5, -0.75}));
    EXPECT_EQ(read.stages[2].structure, written.stages[2].structure);
    EXPECT_EQ(read.stages[2].provenance.finished_utc, "2026-01-02T03:05:05Z");
    EXPECT_TRUE(read.stages[2].provenance.alone);
}

TEST(ResultsFile, keeps_every_individual_of_a_search) {
    const sample::Folder folder;
    Results written = sample::results();
    written.stages.push_back(sample::record("00000000000000a5", "00000000000000a2", "search"));
    write_results(folder.sweep().results(), written);
    const Results read = read_results(folder.sweep().results());
    EXPECT_EQ(read.stages[3].individuals, sample::individuals());
    EXPECT_TRUE(read.stages[2].individuals.empty());
    EXPECT_EQ(validate_results(folder.sweep().results()), std::vector<std::string>{});
    written.stages[3].individuals[1].factors[0] = 1.26;
    write_results(folder.file("other.h5"), written);
    const std::vector<std::string> wanted{
        "stage 00000000000000a5 individual 1 pair 0: factor is 1.25 in the first and 1.26 in the second"};
    EXPECT_EQ(compare_results(folder.sweep().results(), folder.file("other.h5")).differences, wanted);
}

TEST(ResultsFile, holds_a_sweep_that_has_not_begun) {
    const sample::Folder folder;
    write_results(folder.sweep().results(), {});
    EXPECT_TRUE(read_results(folder.sweep().results()).trials.empty());
    EXPECT_EQ(validate_results(folder.sweep().results()), std::vector<std::string>{});
}

TEST(ResultsFile, refuses_what_is_no_results_file) {
    const sample::Folder folder;
    EXPECT_THROW(read_results(folder.file("absent.h5")), IoError);
    sample::write_bytes(folder.file("words.h5"), {'n', 'o'});
    EXPECT_THROW(read_results(folder.file("words.h5")), IoError);
    write_record(folder.sweep(), sample::record("00000000000000a1", "", "train"));
    EXPECT_THROW(read_results(folder.sweep().record("00000000000000a1")), IoError);
}

#ifndef __SANITIZE_ADDRESS__  // it has no limit of memory
TEST(ResultsFile, a_large_and_sound_one_is_not_called_damaged) {
    const sample::Folder folder;
    Results large = sample::results();
    large.sweep_text.assign(std::size_t{64} << 20, 'x');
    write_results(folder.sweep().results(), large);
    const std::string path = folder.sweep().results().string();
    ::setenv("OVERTAKE_READ_GIB", "0.04", 1);
    for (const bool validates : {false, true}) {
        try {
            validates ? (void)validate_results(path) : (void)read_results(path);
            ADD_FAILURE() << "nothing was said";
        } catch (const IoError& error) {
            EXPECT_EQ(error.what(), std::string(validates ? "cannot validate '" : "cannot read '") + path +
                                        "': reading it takes more than 0.04 GiB of memory (it is very large, or says that it is); set OVERTAKE_READ_GIB higher if you trust it");
        }
    }
    ::unsetenv("OVERTAKE_READ_GIB");
    EXPECT_EQ(read_results(path).sweep_text.size(), large.sweep_text.size());
    EXPECT_TRUE(validate_results(path).empty());
}
#endif

TEST(ResultsFile, notices_flipped_bytes) {
    const sample::Folder folder;
    write_results(folder.file("good.h5"), sample::results());
    const std::vector<char> good = sample::read_bytes(folder.file("good.h5"));
    std::size_t noticed = 0, harmless = 0;
    for (std::size_t i = 0; i < good.size(); i += 499) {
        std::vector<char> bad = good;
        bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
        sample::write_bytes(folder.file("bad.h5"), bad);
        try {
            const ResultsDifference found = compare_results(folder.file("good.h5"), folder.file("bad.h5"));
            EXPECT_EQ(found.differences, std::vector<std::string>{}) << "byte " << i;
            ++harmless;
        } catch (const IoError&) {
            EXPECT_FALSE([&] {
                try {
                    return validate_results(folder.file("bad.h5")).empty();
                } catch (const IoError&) {
                    return false;
                }
            }());
            ++noticed;
        }
    }
    EXPECT_GT(noticed, harmless) << noticed << " noticed, " << harmless << " harmless";
}

TEST(TrialsCsv, has_a_line_per_trial_and_context_length) {
    Results results = sample::results();
    results.trials[1].reason = "out of memory, \"twice\"";
    std::ostringstream out;
    print_trials_csv(out, results);
    const std::string shared = ",0000000c,2x64,rope,H,base=10000,";
    const std::string counts = ",128,0.5,untuned,100,20,3,123,16384,1.5e+12,1e+12,181.5,16000,1.024,";
    const std::string loss = ",0.11363636702299118,";
    const std::string body = out.str().substr(out.str().find('\n') + 1);
    EXPECT_EQ(body, "00000000000000b1" + shared + "1" + counts + "done," + loss + "128,2.5,,0.01\n" +                 //
                        "00000000000000b1" + shared + "1" + counts + "done," + loss + "256,2.75,3,0.01\n" +           //
                        "00000000000000b2" + shared + "2" + counts + "unfinished,\"out of memory, \"\"twice\"\"\"" +  //
                        loss + ",,,\n");
    const std::string header = out.str().substr(0, out.str().find('\n'));
    const std::string first = body.substr(0, body.find('\n'));
    EXPECT_EQ(std::ranges::count(header, ','), std::ranges::count(first, ','));
}

}  // namespace
}  // namespace overtake
