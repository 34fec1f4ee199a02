// Files that flipped bits, strangers or short disks have changed: noticed or harmless, and never a crash of who reads them.
#include <gtest/gtest.h>
#include <hdf5.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "sweeps/results/record_file.hpp"
#include "sweeps/results/results_file.hpp"
#include "sweeps/results/sample_records.hpp"
#include "sweeps/results/state_file.hpp"

namespace overtake {
namespace {

using Bytes = std::vector<char>;

/// One flipped bit; half of the time, rather one of: some bytes changed, a stretch zeroed, the end cut off, a stretch moved.
Bytes mutated(Bytes bytes, std::mt19937_64& random, bool only_flips) {
    const auto below = [&](std::size_t end) { return static_cast<std::size_t>(random() % end); };
    const std::size_t at = below(bytes.size()), length = std::min(1 + below(512), bytes.size() - at);
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    switch (only_flips ? 0 : below(8)) {
        case 4:
            for (int i = 0; i < 8; ++i) {
                bytes[below(bytes.size())] = static_cast<char>(random());
            }
            break;
        case 5:
            std::fill_n(begin, length, '\0');
            break;
        case 6:
            bytes.resize(at);
            break;
        case 7:
            std::copy_n(begin, length, bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size() - length + 1)));
            break;
        default:
            bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
    }
    return bytes;
}

/// More of them with OVERTAKE_MUTATIONS.
int rounds(int few) {
    const char* wanted = std::getenv("OVERTAKE_MUTATIONS");
    return wanted == nullptr ? few : std::atoi(wanted);
}

TEST(MutatedFiles, of_states_give_the_same_numbers_or_are_refused) {
    const sample::Folder folder;
    const std::string id = "00000000000000a1";
    write_state(folder.sweep(), sample::state(id, 20));
    const std::filesystem::path file = folder.sweep().state(id);
    const Bytes good = sample::read_bytes(file);
    const StageState whole = read_state(folder.sweep(), id)->state;
    std::mt19937_64 random(1);
    int noticed = 0, harmless = 0;
    for (int i = 0; i < rounds(1500); ++i) {
        sample::write_bytes(file, mutated(good, random, i % 2 == 0));
        const std::optional<LoadedState> read = read_state(folder.sweep(), id);
        ++(read ? harmless : noticed);
        if (read) {
            ASSERT_EQ(read->state.step, whole.step) << i;
            ASSERT_EQ(read->state.weights, whole.weights) << i;
            ASSERT_EQ(read->state.first_moment, whole.first_moment) << i;
            ASSERT_EQ(read->state.second_moment, whole.second_moment) << i;
            ASSERT_EQ(read->state.curve, whole.curve) << i;
            ASSERT_EQ(read->state.parameter_names, whole.parameter_names) << i;
            ASSERT_EQ(read->state.parameter_offsets, whole.parameter_offsets) << i;
        }
    }
    std::cout << "states: " << noticed << " noticed, " << harmless << " changed nothing that is read\n";
    EXPECT_GT(noticed, harmless);
}

TEST(MutatedFiles, flips_in_weights_are_always_noticed) {
    const sample::Folder folder;
    const std::string id = "00000000000000a1";
    StageState state = sample::state(id, 20);
    state.weights.assign(20000, 0.7310585F);
    state.first_moment = state.second_moment = state.weights;
    state.parameter_offsets = {0, 3, 20000};
    write_state(folder.sweep(), state);
    const std::filesystem::path file = folder.sweep().state(id);
    const Bytes good = sample::read_bytes(file);
    const char* pattern = reinterpret_cast<const char*>(state.weights.data());
    const auto begin = std::search(good.begin(), good.end(), pattern, pattern + 4000) - good.begin();
    ASSERT_LT(begin, std::ssize(good) - 80000);
    std::mt19937_64 random(2);
    for (int i = 0; i < rounds(1000); ++i) {
        Bytes bad = good;
        bad[static_cast<std::size_t>(begin) + random() % 80000] ^= static_cast<char>(1 << random() % 8);
        sample::write_bytes(file, bad);
        ASSERT_FALSE(read_state(folder.sweep(), id)) << i;
    }
}

TEST(MutatedFiles, of_records_give_the_same_numbers_or_are_refused) {
    const sample::Folder folder;
    const std::string id = "00000000000000a3";
    write_record(folder.sweep(), sample::record(id, "00000000000000a2", "evaluate"));
    const std::filesystem::path file = folder.sweep().record(id);
    const Bytes good = sample::read_bytes(file);
    const StageRecord whole = *read_record(folder.sweep(), id);
    std::mt19937_64 random(3);
    int noticed = 0, harmless = 0;
    for (int i = 0; i < rounds(1500); ++i) {
        sample::write_bytes(file, mutated(good, random, i % 2 == 0));
        const std::optional<StageRecord> read = read_record(folder.sweep(), id);
        ++(read ? harmless : noticed);
        if (read) {
            ASSERT_EQ(read->text, whole.text) << i;
            ASSERT_EQ(read->status, whole.status) << i;
            ASSERT_EQ(read->end_step, whole.end_step) << i;
            ASSERT_EQ(read->evaluations[1], whole.evaluations[1]) << i;
            ASSERT_EQ(read->structure, whole.structure) << i;
        }
    }
    std::cout << "records: " << noticed << " noticed, " << harmless << " changed nothing that is read\n";
    EXPECT_GT(noticed, harmless);
}

TEST(MutatedFiles, of_results_never_crash_their_reader) {
    const sample::Folder folder;
    write_results(folder.file("good.h5"), sample::results());
    const Bytes good = sample::read_bytes(folder.file("good.h5"));
    std::mt19937_64 random(4);
    int noticed = 0, harmless = 0;
    for (int i = 0; i < rounds(300); ++i) {
        sample::write_bytes(folder.file("bad.h5"), mutated(good, random, i % 2 == 0));
        try {
            ASSERT_EQ(compare_results(folder.file("good.h5"), folder.file("bad.h5")).differences, std::vector<std::string>{}) << i;
            ++harmless;
        } catch (const IoError&) {
            ++noticed;
        }
    }
    std::cout << "results: " << noticed << " noticed, " << harmless << " changed nothing that is read\n";
    EXPECT_GT(noticed, harmless);
}

TEST(MutatedFiles, that_point_into_other_files_are_refused) {
    const sample::Folder folder;
    sample::write_bytes(folder.file("secret"), Bytes(64, 's'));
    const auto refused = [&](const std::function<hid_t(hid_t file, hid_t space)>& make) {
        write_results(folder.file("r.h5"), sample::results());
        const hid_t file = H5Fopen(folder.file("r.h5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
        H5Ldelete(file, "/trials/seed", H5P_DEFAULT);
        const hsize_t two = 2;
        const hid_t space = H5Screate_simple(1, &two, nullptr), creation = make(file, space);
        EXPECT_GE(H5Dclose(H5Dcreate2(file, "/trials/seed", H5T_STD_I64LE, space, H5P_DEFAULT, creation, H5P_DEFAULT)), 0);
        H5Pclose(creation);
        H5Sclose(space);
        H5Fclose(file);
        try {
            (void)read_results(folder.file("r.h5"));
            return std::string("it was read");
        } catch (const IoError& error) {
            return std::string(error.what());
        }
    };
    const std::string external = refused([&](hid_t, hid_t) {
        const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
        H5Pset_external(creation, folder.file("secret").c_str(), 0, 16);
        return creation;
    });
    EXPECT_NE(external.find("'/trials/seed' keeps its data in other files"), std::string::npos) << external;
    const std::string virtual_one = refused([&](hid_t, hid_t space) {
        const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
        H5Pset_virtual(creation, space, folder.file("other.h5").c_str(), "/x", space);
        return creation;
    });
    EXPECT_NE(virtual_one.find("'/trials/seed' keeps its data in other files"), std::string::npos) << virtual_one;
}

TEST(MutatedFiles, that_link_elsewhere_are_refused) {
    const sample::Folder folder;
    write_results(folder.file("other.h5"), sample::results());
    const auto refused = [&](const std::function<void(hid_t file)>& link) {
        write_results(folder.file("r.h5"), sample::results());
        const hid_t file = H5Fopen(folder.file("r.h5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
        H5Ldelete(file, "/trials/seed", H5P_DEFAULT);
        link(file);
        H5Fclose(file);
        try {
            (void)read_results(folder.file("r.h5"));
            return std::string("it was read");
        } catch (const IoError& error) {
            return std::string(error.what());
        }
    };
    const std::string soft = refused([](hid_t file) { EXPECT_GE(H5Lcreate_soft("/trials/tokens", file, "/trials/seed", H5P_DEFAULT, H5P_DEFAULT), 0); });
    EXPECT_NE(soft.find("'/trials/seed' is a soft or external link"), std::string::npos) << soft;
    const std::string external = refused([&](hid_t file) {
        EXPECT_GE(H5Lcreate_external(folder.file("other.h5").c_str(), "/trials/seed", file, "/trials/seed", H5P_DEFAULT, H5P_DEFAULT), 0);
    });
    EXPECT_NE(external.find("'/trials/seed' is a soft or external link"), std::string::npos) << external;
    const std::string group = refused([&](hid_t file) {
        EXPECT_GE(H5Lcreate_external(folder.file("other.h5").c_str(), "/", file, "/elsewhere", H5P_DEFAULT, H5P_DEFAULT), 0);
    });
    EXPECT_NE(group.find("'/elsewhere'"), std::string::npos) << group;
}

}  // namespace
}  // namespace overtake
