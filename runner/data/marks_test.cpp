#include "runner/data/marks.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

#include "runner/data/test_folder.hpp"
#include "sweeps/data_manifest.hpp"
#include "sweeps/errors.hpp"

namespace overtake {
namespace {

DataConfig linux_in(const TestFolder& folder) {
    DataConfig data;
    data.corpus = "linux";
    data.folder = folder.path().string();
    return data;
}

TEST(CorpusMarks, come_back_as_they_were) {
    const TestFolder folder;
    const DataConfig data = linux_in(folder);
    EXPECT_EQ(read_marks(data), CorpusMarks{});
    const CorpusMarks marks{{0, 10, 25}, {{70, 4, 32, 20}}};
    write_marks(data, marks);
    EXPECT_EQ(read_marks(data), marks);
    EXPECT_EQ(read_all(corpus_folder(data) / "documents.marks").size(), 64U + 3 * 8);
    write_marks(data, {});
    EXPECT_EQ(read_marks(data), CorpusMarks{});
}

TEST(CorpusMarks, know_when_they_are_damaged) {
    const TestFolder folder;
    const DataConfig data = linux_in(folder);
    write_marks(data, {{0, 10, 25}, {}});
    const std::string good = read_all(corpus_folder(data) / "documents.marks");
    for (const std::size_t place : {0U, 9U, 16U, 64U}) {
        std::string bad = good;
        bad[place] = static_cast<char>(bad[place] ^ 1);
        folder.write("linux-bytes/documents.marks", bad);
        EXPECT_THROW(read_marks(data), IoError) << place;
    }
    folder.write("linux-bytes/documents.marks", good.substr(0, 30));
    EXPECT_THROW(read_marks(data), IoError);
}

TEST(CorpusMarks, are_in_the_digest_unless_they_follow_from_the_tokens) {
    DataConfig data;
    EXPECT_EQ(marks_text(data, {}), "");
    // sha256 of 0, 1 as little-endian 64-bit numbers (Python's hashlib and struct)
    EXPECT_EQ(marks_text(data, {{0, 1}, {}}),
              "documents 1: 9d34149fbd1fe777eb238799054c8cbfbce372255f219f8740838def9bfd02db\n");
    data.corpus = "synthetic";
    EXPECT_EQ(marks_text(data, {{0, 1}, {}}), "");
}

TEST(ReadStarts, restart_with_every_document) {
    const std::vector<std::int64_t> starts{0, 3, 4, 9};
    std::vector<std::int32_t> out(6);
    read_starts(starts, 1, out);  // tokens 1 .. 6
    EXPECT_EQ(out, (std::vector<std::int32_t>{0, 0, 2, 3, 3, 3}));
    read_starts(starts, 9, out);
    EXPECT_EQ(out, (std::vector<std::int32_t>{0, 0, 0, 0, 0, 0}));
    read_starts(starts, 4, out);
    EXPECT_EQ(out, (std::vector<std::int32_t>{0, 0, 0, 0, 0, 5}));
    EXPECT_THROW(read_starts({}, 0, out), std::logic_error);
}

}  // namespace
}  // namespace overtake
