#include "sweeps/results/state_file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <csignal>

#include "sweeps/errors.hpp"
#include "sweeps/results/sample_records.hpp"

namespace overtake {
namespace {

const std::string id = "00000000000000a1";

void expect_same(const StageState& a, const StageState& b) {
    EXPECT_EQ(a.id, b.id);
    EXPECT_EQ(a.step, b.step);
    EXPECT_EQ(a.parameter_names, b.parameter_names);
    EXPECT_EQ(a.parameter_offsets, b.parameter_offsets);
    EXPECT_EQ(a.weights, b.weights);
    EXPECT_EQ(std::signbit(a.weights[1]), std::signbit(b.weights[1]));
    EXPECT_EQ(a.first_moment, b.first_moment);
    EXPECT_EQ(a.second_moment, b.second_moment);
    EXPECT_EQ(a.curve, b.curve);
    EXPECT_EQ(a.seconds, b.seconds);
    EXPECT_EQ(a.attempts, b.attempts);
}

std::vector<std::string> files_in(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
}

TEST(StateFile, keeps_a_search_on_its_way) {
    const sample::Folder folder;
    StageState written;
    written.id = "00000000000000a5";
    written.step = 100;
    written.parameter_offsets = {0};
    written.individuals = sample::individuals();
    write_state(folder.sweep(), written);
    const auto read = read_state(folder.sweep(), written.id);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->state.individuals, written.individuals);
    EXPECT_TRUE(read->state.weights.empty());
}

TEST(StateFile, reads_back_what_was_written) {
    const sample::Folder folder;
    EXPECT_FALSE(read_state(folder.sweep(), id));
    const StageState written = sample::state(id, 3);
    write_state(folder.sweep(), written);
    const std::optional<LoadedState> loaded = read_state(folder.sweep(), id);
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->warning, "");
    expect_same(loaded->state, written);
}

TEST(StateFile, keeps_the_state_before_and_nothing_else) {
    const sample::Folder folder;
    for (const std::int64_t step : {1, 2, 3, 4}) {
        write_state(folder.sweep(), sample::state(id, step));
    }
    EXPECT_EQ(read_state(folder.sweep(), id)->state.step, 4);
    EXPECT_EQ(files_in(folder.sweep().stage(id)), (std::vector<std::string>{"state.h5", "state.previous.h5"}));
    std::filesystem::remove(folder.sweep().state(id));
    EXPECT_EQ(read_state(folder.sweep(), id)->state.step, 3);
}

TEST(StateFile, falls_back_to_the_one_before_and_says_so) {
    const sample::Folder folder;
    write_state(folder.sweep(), sample::state(id, 1));
    write_state(folder.sweep(), sample::state(id, 2));
    std::vector<char> bytes = sample::read_bytes(folder.sweep().state(id));
    bytes.resize(bytes.size() / 2);
    sample::write_bytes(folder.sweep().state(id), bytes);
    const std::optional<LoadedState> loaded = read_state(folder.sweep(), id);
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->state.step, 1);
    EXPECT_NE(loaded->warning.find("going on from the one before, at step 1"), std::string::npos) << loaded->warning;
}

TEST(StateFile, gives_the_state_of_a_step_that_a_sleeper_put_an_older_one_over) {
    const sample::Folder folder;
    const SweepFolder sleeper{folder.sweep().root, "0", "7_0.0"}, other{folder.sweep().root, "1", "7_1.0"};
    write_state(other, sample::state(id, 8));
    write_state(other, sample::state(id, 10));
    write_state(sleeper, sample::state(id, 5));
    EXPECT_EQ(read_state(folder.sweep(), id)->state.step, 5);
    ASSERT_TRUE(read_state_at(folder.sweep(), id, 10));
    expect_same(read_state_at(folder.sweep(), id, 10)->state, sample::state(id, 10));
    EXPECT_EQ(read_state_at(folder.sweep(), id, 5)->state.step, 5);
    EXPECT_FALSE(read_state_at(folder.sweep(), id, 8));
    EXPECT_EQ(files_in(folder.sweep().stage(id)), (std::vector<std::string>{"state.h5", "state.previous.h5"}));
}

// The next state must replace the damaged one, not the good one before it.
TEST(StateFile, never_moves_a_damaged_state_over_the_last_good_one_before_the_next_is_there) {
    const sample::Folder folder;
    write_state(folder.sweep(), sample::state(id, 1));
    write_state(folder.sweep(), sample::state(id, 2));
    sample::write_bytes(folder.sweep().state(id), {'x'});
    write_state(folder.sweep(), sample::state(id, 3));
    EXPECT_EQ(read_state(folder.sweep(), id)->state.step, 3);
    EXPECT_EQ(read_state(folder.sweep(), id)->warning, "");
}

TEST(StateFile, notices_every_flipped_byte_that_matters) {
    const sample::Folder folder;
    const StageState written = sample::state(id, 3);
    write_state(folder.sweep(), written);
    const std::vector<char> good = sample::read_bytes(folder.sweep().state(id));
    std::size_t noticed = 0, harmless = 0;
    for (std::size_t i = 0; i < good.size(); i += 5) {
        std::vector<char> bad = good;
        bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
        sample::write_bytes(folder.sweep().state(id), bad);
        if (const std::optional<LoadedState> loaded = read_state(folder.sweep(), id)) {
            expect_same(loaded->state, written);
            ++harmless;
        } else {
            ++noticed;
        }
    }
    EXPECT_GT(noticed, 9 * harmless) << noticed << " noticed, " << harmless << " harmless";
}

// HDF5 has no checksum over contiguous data: here it is ours alone that notices.
TEST(StateFile, notices_every_flipped_bit_of_a_large_arena) {
    const sample::Folder folder;
    StageState written = sample::state(id, 3);
    written.weights.assign(20000, 1.5F);
    write_state(folder.sweep(), written);
    const std::vector<char> good = sample::read_bytes(folder.sweep().state(id));
    const float wanted[4] = {1.5F, 1.5F, 1.5F, 1.5F};
    const char* pattern = reinterpret_cast<const char*>(wanted);
    const auto arena = std::search(good.begin(), good.end(), pattern, pattern + sizeof wanted) - good.begin();
    for (std::ptrdiff_t i = arena; i < arena + 80000; i += 997) {
        std::vector<char> bad = good;
        char& byte = bad[static_cast<std::size_t>(i)];
        byte = static_cast<char>(byte ^ (1 << (i % 8)));
        sample::write_bytes(folder.sweep().state(id), bad);
        EXPECT_FALSE(read_state(folder.sweep(), id)) << "byte " << i;
    }
}

TEST(StateFile, refuses_every_torn_file) {
    const sample::Folder folder;
    write_state(folder.sweep(), sample::state(id, 3));
    const std::vector<char> good = sample::read_bytes(folder.sweep().state(id));
    for (std::size_t size = 0; size < good.size(); size += 61) {
        sample::write_bytes(folder.sweep().state(id),
                            std::vector<char>(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)));
        EXPECT_FALSE(read_state(folder.sweep(), id)) << size;
    }
}

TEST(StateFile, refuses_the_state_of_another_stage) {
    const sample::Folder folder;
    write_state(folder.sweep(), sample::state(id, 3));
    const std::string other = "00000000000000a2";
    std::filesystem::create_directories(folder.sweep().stage(other));
    std::filesystem::copy_file(folder.sweep().state(id), folder.sweep().state(other));
    EXPECT_FALSE(read_state(folder.sweep(), other));
}

// A limit on the size of files stands in for a full disk: writes fail at the same places.
TEST(StateFile, a_full_disk_leaves_the_state_before_untouched) {
    const sample::Folder folder;
    write_state(folder.sweep(), sample::state(id, 1));
    StageState large = sample::state(id, 2);
    large.weights.assign(100000, 1.5F);
    const auto ignore = std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    for (const rlim_t bytes : {0, 100, 5000, 100000, 398000}) {
        const rlimit small{bytes, before.rlim_max};
        ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
        EXPECT_THROW(write_state(folder.sweep(), large), IoError) << bytes;
        ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
        EXPECT_EQ(read_state(folder.sweep(), id)->state.step, 1);
        EXPECT_EQ(files_in(folder.sweep().stage(id)), (std::vector<std::string>{"state.h5"}));
    }
    std::signal(SIGXFSZ, ignore);
    write_state(folder.sweep(), large);
    EXPECT_EQ(read_state(folder.sweep(), id)->state.step, 2);
}

TEST(StateFile, tells_the_state_in_which_a_stage_ended_from_one_on_the_way) {
    const sample::Folder folder;
    EXPECT_FALSE(has_end_state(folder.sweep(), id, 3, false));
    write_state(folder.sweep(), sample::state(id, 3));
    EXPECT_TRUE(has_end_state(folder.sweep(), id, 3, false));
    EXPECT_FALSE(has_end_state(folder.sweep(), id, 4, false)) << "on its way to the end";
    EXPECT_FALSE(has_end_state(folder.sweep(), id, 3, true)) << "a search that still has moments";
    write_state(folder.sweep(), sample::state(id, 4));
    EXPECT_TRUE(has_end_state(folder.sweep(), id, 3, false)) << "the one before";
    StageState found = sample::state(id, 5);
    found.first_moment.clear();
    found.second_moment.clear();
    write_state(folder.sweep(), found);
    EXPECT_TRUE(has_end_state(folder.sweep(), id, 5, true));
    sample::write_bytes(folder.sweep().state(id), {'x'});
    EXPECT_FALSE(has_end_state(folder.sweep(), id, 5, true));
}

TEST(StateFile, puts_aside_what_is_damaged_and_nothing_else) {
    const sample::Folder folder;
    EXPECT_FALSE(set_damaged_states_aside(folder.sweep(), id)) << "there is none";
    write_state(folder.sweep(), sample::state(id, 3));
    write_state(folder.sweep(), sample::state(id, 4));
    EXPECT_FALSE(set_damaged_states_aside(folder.sweep(), id)) << "both are whole";
    sample::write_bytes(folder.sweep().state(id), {'x'});
    EXPECT_TRUE(set_damaged_states_aside(folder.sweep(), id));
    EXPECT_EQ(files_in(folder.sweep().stage(id)), (std::vector<std::string>{"state.h5.damaged", "state.previous.h5"}));
    EXPECT_EQ(read_state(folder.sweep(), id)->state.step, 3) << "to go on from";
    std::filesystem::create_directory(folder.sweep().state(id));
    EXPECT_FALSE(set_damaged_states_aside(folder.sweep(), id)) << "the system gives no bytes of it";
}

TEST(StateFile, removes_both_states) {
    const sample::Folder folder;
    remove_states(folder.sweep(), id);
    write_state(folder.sweep(), sample::state(id, 1));
    write_state(folder.sweep(), sample::state(id, 2));
    remove_states(folder.sweep(), id);
    EXPECT_FALSE(read_state(folder.sweep(), id));
    EXPECT_TRUE(files_in(folder.sweep().stage(id)).empty());
}

}  // namespace
}  // namespace overtake
