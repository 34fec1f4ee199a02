// Extensions of RoPE beyond the train length: new frequencies from the trained ones, and a temperature.
//
// One source per family: extension_scaled.cpp (the base or all frequencies change), extension_ramp.cpp (frequency by frequency),
// extension_longrope.cpp (one given or trained factor per pair).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include <ATen/core/Tensor.h>

#include "sweeps/trial_config.hpp"

namespace overtake {

/// The frequencies that a model was trained with: theta_j = base^(-2 j / width), j = 0 .. width / 2 - 1. Trained ones began there.
struct RotaryGrid {
    double base = 0;
    std::int64_t width = 0;         // channels of a head that rotate
    std::int64_t train_length = 0;  // T
    /// Index of the pair of the grid that has each frequency, fractional between them, far beyond it for frequency 0.
    at::Tensor pair_of(const at::Tensor& theta) const;
    /// The pair that turns that often within the train length; in general no whole number.
    double pair_that_turns(double times) const;
};

class FrequencyExtension {
  public:
    virtual ~FrequencyExtension() = default;

    /// Frequencies in a context of that length from the trained theta [..., J], fp64, in the same shape. May carry a gradient.
    virtual at::Tensor frequencies(const at::Tensor& theta, std::int64_t length) const = 0;

    /// Factor of the cosine and sine tables; logits grow by its square.
    virtual double temperature(std::int64_t length) const;

    /// LongRoPE's n-hat: positions below it keep the trained frequencies, at temperature 1.
    virtual std::int64_t kept_positions() const { return 0; }

    /// Whether the context length or a training step changes the frequencies; if not, tables can be kept.
    virtual bool changes() const { return false; }
};

using ExtensionPointer = std::unique_ptr<const FrequencyExtension>;

/// Adds a position parameter to the scheme that is extended.
using AddParameter = std::function<at::Tensor(const char* name, const at::Tensor& initial)>;

/// Parameters, if an option asks for any, are named "extension.<name>". Throws ConfigError for an unknown method or a list of factors
/// that doesn't fit the grid.
ExtensionPointer make_frequency_extension(const ExtensionConfig& config, const RotaryGrid& grid, const AddParameter& add_parameter);

/// Of each family; options are complete. nullptr if the method is not of that family.
ExtensionPointer make_scaled_extension(const ExtensionConfig& config, const RotaryGrid& grid);
ExtensionPointer make_ramp_extension(const ExtensionConfig& config, const RotaryGrid& grid, const AddParameter& add_parameter);
ExtensionPointer make_longrope_extension(const ExtensionConfig& config, const RotaryGrid& grid, const AddParameter& add_parameter);

/// theta s^(-j / (width / 2 - 1)): the base times s^(width / (width - 2)), so that the last pair slows down by s and the first not.
at::Tensor ntk_frequencies(const at::Tensor& theta, const RotaryGrid& grid, double s);

}  // namespace overtake
