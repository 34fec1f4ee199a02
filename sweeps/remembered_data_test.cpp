#include "sweeps/remembered_data.hpp"

#include <gtest/gtest.h>

#include "sweeps/errors.hpp"
#include "sweeps/stage_forest.hpp"

namespace overtake {
namespace {

class RememberedData : public testing::Test {
  protected:
    RememberedData() {
        std::filesystem::remove_all(root);
        data.folder = (root / "data").string();
    }
    ~RememberedData() override { std::filesystem::remove_all(root); }

    std::optional<DataManifest> found() const { return data_of(folder).find_manifest(data); }

    const std::filesystem::path root = std::filesystem::path(testing::TempDir()) / "overtake_remembered";
    const SweepFolder folder{root / "sweep"};
    DataConfig data;
    DataManifest manifest{.corpus = "gcide",
                          .tokenizer = "bytes",
                          .digest = "00ff",
                          .vocabulary = 256,
                          .train_tokens = 39000000,
                          .heldout_tokens = 800000,
                          .bytes_per_token = 1.25};
};

TEST_F(RememberedData, is_the_corpus_at_hand_until_the_folder_remembers_one) {
    EXPECT_FALSE(found());
    write_data_manifest(data, manifest);
    EXPECT_EQ(found()->digest, "00ff");
    EXPECT_FALSE(std::filesystem::exists(folder.root)) << "looking made something";
}

TEST_F(RememberedData, gives_the_same_ids_where_the_corpus_is_gone) {
    const std::string text = "[sweep]\nname = \"a\"\n[data]\nfolder = \"" + data.folder +
                             "\"\n[grid]\nsize = \"2x64\"\ntokens = \"20x\"\nposition = \"rope\"\n";
    write_data_manifest(data, manifest);
    const Specification at_hand = parse_specification(text, "a.toml", data_of(folder));
    remember_data(folder, at_hand.trials.front().data, *at_hand.data);
    std::filesystem::remove_all(data.folder);
    const Specification gone = parse_specification(text, "a.toml", data_of(folder));
    EXPECT_EQ(gone.trials, at_hand.trials);
    EXPECT_EQ(gone.notes, at_hand.notes);
    EXPECT_EQ(gone.data->bytes_per_token, 1.25);
    const Stage first = grow_forest(gone.trials).stages.front();
    EXPECT_FALSE(first.provisional);
    EXPECT_EQ(first.id, grow_forest(at_hand.trials).stages.front().id);
}

TEST_F(RememberedData, refuses_another_corpus_in_words_and_keeps_what_it_knew) {
    remember_data(folder, data, manifest);
    write_data_manifest(data, manifest);
    EXPECT_EQ(found()->digest, "00ff");
    DataManifest other = manifest;
    other.digest = "11ee";
    write_data_manifest(data, other);
    try {
        found();
        FAIL() << "another corpus was taken for the one that the folder was begun on";
    } catch (const IoError& error) {
        const std::string words = error.what();
        for (const char* part : {"gcide-bytes", "00ff", "11ee", "OVERTAKE_DATA", "--in"}) {
            EXPECT_NE(words.find(part), std::string::npos) << words;
        }
    }
    std::filesystem::remove_all(data.folder);
    EXPECT_EQ(found()->digest, "00ff");
}

TEST_F(RememberedData, tells_corpora_apart) {
    remember_data(folder, data, manifest);
    data.tokenizer = "bpe";
    EXPECT_FALSE(found());
    data.tokenizer = "bytes";
    data.corpus = "files";
    EXPECT_FALSE(found());
}

}  // namespace
}  // namespace overtake
