#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <functional>

#include "sweeps/results/results_file.hpp"
#include "sweeps/results/sample_records.hpp"

namespace overtake {
namespace {

ResultsDifference after(const std::function<void(Results&)>& change) {
    const sample::Folder folder;
    Results changed = sample::results();
    change(changed);
    write_results(folder.file("a.h5"), sample::results());
    write_results(folder.file("b.h5"), changed);
    return compare_results(folder.file("a.h5"), folder.file("b.h5"));
}

void flip_last_bit(float& value) {
    value = std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) ^ 1U);
}
void flip_last_bit(double& value) {
    value = std::bit_cast<double>(std::bit_cast<std::uint64_t>(value) ^ 1U);
}

TEST(CompareResults, a_file_equals_itself_and_says_what_was_compared) {
    const ResultsDifference found = after([](Results&) {});
    EXPECT_EQ(found.differences, std::vector<std::string>{});
    EXPECT_EQ(found.trials_compared, 2U);
    EXPECT_EQ(found.curve_points_compared, 8U);
    EXPECT_EQ(found.evaluations_compared, 2U);
    EXPECT_EQ(found.task_results_compared, 2U);
}

TEST(CompareResults, ignores_timing_and_provenance_alone_and_names_them) {
    const ResultsDifference found = after([](Results& r) {
        r.version = "9.9.9";
        r.trials[0].seconds = 1;
        r.stages[0].provenance = {"node-b", "9.9.9", "cpu", "2027-01-01T00:00:00Z", "2027-01-01T00:00:01Z", 1, 4,
                                  1,        2,       false};
        r.stages[0].curve[0].seconds = 99;
    });
    EXPECT_EQ(found.differences, std::vector<std::string>{});
    for (const char* name : {"trials/seconds", "stages/seconds", "curves/seconds", "stages/host", "stages/attempts",
                             "stages/team_width"}) {
        EXPECT_NE(std::ranges::find(found.ignored_fields, name), found.ignored_fields.end()) << name;
    }
}

TEST(CompareResults, notices_one_bit) {
    const std::vector<std::function<void(Results&)>> changes{
        [](Results& r) { flip_last_bit(r.stages[0].curve[3].train_loss); },
        [](Results& r) { flip_last_bit(r.stages[1].curve[0].gradient_norm); },
        [](Results& r) { flip_last_bit(r.stages[2].evaluations[0].loss); },
        [](Results& r) { flip_last_bit(r.stages[2].evaluations[1].loss_beyond_train); },
        [](Results& r) { flip_last_bit(r.stages[2].evaluations[0].loss_beyond_train); },  // another NaN
        [](Results& r) { flip_last_bit(r.stages[2].evaluations[1].position_loss[2]); },
        [](Results& r) { flip_last_bit(r.stages[2].task_results[0].value); },
        [](Results& r) { r.stages[2].task_results[1].lag = 65; },
        [](Results& r) { flip_last_bit(r.stages[2].structure[0].value[1]); },
        [](Results& r) { flip_last_bit(r.stages[2].structure[1].x[2]); },
        [](Results& r) { r.stages[2].structure[1].family = "power"; },
        [](Results& r) { flip_last_bit(r.trials[1].flops); },
        [](Results& r) { r.stages[1].text += "x"; },
        [](Results& r) { r.stages[1].status = StageStatus::failed; },
        [](Results& r) { r.trials[1].reason = "out of memory"; },
    };
    for (std::size_t i = 0; i < changes.size(); ++i) {
        EXPECT_EQ(after(changes[i]).differences.size(), 1U) << "change " << i;
    }
    EXPECT_EQ(
        after(changes[2]).differences[0],
        "stage 00000000000000a3 at context length 128: loss is 2.5 in the first and 2.5000000000000004 in the second");
}

TEST(CompareResults, names_what_only_one_file_has) {
    const ResultsDifference found = after([](Results& r) {
        r.trials.pop_back();
        r.stages[1].curve.pop_back();
    });
    EXPECT_EQ(found.differences,
              (std::vector<std::string>{"trial 00000000000000b2 is in the first file alone",
                                        "stage 00000000000000a2: 4 curve points in the first and 3 in the second"}));
}

}  // namespace
}  // namespace overtake
