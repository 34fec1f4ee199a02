// Extensions: what makes a trained model fit for contexts beyond its train length T. Same cost; trained numbers only by option.
#include "sweeps/position_table.hpp"

namespace overtake {

namespace {

SchemeOption attention_factor(std::string_view meaning) { return number("attention_factor", 0, 0, 100, meaning); }

SchemeOption beta_fast() {
    return number("beta_fast", 32, 0.001, 1e6, "pairs that turn more often than this within the train length stay as they are");
}

SchemeOption beta_slow() {
    return number("beta_slow", 1, 0.001, 1e6, "pairs that turn less often than this are interpolated in full");
}

SchemeOption long_factors(std::string_view meaning) { return numbers_per_pair("long_factors", 1e-6, 1e9, meaning); }

SchemeInfo extension(std::string_view name, std::vector<SchemeOption> options, std::string_view source) {
    return {.name = name,
            .kind = SchemeKind::extension,
            .scheme_class = SchemeClass::rope_line,
            .options = std::move(options),
            .blockwise = true,
            .source = source};
}

SchemeInfo yarn() {
    SchemeInfo info = extension(
        "yarn",
        {factor_option(), beta_fast(), beta_slow(),
         flag("truncate", true, "whether the ramp's ends are rounded outwards to whole pairs"),
         attention_factor("factor of the cosine and sine tables; 0 means 0.1 ln(factor) + 1"),
         later(flag("dynamic", false, "whether the factor is context length over train length instead, and 1 up to it")),
         later(flag("resonance", false, "whether the scaled wavelengths are rounded to whole tokens")),
         later(flag("learned_ramp", false, "whether the ramp's two ends, in pairs, are trained from where they stand"))},
        "Peng et al. 2023, arXiv:2309.00071, definitions 2 and 3; ramp over the pair index");
    info.parameters = [](const ModelConfig&, const Options& options, std::int64_t) {
        return std::int64_t{flag_option(options, "learned_ramp") ? 2 : 0};
    };
    return info;
}

SchemeInfo longrope() {
    SchemeInfo info = extension(
        "longrope",
        {factor_option(), long_factors("rescale factor of each pair's wavelength beyond the train length; none means the factor for all"),
         numbers_per_pair("short_factors", 1e-6, 1e9, "rescale factor of each pair up to the train length; none means 1 for all"),
         integer("n_hat", 0, 0, 1e9, "positions before this one keep their trained angles, without temperature"),
         attention_factor("factor of the cosine and sine tables; 0 means sqrt(1 + ln(factor) / ln(train length))"),
         flag("dynamic", false, "whether long factors grow from 1 at the train length to their value at factor times it"),
         flag("learned_factors", false, "whether the long factors are trained from where they stand"),
         later(flag("learned_short_factors", false, "whether the short factors are; for a search by gradient alone"))},
        "Ding et al. 2024, arXiv:2402.13753, equation 1; switch and temperature as in the authors' code");
    info.parameters = [](const ModelConfig& model, const Options& options, std::int64_t) {
        return (flag_option(options, "learned_factors") + flag_option(options, "learned_short_factors")) * (model.head_width() / 2);
    };
    return info;
}

SchemeInfo longrope2() {
    SchemeInfo info = extension(
        "longrope2",
        {factor_option(),
         integer("critical_pair", -1, -1, 1 << 20,
                 "first pair that keeps its own factor, those below follow NTK; -1: the first with a wavelength above T"),
         long_factors("rescale factor of each pair's wavelength; none means the factor for all; those below critical_pair go unused"),
         attention_factor("factor of the cosine and sine tables; 0 means sqrt(1 + ln(factor) / ln(train length))"),
         later(flag("learned_factors", false, "whether the factors are trained from where they stand"))},
        "Shang et al. 2025, arXiv:2502.20082, section 3.2; trained frequencies up to the train length");
    info.parameters = [](const ModelConfig& model, const Options& options, std::int64_t) {
        return flag_option(options, "learned_factors") ? model.head_width() / 2 : 0;
    };
    return info;
}

}  // namespace

std::vector<SchemeInfo> extensions() {
    return {
        {.name = "continue",
         .kind = SchemeKind::extension,
         .options = {factor_option()},
         .blockwise = true,
         .source = "none: the scheme as it is, fine-tuned at the longer length with tune_tokens"},
        extension("pi", {factor_option()}, "Chen et al. 2023, arXiv:2306.15595, equation 3: theta_j / factor"),
        extension("ntk", {factor_option()},
                  "bloc97 2023, in Peng et al. 2023, arXiv:2309.00071, definition 1: base factor^(d / (d - 2))"),
        extension("dynamic-ntk", {factor_option()},
                  "emozilla 2023, as in Hugging Face transformers: ntk by f n / T - (f - 1) beyond T"),
        extension("ntk-by-parts",
                  {factor_option(), beta_fast(), beta_slow(),
                   choice("form", "paper", {"paper", "released"},
                          "paper: one ramp over the number of turns; released: the two ramps of the earlier code, without betas")},
                  "Peng et al. 2023, arXiv:2309.00071, definition 2: ramp over the number of turns"),
        yarn(),
        extension("llama3",
                  {factor_option(),
                   number("low_frequency_factor", 1, 0.001, 1e6, "pairs that turn less often within the train length are divided by the factor"),
                   number("high_frequency_factor", 4, 0.001, 1e6, "pairs that turn more often within the train length stay as they are")},
                  "Grattafiori et al. 2024, arXiv:2407.21783, as in Hugging Face transformers"),
        longrope(),
        longrope2(),
        {.name = "clamp",
         .kind = SchemeKind::extension,
         .scheme_class = SchemeClass::learned_form,
         .has_table = true,
         .source = "positions or lags beyond a learned table use its last row"},
        {.name = "interpolate",
         .kind = SchemeKind::extension,
         .scheme_class = SchemeClass::learned_form,
         .options = {factor_option()},
         .has_table = true,
         .source = "position interpolation (Chen et al. 2023, arXiv:2306.15595, equation 3) of a learned table: row p / factor, "
                   "linear between rows, the last row beyond"},
    };
}

}  // namespace overtake
