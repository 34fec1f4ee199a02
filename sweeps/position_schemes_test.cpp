#include "sweeps/position_schemes.hpp"

#include <gtest/gtest.h>

#include <set>

#include "sweeps/canonical_text.hpp"

namespace overtake {
namespace {

const ModelConfig model{.layers = 3, .width = 96, .heads = 6, .mlp_width = 384, .vocabulary = 256};

std::int64_t parameters(std::string_view name, const Options& given = {}, std::int64_t train_length = 128) {
    const SchemeInfo& scheme = *find_position_scheme(name);
    std::vector<Problem> problems;
    const Options options = complete_options(scheme, given, "position", problems);
    EXPECT_TRUE(problems.empty());
    return scheme.parameters(model, options, train_length);
}

double flops(std::string_view name, std::int64_t length) {
    const SchemeInfo& scheme = *find_position_scheme(name);
    std::vector<Problem> problems;
    return scheme.forward_flops(model, complete_options(scheme, {}, "", problems), length);
}

std::vector<std::string> faults(std::string_view name, const Options& given) {
    std::vector<Problem> problems;
    complete_options(*find_position_scheme(name), given, "here", problems);
    std::vector<std::string> texts;
    for (const Problem& problem : problems) {
        EXPECT_EQ(problem.where, "here");
        texts.push_back(problem.what);
    }
    return texts;
}

TEST(PositionSchemes, ParametersByHand) {
    EXPECT_EQ(parameters("none"), 0);
    EXPECT_EQ(parameters("rope"), 0);
    EXPECT_EQ(parameters("alibi"), 0);
    EXPECT_EQ(parameters("sinusoidal"), 0);
    EXPECT_EQ(parameters("learned"), 128 * 96);
    EXPECT_EQ(parameters("learned", {}, 512), 512 * 96);
    EXPECT_EQ(parameters("t5"), 32 * 6);
    EXPECT_EQ(parameters("t5", {{"buckets", std::int64_t{64}}}), 64 * 6);
    EXPECT_EQ(parameters("kerple-log"), 2 * 6);
    EXPECT_EQ(parameters("kerple-power"), 2 * 6);
    EXPECT_EQ(parameters("sandwich"), 0);
    EXPECT_EQ(parameters("fire"), 3 * (66 + 33 * 6));
    EXPECT_EQ(parameters("fire", {{"share", std::string("all")}}), 66 + 33 * 6);
    EXPECT_EQ(parameters("tupe"), 128 * 96 + 2 * 96 * 96 + 2 * 96);
    EXPECT_EQ(parameters("tupe", {{"relative_bias", true}}), 128 * 96 + 2 * 96 * 96 + 2 * 96 + 32 * 6);
    EXPECT_EQ(parameters("shaw"), 3 * 2 * 17 * 16);
    EXPECT_EQ(parameters("music-transformer"), 3 * 6 * 128 * 16);
    EXPECT_EQ(parameters("transformer-xl"), 2 * 96 + 3 * 96 * 96);
    EXPECT_EQ(parameters("deberta"), 256 * 96 + 3 * 2 * 96 * 96);
    EXPECT_EQ(parameters("fourier-features"), 32 + 64 * 32 + 32 + 32 * 96 + 96);
    EXPECT_EQ(parameters("floater"), 2 * 96 * 96 + 3 * 96 + 3 * 96);
    EXPECT_EQ(parameters("learned-rope"), 8);  // head width 16
    EXPECT_EQ(parameters("learned-rope", {{"share", std::string("layer")}}), 3 * 8);
    EXPECT_EQ(parameters("learned-rope", {{"share", std::string("head")}}), 3 * 6 * 8);
    EXPECT_EQ(parameters("fox"), 3 * 6 * 97);
    EXPECT_EQ(parameters("cable"), 3 * 6 * 97);
    EXPECT_EQ(parameters("cope"), 3 * 64 * 16);
    EXPECT_EQ(parameters("grape-ap"), 3 * 6 * 8 * 96);
    EXPECT_EQ(parameters("path"), 3 * (32 * 96 + 96 * 32 + 3 * 96 + 6 * 97));
    EXPECT_EQ(parameters("path", {{"forget_gate", true}}), 3 * (32 * 96 + 96 * 32 + 3 * 96 + 12 * 97));
    // A network of 12 channels, 32 hidden units and 6 heads: 12 32 + 32 + 32 6 + 6 = 614, and p, a of each head.
    EXPECT_EQ(parameters("dape"), 3 * (614 + 12));
    EXPECT_EQ(parameters("dape", {{"base", std::string("alibi")}}), 3 * 614);
    EXPECT_EQ(parameters("dape", {{"version", std::int64_t{2}}, {"base", std::string("alibi")}}), 3 * (3 * (12 * 32 + 32 * 6) + 38));
    // FIRE: c, m, 1 to 32 and 32 to 6.
    EXPECT_EQ(parameters("dape", {{"base", std::string("fire")}}), 3 * (614 + 2 + 32 + 32 + 32 * 6 + 6));
    EXPECT_EQ(parameters("universal"), 8 + 3 + 3 * 6 + 3 + 3 * 6 * 97 + 3);
    EXPECT_EQ(parameters("universal", {{"gate", false}, {"decay", false}}), 8 + 3);
    EXPECT_EQ(parameters("learned-base"), 1);
    EXPECT_EQ(parameters("learned-base", {{"share", std::string("head")}}), 3 * 6);
    EXPECT_EQ(parameters("ssmax"), 3 * 6);
    EXPECT_EQ(parameters("ssmax", {{"learned", false}}), 0);
    EXPECT_EQ(parameters("rope-mixed"), 3 * 6 * 8);
    EXPECT_EQ(parameters("lie-rope"), 3 * 6 * 16 * 16);
    EXPECT_EQ(parameters("selective-rope"), 3 * 48 * 96);
    EXPECT_EQ(parameters("fope"), 2 * 3 * 6 * 3 * 3);  // 1, 0.32 and 0.1 turn within 128 tokens; 4 pairs at most
    EXPECT_EQ(parameters("fope", {}, 1024), 2 * 3 * 6 * 5 * 4);
    EXPECT_EQ(parameters("pope"), 3 * 96);
    EXPECT_EQ(parameters("yarn", {{"factor", 4.0}}), 0);
    EXPECT_EQ(parameters("yarn", {{"factor", 4.0}, {"learned_ramp", true}}), 2);
    EXPECT_EQ(parameters("longrope", {{"factor", 4.0}, {"learned_factors", true}}), 8);
    EXPECT_EQ(parameters("longrope2", {{"factor", 4.0}, {"learned_factors", true}}), 8);
}

TEST(PositionSchemes, CostsByHand) {
    EXPECT_EQ(flops("none", 128), 0);
    EXPECT_EQ(flops("learned", 128), 96);
    EXPECT_EQ(flops("rope", 128), 6 * 96 * 3);
    EXPECT_EQ(flops("learned-rope", 4096), 6 * 96 * 3);
    EXPECT_EQ(flops("partial-rope", 128), 6 * 24 * 3);
    EXPECT_EQ(flops("i-rope", 128), 6 * 96 * 3);
    EXPECT_EQ(flops("ssmax", 128), 7 * 96 * 3);
    EXPECT_EQ(flops("lie-rope", 128), (6 + 4 * 16) * 96 * 3);
    EXPECT_EQ(flops("pope", 127), 6 * 96 * 3 + 2 * 16 * 3 * 6 * 64);
    EXPECT_EQ(flops("alibi", 127), 3 * 6 * 64);
    EXPECT_EQ(flops("t5", 255), 3 * 6 * 128);
    EXPECT_EQ(flops("fox", 127), 3 * 6 * (2 * 96 + 3 + 64));
    EXPECT_EQ(flops("cable", 127), 3 * 6 * (2 * 96 + 3 + 64));
    EXPECT_EQ(flops("cope", 127), 3 * (2 * 96 * 64 + 6 * 64 * 9));
    EXPECT_EQ(flops("grape-ap", 127), 3 * 6 * (8 * (2 * 96 + 7) + 64 * 20));
    // Of a layer: directions 4 32 96 + 10 96; of a head: 10 64 16 + 2 64 80 + 2 256 within chunks, 512 across, gate 195.
    EXPECT_EQ(flops("path", 128), 3 * (13248 + 6 * (20992 + 512 + 195)));
    EXPECT_EQ(flops("dape", 127), 3 * 64 * (6 * 6 * 32 + 2 * 32 + 3 * 6));
    EXPECT_EQ(flops("universal", 127), 6 * 96 * 3 + 3 * 6 * 64 + 3 * 6 * (2 * 96 + 4 + 64));
    EXPECT_EQ(flops("fire", 127), 3 * 64 * (6 + 32 * (3 + 2 * 6)));
    EXPECT_EQ(flops("shaw", 127), 2 * (2 * 17 * 96 * 3 + 3 * 6 * 64));
    EXPECT_EQ(flops("music-transformer", 127), 2 * 64 * 96 * 3 + 3 * 6 * 64);
    EXPECT_EQ(flops("floater", 127), 96 * 3);
}

TEST(PositionSchemes, EveryEntryIsWhole) {
    std::set<std::string_view> names;
    for (const SchemeInfo& scheme : position_schemes()) {
        EXPECT_TRUE(names.insert(scheme.name).second) << scheme.name;
        EXPECT_FALSE(scheme.source.empty()) << scheme.name;
        EXPECT_EQ(scheme.kind == SchemeKind::learned, parameters(scheme.name) > 0) << scheme.name;
        EXPECT_GE(flops(scheme.name, 128), 0);
        EXPECT_EQ(find_position_scheme(scheme.name), &scheme);
        for (const SchemeOption& option : scheme.options) {
            EXPECT_FALSE(option.meaning.empty()) << scheme.name << " " << option.name;
            EXPECT_TRUE(faults(scheme.name, {{std::string(option.name), option.default_value}}).empty());
        }
    }
    EXPECT_EQ(find_position_scheme("RoPE"), nullptr);
    EXPECT_EQ(name_of(find_position_scheme("alibi")->scheme_class), "control");
    EXPECT_EQ(name_of(find_position_scheme("rope")->scheme_class), "H");
    EXPECT_EQ(name_of(find_position_scheme("learned-rope")->scheme_class), "S");
    EXPECT_EQ(name_of(find_position_scheme("kerple-log")->scheme_class), "L");
    EXPECT_TRUE(find_position_scheme("learned")->limited_to_train_length);
}

TEST(PositionSchemes, OptionsAreCompletedAndOfOneType) {
    std::vector<Problem> problems;
    const Options rope =
        complete_options(*find_position_scheme("rope"), {{"base", std::int64_t{500000}}}, "", problems);
    EXPECT_EQ(rope, (Options{{"base", 500000.0}, {"layout", std::string("half")}}));
    const Options yarn = complete_options(*find_position_scheme("yarn"), {{"factor", std::int64_t{4}}}, "", problems);
    EXPECT_EQ(
        yarn,
        (Options{
            {"attention_factor", 0.0}, {"beta_fast", 32.0}, {"beta_slow", 1.0}, {"dynamic", false},
            {"factor", 4.0}, {"learned_ramp", false}, {"resonance", false}, {"truncate", true}}));
    const Options longrope = complete_options(*find_position_scheme("longrope"),
                                              {{"long_factors", std::vector<double>{1, 2.5}}}, "", problems);
    EXPECT_EQ(list_option(longrope, "long_factors"), (std::vector<double>{1, 2.5}));
    EXPECT_TRUE(list_option(longrope, "short_factors").empty());
    EXPECT_TRUE(problems.empty());
}

TEST(PositionSchemes, FaultyOptionsAreNamed) {
    EXPECT_EQ(faults("rope", {{"bas", 10.0}}),
              (std::vector<std::string>{"\"rope\" has no option \"bas\" (its options: base, layout); did you mean \"base\"?"}));
    EXPECT_EQ(faults("alibi", {{"slope", 1.0}}),
              (std::vector<std::string>{"\"alibi\" has no option \"slope\" (it takes no options)"}));
    EXPECT_EQ(faults("t5", {{"buckets", std::int64_t{1}}, {"max_distance", 12.5}}).size(), 2u);
    EXPECT_EQ(faults("rope", {{"base", std::numeric_limits<double>::quiet_NaN()}}).size(), 1u);
    EXPECT_EQ(faults("rope", {{"base", std::numeric_limits<double>::infinity()}}).size(), 1u);
    EXPECT_EQ(faults("longrope", {{"long_factors", std::vector<double>{1, -2}}}),
              (std::vector<std::string>{
                  "option \"long_factors\" has -2 as number 2 of its list (allowed: 1e-06 to 1e+09)"}));
    EXPECT_EQ(faults("longrope", {{"long_factors", 2.0}}),
              (std::vector<std::string>{"option \"long_factors\" has the wrong type (it takes a list of numbers); its "
                                        "default is []"}));
    EXPECT_EQ(faults("rope", {{"base", std::vector<double>{1}}}).size(), 1u);
    EXPECT_EQ(faults("learned-rope", {{"share", std::string("heads")}}),
              (std::vector<std::string>{
                  "option \"share\" is \"heads\" (known values: all, layer, head); did you mean \"head\"?"}));
}

TEST(PositionSchemes, PairsThatRotate) {
    EXPECT_EQ(rotated_pairs(model, {"rope", {}}), 8);
    EXPECT_EQ(rotated_pairs(model, {"p-rope", {{"rotated_share", 0.5}}}), 8);
    EXPECT_EQ(rotated_pairs(model, {"partial-rope", {{"rotated_share", 0.3}}}), 2);  // 4.8 channels
    EXPECT_EQ(rotated_pairs(model, {"partial-rope", {{"rotated_share", 0.0}}}), 1);
}

TEST(PositionSchemes, LaterDefaultsStayOutOfIds) {
    const Options rope{{"base", 10000.0}, {"layout", std::string("half")}};
    EXPECT_EQ(identifying_options("rope", rope), (Options{{"base", 10000.0}}));
    const Options other{{"base", 10000.0}, {"layout", std::string("interleaved")}};
    EXPECT_EQ(identifying_options("rope", other), other);
}

TEST(PositionSchemes, ReadingAnOption) {
    const Options options{{"i", std::int64_t{3}}, {"d", 0.5}, {"s", std::string("x")}, {"b", true}};
    EXPECT_EQ(number_option(options, "i"), 3.0);
    EXPECT_EQ(number_option(options, "d"), 0.5);
    EXPECT_EQ(integer_option(options, "i"), 3);
    EXPECT_EQ(string_option(options, "s"), "x");
    EXPECT_TRUE(flag_option(options, "b"));
    EXPECT_THROW(integer_option(options, "d"), std::logic_error);
    EXPECT_THROW(number_option(options, "absent"), std::logic_error);
}

}  // namespace
}  // namespace overtake
