#include "sweeps/results/record_file.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sweeps/results/sample_records.hpp"

namespace overtake {
namespace {

const std::string id = "00000000000000a1";

/// NaN equals itself here.
void expect_same(const Evaluation& a, const Evaluation& b) {
    EXPECT_EQ(a.context_length, b.context_length);
    EXPECT_EQ(a.tokens, b.tokens);
    EXPECT_EQ(a.loss, b.loss);
    EXPECT_EQ(a.standard_error, b.standard_error);
    EXPECT_TRUE(a.loss_beyond_train == b.loss_beyond_train ||
                (std::isnan(a.loss_beyond_train) && std::isnan(b.loss_beyond_train)));
    EXPECT_EQ(a.position_begin, b.position_begin);
    EXPECT_EQ(a.position_loss, b.position_loss);
}

TEST(RecordFile, first_of_several_writers_stays_unless_it_is_damaged) {
    const sample::Folder folder;
    const SweepFolder first{folder.sweep().root, "0", "7_0.0"}, second{folder.sweep().root, "1", "7_1.0"};
    StageRecord record = sample::record(id, "", "train");
    write_record_once(first, record);
    record.status = StageStatus::failed;
    write_record_once(second, record);
    EXPECT_EQ(read_record_status(folder.sweep(), id), StageStatus::done);
    sample::write_bytes(folder.sweep().record(id), {'x'});
    write_record_once(second, record);
    EXPECT_EQ(read_record_status(folder.sweep(), id), StageStatus::failed);
    const std::filesystem::directory_iterator files(folder.sweep().stage(id));
    EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST(RecordFile, reads_back_what_was_written) {
    const sample::Folder folder;
    EXPECT_FALSE(read_record(folder.sweep(), id));
    StageRecord written = sample::record(id, "00000000000000a0", "evaluate");
    written.curve = sample::curve(0, 3);
    written.status = StageStatus::diverged;
    written.reason = "loss is not finite at step 40";
    write_record(folder.sweep(), written);
    const std::optional<StageRecord> read = read_record(folder.sweep(), id);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->id, id);
    EXPECT_EQ(read->parent, written.parent);
    EXPECT_EQ(read->kind, "evaluate");
    EXPECT_EQ(read->text, written.text);
    EXPECT_EQ(read->status, StageStatus::diverged);
    EXPECT_EQ(read->reason, written.reason);
    EXPECT_EQ(read->end_step, 40);
    EXPECT_EQ(read->curve, written.curve);
    ASSERT_EQ(read->evaluations.size(), 2U);
    expect_same(read->evaluations[0], written.evaluations[0]);
    expect_same(read->evaluations[1], written.evaluations[1]);
    ASSERT_EQ(read->task_results.size(), 2U);
    EXPECT_EQ(read->task_results[0], written.task_results[0]);
    EXPECT_TRUE(std::isnan(read->task_results[1].depth));
    EXPECT_EQ(read->structure, written.structure);
    EXPECT_EQ(read->provenance.host, "node-a");
    EXPECT_EQ(read->provenance.version, "0.1.0");
    EXPECT_EQ(read->provenance.device, "cpu");
    EXPECT_EQ(read->provenance.started_utc, "2026-01-02T03:04:05Z");
    EXPECT_EQ(read->provenance.finished_utc, "2026-01-02T03:05:05Z");
    EXPECT_EQ(read->provenance.attempts, 3);
    EXPECT_EQ(read->provenance.team_width, 2);
    EXPECT_EQ(read->provenance.seconds, 60.5);
    EXPECT_EQ(read->provenance.tokens_per_second, 1234.5);
    EXPECT_TRUE(read->provenance.alone);
    EXPECT_EQ(read_record_status(folder.sweep(), id), StageStatus::diverged);
}

TEST(RecordFile, keeps_every_individual_of_a_search) {
    const sample::Folder folder;
    write_record(folder.sweep(), sample::record(id, "", "search"));
    EXPECT_EQ(read_record(folder.sweep(), id)->individuals, sample::individuals());
}

TEST(RecordFile, holds_a_stage_that_failed_at_once) {
    const sample::Folder folder;
    StageRecord empty;
    empty.id = id;
    empty.status = StageStatus::failed;
    empty.reason = std::string(1999, 'x') + "äöü";  // cut within a character
    write_record(folder.sweep(), empty);
    const std::optional<StageRecord> read = read_record(folder.sweep(), id);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->reason, std::string(1999, 'x'));
    EXPECT_TRUE(read->curve.empty());
    EXPECT_TRUE(read->evaluations.empty());
}

TEST(RecordFile, a_damaged_record_does_not_count) {
    const sample::Folder folder;
    write_record(folder.sweep(), sample::record(id, "", "train"));
    const std::vector<char> good = sample::read_bytes(folder.sweep().record(id));
    std::size_t noticed = 0, harmless = 0;
    for (std::size_t i = 0; i < good.size(); i += 13) {
        std::vector<char> bad = good;
        bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
        sample::write_bytes(folder.sweep().record(id), bad);
        const std::optional<StageRecord> read = read_record(folder.sweep(), id);
        EXPECT_EQ(read.has_value(), read_record_status(folder.sweep(), id).has_value());
        if (read) {
            EXPECT_EQ(read->curve, sample::record(id, "", "train").curve);
        }
        ++(read ? harmless : noticed);
    }
    EXPECT_GT(noticed, 9 * harmless) << noticed << " noticed, " << harmless << " harmless";
}

}  // namespace
}  // namespace overtake
