// Numbers that public implementations gave in fp64 for the same inputs; position/README.md has the whole comparison.
#include <ATen/ATen.h>

#include "models/position/rotary.hpp"
#include "models/position/scheme_under_test.hpp"

namespace overtake {
namespace {

constexpr RotaryGrid grid{.base = 500000, .width = 80, .train_length = 1000};

/// Frequencies of some pairs, and behind them the temperature, with factor 3.7.
std::vector<double> extended(const std::string& method, Options options, const std::vector<std::size_t>& pairs, std::int64_t length = 3700) {
    options["factor"] = 3.7;
    const ExtensionPointer extension =
        make_frequency_extension({method, options}, grid, [](const char*, const at::Tensor& initial) { return initial; });
    const at::Tensor theta = extension->frequencies(at::tensor(rope_frequencies(80, 500000), at::kDouble), length).contiguous();
    std::vector<double> numbers;
    for (const std::size_t pair : pairs) {
        numbers.push_back(theta.data_ptr<double>()[pair]);
    }
    numbers.push_back(extension->temperature(length));
    return numbers;
}

void expect_equal(const std::vector<double>& found, const std::vector<double>& expected) {
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_NEAR(found[i], expected[i], 1e-13 * std::abs(expected[i])) << i;
    }
}

TEST(ReferenceValues, ExtensionsOfTransformers) {
    // transformers 5.23.0, ROPE_INIT_FUNCTIONS.
    const Options ramp{{"beta_fast", 16.0}, {"beta_slow", 2.0}}, whole{{"beta_fast", 16.0}, {"beta_slow", 2.0}, {"truncate", false}};
    expect_equal(extended("yarn", whole, {6, 8, 10, 13, 14}),
                 {0.13968652045372484, 0.06415626168946112, 0.02462947447757379, 0.004350918279046192, 0.002736268900398872, 1.130833281965018});
    std::vector<double> rounded = extended("yarn", ramp, {8, 10, 13});
    rounded.pop_back();
    expect_equal(rounded, {0.06492234825221056, 0.025845071450555136, 0.0052638889523882555});
    expect_equal(extended("llama3", {{"low_frequency_factor", 0.5}, {"high_frequency_factor", 8.0}}, {9, 11, 14, 17, 18}),
                 {0.052207361981165615, 0.0173662271458437, 0.0038309779608814007, 0.0010603060591356166, 0.0007366509851439074, 1});
    expect_equal(extended("dynamic-ntk", {}, {1, 20, 39}, 1500), {0.7012341551010757, 0.0008265349519920394, 9.74225259700895e-07, 1});
}

/// Logits of head 0 at (query, key) = (0, 0) and (5, 0), of head 1 at (5, 2) and (4, 4); two heads of width 4.
struct Compared : SchemeUnderTest {
    Compared(const std::string& name, const Options& options)
        : SchemeUnderTest(name, options, {.layers = 1, .width = 8, .heads = 2, .mlp_width = 8, .vocabulary = 11}) {}
    void expect_logits(const std::vector<double>& expected) const {
        const at::Tensor all = logits({}, waves({1, 2, 6, 4}, 1), waves({1, 2, 6, 4}, 2))[0];
        const auto logit = [&](int head, int query, int key) { return all[head][query][key].item<double>(); };
        expect_equal({logit(0, 0, 0), logit(0, 5, 0), logit(1, 5, 2), logit(1, 4, 4)}, expected);
    }
};

TEST(ReferenceValues, XposOfTorchscale) {
    // torchscale 0.3.0, XPOS.
    Compared("xpos", {{"scale_base", 64.0}}).expect_logits({0.5706397789447786, -0.40303257204559534, 0.0345985907284625, 0.4262222412071297});
}

TEST(ReferenceValues, PopeOfPopePytorch) {
    // PoPE-pytorch 0.2.1, apply_pope_to_qk, some phases below -2 pi.
    const Compared pope("pope", {});
    pope.set("phases", waves({2, 4}, 3).abs().mul(-7));
    pope.expect_logits({1.0099842308149385, 1.1133691014208256, 0.9528151265954278, 0.30914033516081063});
}

TEST(ReferenceValues, CopeOfXTransformers) {
    // x-transformers 2.31.10, CoPE, which leaves table entries unscaled; some counts reach the last row.
    const Compared cope("cope", {{"npos", std::int64_t{4}}, {"scaled", false}});
    cope.set("table", waves({4, 4}, 4));
    cope.expect_logits({-1.204153354103125, -0.7215600248433254, 1.329368003564077, 0.12383334236781202});
}

TEST(ReferenceValues, DebertaOfTransformers) {
    // transformers 5.23.0, DisentangledSelfAttention with c2p and p2c, share_att_key = False.
    for (const bool biased : {false, true}) {
        const Compared deberta("deberta",
                               {{"buckets", std::int64_t{4}}, {"max_distance", std::int64_t{6}}, {"projection_bias", biased}});
        deberta.set("table", waves({4, 8}, 5));
        deberta.set("key_projection", waves({8, 8}, 6));
        deberta.set("query_projection", waves({8, 8}, 7));
        if (biased) {
            deberta.set("key_bias", waves({8}, 11));
            deberta.set("query_bias", waves({8}, 12));
        }
        deberta.expect_logits(biased ? std::vector{2.147780341505038, -0.3743131985341192, -1.983221052103513, 4.627601782776129}
                                     : std::vector{3.173543804412131, -0.016804140557466565, -2.6315080166605345, 3.958659720053817});
    }
}

TEST(ReferenceValues, TupeOfItsAuthors) {
    // The absolute bias of guolinke/TUPE's TransformerSentenceEncoder without [CLS], its formula evaluated in PyTorch 2.11.
    const Compared tupe("tupe", {{"projection_bias", true}});
    tupe.set("table", waves({16, 8}, 5));
    tupe.set("norm.gain", waves({8}, 6));
    tupe.set("norm.bias", waves({8}, 7));
    tupe.set("query_projection", waves({8, 8}, 8));
    tupe.set("key_projection", waves({8, 8}, 9));
    tupe.set("query_bias", waves({8}, 10));
    tupe.set("key_bias", waves({8}, 11));
    tupe.expect_logits({3.9230741947181995, 2.5400734016572337, 4.008006816118833, 4.066559527411693});
}

}  // namespace
}  // namespace overtake
