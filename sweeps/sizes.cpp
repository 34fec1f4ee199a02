#include "sweeps/sizes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "sweeps/counts.hpp"

namespace overtake {

namespace {

constexpr std::array<NamedSize, 10> ladder{{
    {"pico", 1, 16, "the smallest that learns anything from bytes"},
    {"nano", 2, 32, "seconds on one core"},
    {"micro", 2, 64, "a minute on one core"},
    {"milli", 4, 128, "minutes on one core"},
    {"tiny", 6, 256, "hours on one core, minutes on a GPU"},
    {"mini", 8, 512, "25 M without embeddings"},
    {"gpt2", 12, 768, "GPT-2 124M"},
    {"gpt2-medium", 24, 1024, "GPT-2 355M"},
    {"gpt2-large", 36, 1280, "GPT-2 774M"},
    {"gpt2-xl", 48, 1600, "GPT-2 1.5B"},
}};

bool heads_fit(const ModelConfig& model) {
    return model.heads >= 1 && model.width % model.heads == 0 && model.head_width() % 2 == 0;
}

std::int64_t width_step(std::int64_t width) {
    return width < 64 ? 4 : width < 256 ? 8 : width < 512 ? 16 : 64;
}

}  // namespace

std::span<const NamedSize> named_sizes() {
    return ladder;
}

const NamedSize* find_named_size(std::string_view name) {
    const auto found =
        std::find_if(ladder.begin(), ladder.end(), [&](const NamedSize& size) { return size.name == name; });
    return found == ladder.end() ? nullptr : &*found;
}

std::int64_t default_heads(std::int64_t width) {
    for (std::int64_t heads = std::max<std::int64_t>(4, width / 64); heads > 1; --heads) {
        if (width % heads == 0 && (width / heads) % 2 == 0 && width / heads >= 8) {
            return heads;
        }
    }
    return 1;
}

ModelConfig make_shape(std::int64_t layers, std::int64_t width, const SizeRules& rules) {
    ModelConfig model;
    model.layers = layers;
    model.width = width;
    model.activation = rules.activation;
    model.qk_norm = rules.qk_norm;
    model.tied = rules.tied;
    model.vocabulary = rules.vocabulary;
    model.heads = rules.heads > 0        ? rules.heads
                  : rules.head_width > 0 ? std::max<std::int64_t>(1, width / rules.head_width)
                                         : default_heads(width);
    const double ratio = rules.mlp_ratio > 0                      ? rules.mlp_ratio
                         : rules.activation == Activation::swiglu ? 8.0 / 3.0
                                                                  : 4.0;
    const std::int64_t multiple = width < 32 ? 2 : 8;
    const double mlp = std::round(ratio * static_cast<double>(width) / static_cast<double>(multiple));
    model.mlp_width = std::max<std::int64_t>(1, static_cast<std::int64_t>(mlp)) * multiple;
    return model;
}

std::optional<std::pair<std::int64_t, std::int64_t>> parse_shape(std::string_view text) {
    const std::size_t cross = text.find('x');
    if (cross == std::string_view::npos) {
        return std::nullopt;
    }
    std::pair<std::int64_t, std::int64_t> shape;
    const auto read = [](std::string_view digits, std::int64_t& value) {
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return error == std::errc{} && end == digits.data() + digits.size() && value > 0 && digits.size() <= 7;
    };
    if (!read(text.substr(0, cross), shape.first) || !read(text.substr(cross + 1), shape.second)) {
        return std::nullopt;
    }
    return shape;
}

std::optional<ModelConfig> solve_size(double target, const SizeRules& rules) {
    const PositionConfig nothing{.scheme = "none", .options = {}};
    std::optional<ModelConfig> best;
    double best_miss = 0;
    double best_skew = 0;
    for (std::int64_t width = 8; width <= 16384; width += width_step(width)) {
        const double ideal = std::max(2.0, static_cast<double>(width) / rules.aspect_ratio);
        const auto fewest = std::max<std::int64_t>(2, static_cast<std::int64_t>(std::ceil(ideal * 2 / 3)));
        const auto most = std::max<std::int64_t>(fewest, static_cast<std::int64_t>(std::floor(ideal * 4 / 3)));
        for (std::int64_t layers = fewest; layers <= most; ++layers) {
            const ModelConfig model = make_shape(layers, width, rules);
            const bool asked_head_width = rules.head_width > 0 && rules.heads == 0;
            if (!heads_fit(model) || (asked_head_width && model.head_width() != rules.head_width)) {
                continue;
            }
            const auto parameters = static_cast<double>(count_parameters(model, nothing, 1).backbone);
            const double miss = std::abs(parameters - target);
            const double skew = std::abs(std::log(static_cast<double>(layers) / ideal));
            if (!best || miss < best_miss || (miss == best_miss && skew < best_skew)) {
                best = model;
                best_miss = miss;
                best_skew = skew;
            }
        }
    }
    return best;
}

}  // namespace overtake
