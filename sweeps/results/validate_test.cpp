#include <gtest/gtest.h>
#include <hdf5.h>

#include <cmath>
#include <functional>

#include "sweeps/results/results_file.hpp"
#include "sweeps/results/sample_records.hpp"

namespace overtake {
namespace {

using Breaches = std::vector<std::string>;

/// Breaches of the sample after `change` was made to its values.
Breaches after_values(const std::function<void(Results&)>& change) {
    const sample::Folder folder;
    Results results = sample::results();
    change(results);
    write_results(folder.file("r.h5"), results);
    return validate_results(folder.file("r.h5"));
}

/// Breaches of the sample after `change` was made to the file behind our back.
Breaches after_edit(const std::function<void(hid_t)>& change) {
    const sample::Folder folder;
    write_results(folder.file("r.h5"), sample::results());
    const hid_t file = H5Fopen(folder.file("r.h5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    change(file);
    H5Fclose(file);
    return validate_results(folder.file("r.h5"));
}

void expect_breach(const Breaches& breaches, const std::string& words) {
    std::string all;
    for (const std::string& breach : breaches) {
        all += breach + "\n";
    }
    EXPECT_NE(all.find(words), std::string::npos) << all;
}

/// Replaces a dataset by one of the type and extent given, full of zeros.
void replace(hid_t file, const char* path, hid_t type, std::vector<hsize_t> extents, bool chunked = false) {
    H5Ldelete(file, path, H5P_DEFAULT);
    const hid_t space = H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr);
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY);
    if (chunked) {
        H5Pset_chunk(creation, static_cast<int>(extents.size()), extents.data());
    }
    H5Dclose(H5Dcreate2(file, path, type, space, H5P_DEFAULT, creation, H5P_DEFAULT));
    H5Pclose(creation);
    H5Sclose(space);
}

void overwrite_integer(hid_t file, const char* path, std::int64_t value) {
    const hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    const hid_t space = H5Dget_space(dataset), one = H5Screate(H5S_SCALAR);
    std::vector<hsize_t> first(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)), 0);
    H5Sselect_elements(space, H5S_SELECT_SET, 1, first.data());
    H5Dwrite(dataset, H5T_NATIVE_INT64, one, space, H5P_DEFAULT, &value);
    H5Sclose(one);
    H5Sclose(space);
    H5Dclose(dataset);
}

TEST(ValidateResults, accepts_what_we_write) {
    EXPECT_EQ(after_values([](Results&) {}), Breaches{});
    EXPECT_EQ(after_edit([](hid_t) {}), Breaches{});
}

TEST(ValidateResults, cannot_judge_what_is_no_hdf5) {
    const sample::Folder folder;
    sample::write_bytes(folder.file("r.h5"), {'n', 'o'});
    EXPECT_THROW(validate_results(folder.file("r.h5")), IoError);
    EXPECT_THROW(validate_results(folder.file("absent.h5")), IoError);
}

TEST(ValidateResults, names_a_version_it_does_not_know) {
    expect_breach(after_edit([](hid_t file) {
                      const std::int64_t version = 99;
                      const hid_t attribute = H5Aopen(file, "format_version", H5P_DEFAULT);
                      H5Awrite(attribute, H5T_NATIVE_INT64, &version);
                      H5Aclose(attribute);
                  }),
                  "version 99");
}

TEST(ValidateResults, names_missing_and_unknown_objects) {
    const Breaches breaches =
        after_edit([](hid_t file) { H5Lmove(file, "/trials/seed", file, "/trials/sead", H5P_DEFAULT, H5P_DEFAULT); });
    expect_breach(breaches, "'/trials/seed' is missing");
    expect_breach(breaches, "'/trials/sead' is unknown");
}

TEST(ValidateResults, names_links_that_are_not_hard) {
    expect_breach(after_edit([](hid_t file) {
                      H5Ldelete(file, "/trials/seed", H5P_DEFAULT);
                      H5Lcreate_soft("/trials/tokens", file, "/trials/seed", H5P_DEFAULT, H5P_DEFAULT);
                  }),
                  "'/trials/seed' is a soft or external link");
    expect_breach(after_edit([](hid_t file) {
                      H5Lcreate_external("/etc/passwd", "/", file, "/trials/more", H5P_DEFAULT, H5P_DEFAULT);
                  }),
                  "'/trials/more' is a soft or external link");
}

TEST(ValidateResults, names_wrong_types_and_shapes) {
    expect_breach(after_edit([](hid_t file) { replace(file, "/trials/seed", H5T_IEEE_F64LE, {2}); }),
                  "'/trials/seed' holds float64, not int64");
    expect_breach(after_edit([](hid_t file) { replace(file, "/trials/seed", H5T_STD_I64LE, {3}); }),
                  "'/trials/seed' has 3 entries along '/trials/trial', which has 2");
    expect_breach(after_edit([](hid_t file) { replace(file, "/trials/loss", H5T_IEEE_F64LE, {4}); }),
                  "'/trials/loss' has 1 axes, not 2");
    expect_breach(after_edit([](hid_t file) { replace(file, "/curves/step", H5T_STD_I64LE, {8}, true); }),
                  "'/curves/step' is not a plain dataset");
}

TEST(ValidateResults, names_data_outside_the_file_and_sizes_that_cannot_be) {
    expect_breach(
        after_edit([](hid_t file) {
            H5Ldelete(file, "/sweep_text/text", H5P_DEFAULT);
            const hsize_t bytes = 26;
            const hid_t space = H5Screate_simple(1, &bytes, nullptr), creation = H5Pcreate(H5P_DATASET_CREATE);
            H5Pset_external(creation, "/etc/passwd", 0, bytes);
            H5Dclose(H5Dcreate2(file, "/sweep_text/text", H5T_STD_U8LE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
            H5Pclose(creation);
            H5Sclose(space);
        }),
        "'/sweep_text/text' keeps its data in other files");
    expect_breach(
        after_edit([](hid_t file) {
            H5Ldelete(file, "/curves/step", H5P_DEFAULT);
            const hsize_t points = hsize_t{1} << 50;
            const hid_t space = H5Screate_simple(1, &points, nullptr);
            H5Dclose(H5Dcreate2(file, "/curves/step", H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
            H5Sclose(space);
        }),
        "'/curves/step' claims more bytes than the file has");
}

TEST(ValidateResults, names_lost_descriptions) {
    expect_breach(after_edit([](hid_t file) { H5Adelete_by_name(file, "/trials/tokens", "units", H5P_DEFAULT); }),
                  "attribute 'units' of '/trials/tokens' is not 'token'");
    expect_breach(
        after_edit([](hid_t file) { H5Adelete_by_name(file, "/trials/loss", "DIMENSION_LIST", H5P_DEFAULT); }),
        "axis 1 of '/trials/loss' is not attached to dimension '/trials/context_length'");
}

TEST(ValidateResults, names_row_sizes_that_do_not_add_up) {
    expect_breach(after_edit([](hid_t file) { overwrite_integer(file, "/curves/row_size", 5); }),
                  "'/curves/row_size' adds up to 9, not to the 8 entries");
    expect_breach(after_edit([](hid_t file) { overwrite_integer(file, "/paths/row_size", -1); }),
                  "'/paths/row_size' has a negative entry");
}

TEST(ValidateResults, names_changed_values_by_the_checksum) {
    expect_breach(after_edit([](hid_t file) { overwrite_integer(file, "/trials/seed", 77); }), "checksum");
}

TEST(ValidateResults, names_numbers_that_are_not_finite) {
    expect_breach(after_values([](Results& r) { r.trials[0].flops = std::nan(""); }),
                  "'/trials/flops' is not finite at entry 0");
    EXPECT_EQ(after_values([](Results& r) { r.stages[1].curve[2].train_loss = std::nanf(""); }), Breaches{});
}

TEST(ValidateResults, names_unknown_words_and_ids) {
    expect_breach(after_values([](Results& r) { r.stages[0].kind = "tarin"; }), "'/stages/kind' has 'tarin'");
    expect_breach(after_values([](Results& r) { r.trials[0].id = "b1"; }), "'/trials/id' has 'b1'");
    expect_breach(after_values([](Results& r) { r.trials[1].id = r.trials[0].id; }),
                  "'/trials/id' has '00000000000000b1' more than once");
    expect_breach(after_edit([](hid_t file) { overwrite_integer(file, "/evaluations/stage", 3); }),
                  "'/evaluations/stage' has 3, which names nothing");
    expect_breach(after_edit([](hid_t file) { overwrite_integer(file, "/paths/stage", 2); }),
                  "'/paths/stage' says 2 for stage '00000000000000a1', not 0");
}

TEST(ValidateResults, names_curves_that_go_back) {
    expect_breach(after_values([](Results& r) { r.stages[0].curve[1].step = 0; }), "'/curves/step' does not rise");
}

TEST(ValidateResults, names_a_table_that_disagrees_with_its_evaluations) {
    expect_breach(after_values([](Results& r) { r.trials[0].evaluations[1].loss += 1; }),
                  "'/trials/loss' disagrees with /evaluations for trial 0 at context length 256");
}

}  // namespace
}  // namespace overtake
