#include "runner/data/linux_source.hpp"

#include <cstdio>
#include <numeric>

#include <gtest/gtest.h>

#include "runner/data/prepare.hpp"
#include "runner/data/test_folder.hpp"
#include "runner/data/token_source.hpp"
#include "sweeps/data_manifest.hpp"
#include "sweeps/errors.hpp"

namespace overtake {
namespace {

/// One file of a POSIX tar archive (IEEE 1003.1, ustar).
std::string tar_entry(const std::string& path, const std::string& content) {
    std::string header(512, '\0');
    const auto put = [&header](std::size_t place, const std::string& text) {
        header.replace(place, text.size(), text);
    };
    char size[12];
    std::snprintf(size, sizeof size, "%011zo", content.size());
    put(0, path), put(100, "0000644"), put(124, size), put(136, "00000000000"), put(156, "0"), put(257, "ustar"),
        put(263, "00");
    put(148, "        ");
    char sum[8];
    std::snprintf(sum, sizeof sum, "%06o",
                  std::accumulate(header.begin(), header.end(), 0U,
                                  [](unsigned total, char byte) { return total + static_cast<unsigned char>(byte); }));
    header.replace(148, 7, sum, 7);
    return header + content + std::string((512 - content.size() % 512) % 512, '\0');
}

std::string archive_of(const std::vector<std::pair<std::string, std::string>>& files) {
    std::string tar;
    for (const auto& [path, content] : files) {
        tar += tar_entry(path, content);
    }
    return tar + std::string(1024, '\0');
}

/// Text of `bytes` bytes that names itself.
std::string text_of(char name, std::size_t bytes) {
    return "/* " + std::string(1, name) + " */" + std::string(bytes - 8, name) + "\n";
}

bool has_libarchive(const TestFolder& folder) {
    const std::string file = folder.write("probe.tar", archive_of({{"a.c", text_of('a', 5000)}}));
    return message_of<IoError>([&] { linux_documents({.archive = file}); }).find("libarchive") == std::string::npos;
}

TEST(IsDocument, is_long_text) {
    EXPECT_TRUE(is_document("linux-source-6.1/kernel/fork.c", 4096));
    EXPECT_TRUE(is_document("a/b.rst", 512 << 10));
    EXPECT_FALSE(is_document("a/b.c", 4095));
    EXPECT_FALSE(is_document("a/b.c", (512 << 10) + 1));
    EXPECT_FALSE(is_document("a/logo.ppm", 5000));
    EXPECT_FALSE(is_document("a/amd/include/asic_reg/dce.h", 5000));
}

TEST(LinuxDocuments, are_files_as_they_are_in_order) {
    const TestFolder folder;
    if (!has_libarchive(folder)) {
        GTEST_SKIP() << "built without libarchive";
    }
    std::string binary = text_of('z', 5000);
    binary[100] = '\0';
    const std::string file = folder.write("linux.tar", archive_of({{"l/b.c", text_of('b', 5000)},
                                                                   {"l/a.h", text_of('a', 6000)},
                                                                   {"l/short.c", "short"},
                                                                   {"l/z.c", binary},
                                                                   {"l/d.txt", text_of('d', 4200)}}));
    EXPECT_EQ(linux_documents({.archive = file}),
              (std::vector<std::string>{text_of('b', 5000), text_of('a', 6000), text_of('d', 4200)}));
    // The smallest hashes that fit stay: a fixed choice that hangs on names alone.
    EXPECT_EQ(linux_documents({.archive = file, .bytes = 10'999}).size(), 2U);
    EXPECT_EQ(linux_documents({.archive = file, .bytes = 6000}).size(), 1U);
}

TEST(LinuxDocuments, are_refused_in_words) {
    const TestFolder folder;
    const auto refusal = [](const std::string& file) {
        return message_of<IoError>([&] { linux_documents({.archive = file}); });
    };
    EXPECT_NE(refusal(folder / "absent.tar.xz").find("install Debian's package linux-source-6.1"), std::string::npos);
    if (!has_libarchive(folder)) {
        GTEST_SKIP() << "built without libarchive";
    }
    EXPECT_NE(refusal(folder.write("empty.tar", archive_of({{"a.c", "short"}}))).find("it has no documents"),
              std::string::npos);
    EXPECT_NE(refusal(folder.write("no.tar", std::string(3000, 'x'))).find("check the file"), std::string::npos);
    const std::string cut = archive_of({{"a.c", text_of('a', 50'000)}}).substr(0, 20'000);
    EXPECT_NE(refusal(folder.write("cut.tar", cut)), "");
}

TEST(LinuxCorpus, holds_out_whole_documents_and_packs_the_rest) {
    const TestFolder folder;
    if (!has_libarchive(folder)) {
        GTEST_SKIP() << "built without libarchive";
    }
    std::vector<std::pair<std::string, std::string>> files;
    for (int i = 0; i < 300; ++i) {
        files.emplace_back("l/" + std::to_string(i) + ".c",
                           text_of(static_cast<char>('a' + i % 26), 4096 + 10 * static_cast<std::size_t>(i % 7)));
    }
    DataConfig data;
    data.corpus = "linux";
    data.folder = (folder / "data").string();
    data.documents = Documents::packed;
    const PrepareOptions options{
        .dictionary = {}, .source = LinuxOptions{.archive = folder.write("l.tar", archive_of(files))}, .synthetic = {}};
    const DataManifest manifest = prepare_corpus(data, options).manifest;
    EXPECT_TRUE(prepare_corpus(data).was_there);
    const CorpusMarks marks = read_marks(data);
    ASSERT_EQ(marks.document_starts.size(), 300U);
    const TokenSource source = TokenSource::open(data);
    EXPECT_EQ(source.heldout_blocks(), 37);  // 2^k is 1024, a block is one document: 300 x 4,126 / 32,768
    std::vector<std::int64_t> ids(8);
    for (const HeldoutWindow& window : source.evaluation_windows(4000, 1 << 20, WindowPlaces::documents)) {
        source.read_heldout(window.block, window.offset, ids);
        EXPECT_EQ(std::string(ids.begin(), ids.begin() + 3), "/* ");
    }
    EXPECT_NE(message_of<IoError>([&] {
                  source.evaluation_windows(5000, 5000, WindowPlaces::documents);
              }).find("no held-out document of this corpus has 5001 tokens"),
              std::string::npos);
    std::vector<std::int32_t> starts(100);
    source.read_starts(marks.document_starts[1] - 40, starts);
    EXPECT_EQ(starts[39], 0);
    EXPECT_EQ(starts[40], 40);
    EXPECT_EQ(starts[99], 40);

    // Document starts are in the digest: the same bytes as other documents are another corpus.
    write_marks(data, {{0, 4096}, {}});
    EXPECT_THROW(TokenSource::open(data), IoError);
    EXPECT_EQ(manifest.digest.size(), 32U);
}

TEST(LinuxCorpus, plants_recall_where_it_says) {
    const TestFolder folder;
    if (!has_libarchive(folder)) {
        GTEST_SKIP() << "built without libarchive";
    }
    std::vector<std::pair<std::string, std::string>> files;
    for (int i = 0; i < 100; ++i) {
        files.emplace_back("l/" + std::to_string(i) + ".c", text_of('a', 9000));
    }
    DataConfig data;
    data.corpus = "linux";
    data.folder = (folder / "data").string();
    data.recall_share = 0.1;
    data.recall_distances = {64, 256};
    const PrepareOptions options{
        .dictionary = {}, .source = LinuxOptions{.archive = folder.write("l.tar", archive_of(files))}, .synthetic = {}};
    prepare_corpus(data, options);
    const TokenSource source = TokenSource::open(data);
    int found = 0;
    for (const HeldoutWindow& window : source.evaluation_windows(512, 1 << 20)) {
        std::vector<std::int64_t> ids(513);
        source.read_heldout(window.block, window.offset, ids);
        for (const WindowAnswer& answer : source.answers(window, 512)) {
            ++found;
            ASSERT_TRUE(answer.target >= answer.distance && answer.target + answer.tokens <= 512);
            for (std::int64_t i = 0; i < answer.tokens; ++i) {
                const auto target = static_cast<std::size_t>(answer.target + 1 + i);
                EXPECT_EQ(ids[target], ids[target - static_cast<std::size_t>(answer.distance)]);
                EXPECT_TRUE(ids[target] >= '0' && ids[target] <= '9');
            }
        }
    }
    EXPECT_GT(found, 30);
    EXPECT_TRUE(source.answers({0, 0}, 20).empty());
}

}  // namespace
}  // namespace overtake
