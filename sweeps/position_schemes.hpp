// The table of position schemes: kind, class, options with defaults and range, parameter and FLOP formulas. No
// LibTorch.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sweeps/errors.hpp"
#include "sweeps/trial_config.hpp"

namespace overtake {

/// Schemes to train with, methods that extend a trained one, and samplers that wrap any scheme while it trains.
enum class SchemeKind { hand_made, learned, extension, sampler };

/// Classes of design 9a: RoPE's line, RoPE's form with trained constants, learned forms, content gates, controls.
enum class SchemeClass { rope_line, trained_constants, learned_form, content_gate, control };

struct SchemeOption {
    std::string_view name;
    OptionValue default_value;
    double minimum = 0;  // of a number, or of each number of a list; inclusive
    double maximum = 0;
    std::vector<std::string_view> choices;  // strings only
    std::string_view meaning;               // one sentence with unit
    bool later = false;                     // came to an entry that had ids already: its default stays out of them
    bool per_pair = false;                  // a list that is empty or has one number for each rotated pair
};

struct SchemeInfo {
    std::string_view name;
    SchemeKind kind = SchemeKind::hand_made;
    SchemeClass scheme_class = SchemeClass::control;
    std::vector<SchemeOption> options = {};
    bool fused_attention = true;           // fused causal attention still works (no explicit bias matrix)
    bool limited_to_train_length = false;  // refuses a context longer than T (unless its option `beyond` says otherwise)
    bool blockwise = false;                // a long window can be evaluated block by block: q and k change by their own position
                                           // alone, biases go by lag
    bool has_table = false;                // has rows by position or lag, which clamp and interpolate extend (these have it too)
    bool whole_positions = false;          // has numbers for whole positions or lags only; a sampler: draws such only
    bool relative = true;                  // positions enter the logits through lags alone
    bool counts_tokens = false;            // goes by the tokens between query and key; no sampler can move them
    bool rotary = false;                   // has frequencies that an extension can rescale
    std::string_view source = {};          // paper and equation
    /// Trained numbers that the scheme adds to a model (0 for hand-made and extensions); tables have `rows` rows, one for
    /// each position that training may meet: T, or more under some samplers.
    std::int64_t (*parameters)(const ModelConfig&, const Options&, std::int64_t rows) = nothing_trained;
    /// Extra forward FLOPs per token of the whole model at a context length.
    double (*forward_flops)(const ModelConfig&, const Options&, std::int64_t context_length) = nothing_computed;
    /// Which revision of the bits that it computes, given complete options: 1 until a change of this entry alone alters them. Ids
    /// contain what is above 1, so that results of other bits are never taken for these, and all other ids stay.
    int (*revision)(const Options&) = first_revision;

    static std::int64_t nothing_trained(const ModelConfig&, const Options&, std::int64_t) { return 0; }
    static double nothing_computed(const ModelConfig&, const Options&, std::int64_t) { return 0; }
    static int first_revision(const Options&) { return 1; }
};

/// All schemes and extensions, in the order in which they are listed to the user.
std::span<const SchemeInfo> position_schemes();

/// nullptr if there is none of that name.
const SchemeInfo* find_position_scheme(std::string_view name);

/// Reads an option that the specification has filled in; throws std::logic_error if it is absent or of another type.
/// An integer value answers a request for a double.
double number_option(const Options& options, std::string_view name);
std::int64_t integer_option(const Options& options, std::string_view name);
std::string string_option(const Options& options, std::string_view name);
bool flag_option(const Options& options, std::string_view name);
const std::vector<double>& list_option(const Options& options, std::string_view name);

/// Fills in defaults and checks names, types and ranges; problems carry `where` as given, one per fault.
Options complete_options(const SchemeInfo& scheme, const Options& given, const std::string& where,
                         std::vector<Problem>& problems);

/// What ids contain of completed options: all but later ones that have their default, so that old ids stay.
Options identifying_options(std::string_view scheme, const Options& complete);

/// Pairs of channels of a head that a scheme of RoPE's form rotates, for lists with one number per pair.
std::int64_t rotated_pairs(const ModelConfig& model, const PositionConfig& position);

std::string_view name_of(SchemeKind kind);
std::string_view name_of(SchemeClass scheme_class);

}  // namespace overtake
