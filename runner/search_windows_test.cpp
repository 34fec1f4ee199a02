// What a search minimises: whole windows or needles, at plain or drawn positions, and never a held-out block.
#include "runner/search_windows.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include <gtest/gtest.h>

#include "runner/data/test_folder.hpp"
#include "sweeps/position_schemes.hpp"
#include "sweeps/search_options.hpp"

namespace overtake {
namespace {

constexpr std::int64_t train_length = 32, extended = 128;

/// A search of longrope's factors at 4 x 32 tokens, on a text whose every four bytes tell their place.
struct SmallSearch {
    TestFolder folder;
    Stage stage;
    Specification specification;
    StageForest forest;
    SweepFolder sweep{folder.path()};
    Team team{};

    explicit SmallSearch(const Options& given, bool drawn = false) {
        std::string text;
        for (int i = 0; i < 40000; ++i) {
            text += {static_cast<char>('A' + i / 1600), static_cast<char>('a' + i / 64 % 25), static_cast<char>('0' + i / 8 % 8), static_cast<char>('0' + i % 8)};
        }
        std::vector<Problem> none;
        TrialConfig& config = stage.config;
        config.model = {.layers = 1, .width = 16, .heads = 2, .mlp_width = 24, .vocabulary = 256};
        config.training.train_length = train_length;
        config.data.corpus = "files";
        config.data.shards = {folder.write("text.txt", text)};
        config.data.folder = (folder / "prepared").string();
        config.position.options = complete_options(*find_position_scheme("rope"), {}, "", none);
        if (drawn) {
            config.position.sampler = SamplerConfig{"randomised", {{"longest", std::int64_t{512}}, {"at_evaluation", std::string("drawn")}}};
        }
        config.extension = ExtensionConfig{"longrope", complete_options(*find_position_scheme("longrope"), {{"factor", 4.0}}, "", none), {},
                                           SearchConfig{"gradient", complete_options(*find_search_method("gradient"), given, "", none)}};
        stage.kind = StageKind::search;
        stage.context_length = extended;
    }

    TokenSource source() const { return TokenSource::open(stage.config.data); }
    StageWork work() const {
        return {.folder = sweep, .specification = specification, .forest = forest, .stage = stage, .team = team, .device = at::kCPU,
                .stop_asked = {}, .report = {}};
    }
    SearchWindows windows() const { return SearchWindows(work(), source()); }
    Gpt model() const {
        Gpt gpt(stage.config.model, stage.config.position, train_length, 3, Precision::fp32, at::kCPU);
        gpt.extend(*stage.config.extension);
        return gpt;
    }
};

const Options needle{{"search_objective", std::string("needle")}};

double mean_of_windows(const SearchWindows& windows, const Gpt& model) {
    double sum = 0;
    for (std::int64_t i = 0; i < windows.count(); ++i) {
        sum += windows.window_loss(model, i).item<double>();
    }
    return sum / static_cast<double>(windows.count());
}

TEST(SearchWindows, AskForANeedleAtSpreadDepths) {
    const SmallSearch search(needle);
    const SearchWindows windows = search.windows();
    ASSERT_EQ(windows.needles().size(), 5U);
    std::set<std::string> answers;
    for (std::size_t i = 0; i < 5; ++i) {
        const TaskWindow& window = windows.needles()[i];
        ASSERT_EQ(std::ssize(window.tokens), extended + 1);
        EXPECT_EQ(window.answers, (std::vector<std::int64_t>{125, 126, 127, 128})) << "four digits at the end";
        std::string text;
        for (const std::int64_t token : window.tokens) {
            text += static_cast<char>(token);
        }
        // 129 bytes, 43 of them statement, question and answer: 86 of filler, of which 0, 21.5 ... 86 come first.
        EXPECT_NEAR(static_cast<double>(text.find("\nthe key of ")), 21.5 * static_cast<double>(i), 0.5);
        EXPECT_EQ(text.substr(text.find(" is ") + 4, 4), text.substr(125)) << text;
        answers.insert(text.substr(125));
    }
    EXPECT_EQ(answers.size(), 5U);
}

TEST(SearchWindows, OneWindowGivesTheSameLossWithAGradientAsAllWithout) {
    for (const bool drawn : {false, true}) {
        for (const Options& options : {Options{}, needle}) {
            const SmallSearch search(options, drawn);
            const SearchWindows windows = search.windows();
            const Gpt model = search.model();
            EXPECT_NEAR(windows.mean_loss(model), mean_of_windows(windows, model), 1e-5);
        }
    }
}

TEST(SearchWindows, NeedlesAreScoredAtTheirAnswersAlone) {
    const SmallSearch whole({}), asked(needle);
    const Gpt model = whole.model();
    EXPECT_GT(std::abs(whole.windows().mean_loss(model) - asked.windows().mean_loss(model)), 1e-3);
}

TEST(SearchWindows, StandWhereASamplerDrawsThem) {
    for (const Options& options : {Options{}, needle}) {
        const SmallSearch plain(options), drawn(options, true);
        const Gpt model = plain.model();
        EXPECT_GT(std::abs(plain.windows().mean_loss(model) - drawn.windows().mean_loss(model)), 1e-5);
        EXPECT_EQ(drawn.windows().mean_loss(model), drawn.windows().mean_loss(model)) << "one draw for all individuals and resumptions";
    }
}

}  // namespace
}  // namespace overtake
