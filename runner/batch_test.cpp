#include "runner/batch.hpp"

#include <gtest/gtest.h>

#include "runner/data/prepare.hpp"
#include "runner/data/test_folder.hpp"

namespace overtake {
namespace {

TrialConfig synthetic_trial(const TestFolder& folder) {
    TrialConfig config;
    config.data.corpus = "synthetic";
    config.data.vocabulary = 64;
    config.data.folder = folder.path().string();
    config.training.train_length = 512;
    config.training.batch_sequences = 8;
    config.training.shards = 2;
    PrepareOptions options;
    options.synthetic = SyntheticOptions{.tokens = 200'000, .seed = 1};
    prepare_corpus(config.data, options);
    return config;
}

TEST(BatchSource, packs_the_same_windows_and_says_where_documents_begin) {
    const TestFolder folder;
    TrialConfig config = synthetic_trial(folder);
    const TokenSource source = TokenSource::open(config.data);
    const Batch joined = BatchSource(source, config, config.training.train_length, at::kCPU).shard(3, 1);
    EXPECT_FALSE(joined.placement().packed());
    config.data.documents = Documents::packed;
    const Batch packed = BatchSource(source, config, config.training.train_length, at::kCPU).shard(3, 1);
    EXPECT_TRUE(packed.tokens_BT.equal(joined.tokens_BT)) << "packing changed what a step reads";
    ASSERT_TRUE(packed.placement().packed());
    ASSERT_EQ(packed.starts_BT.sizes(), packed.tokens_BT.sizes());
    const auto starts = packed.starts_BT.accessor<std::int32_t, 2>();
    const auto tokens = packed.tokens_BT.accessor<std::int64_t, 2>();
    int boundaries = 0;
    for (std::int64_t row = 0; row < packed.starts_BT.size(0); ++row) {
        EXPECT_EQ(starts[row][0], 0);
        for (std::int64_t i = 1; i < packed.starts_BT.size(1); ++i) {
            if (starts[row][i] != starts[row][i - 1]) {
                ASSERT_EQ(starts[row][i], i);
                ASSERT_EQ(tokens[row][i], 0) << "a passage of the synthetic language begins with clock token 0";
                ++boundaries;
            }
        }
    }
    EXPECT_GT(boundaries, 0);
}

}  // namespace
}  // namespace overtake
