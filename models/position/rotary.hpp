// What RoPE and its relatives share: a grid of frequencies, extensions of it, tables of cosines and sines, and the rotation.
#pragma once

#include <cstdint>
#include <vector>

#include "models/position/frequency_extension.hpp"
#include "models/position/position_scheme.hpp"

namespace overtake {

/// theta_j = base^(-2 j / width) [radians per position], j = 0 .. width/2 - 1.
/// Source: Su et al. 2021, arXiv:2104.09864, section 3.2.2.
std::vector<double> rope_frequencies(std::int64_t width, double base);

struct AngleTables {
    at::Tensor cosine, sine;  // [..., T, J]
};

/// Channels (0, 2, 4, .., 1, 3, 5, ..) of the last dimension: pairs (2 j, 2 j + 1) become pairs (j, j + H/2).
at::Tensor halves_from_pairs(const at::Tensor& x);

/// Queries and keys rotate by position times frequency, channel pairs (j, j + H/2), whatever the frequencies are.
class RotaryScheme : public PositionScheme {
  public:
    RotaryScheme(const SchemeInfo& info, SchemeSetup setup);
    QueryKey transform(QueryKey qk, const at::Tensor& x_BTD, std::int64_t layer) const override;
    void extend(const ExtensionConfig& extension) override;
    Inspection inspect() const override;

  protected:
    /// Frequencies before any extension, fp64 [layers or 1, heads or 1, J], with a gradient if they are trained. The grid of
    /// option base unless overridden.
    virtual at::Tensor theta() const;

    /// Where the frequencies began: of option base over the whole head unless overridden.
    virtual RotaryGrid grid() const;

    /// Whether a training step changes `theta`, so that each pass needs tables of its own.
    virtual bool trained() const { return false; }

    /// The last change of the frequencies, after any extension; none unless overridden.
    virtual at::Tensor finished(const at::Tensor& frequencies) const;

    void prepare() override;

    /// Tables of this pass for one layer, [B or 1, N or 1, T, J]; B of packed windows only.
    AngleTables tables_of(std::int64_t layer) const;
    /// Longest position of this pass plus 1: the context length as an extension sees it.
    std::int64_t context_length() const;

  private:
    at::Tensor frequencies() const;
    AngleTables form_tables() const;
    double temperature_of_tables() const;

    ExtensionPointer extension_;
    AngleTables tables_;          // [layers or 1, B or 1, N or 1, T, J]
    bool plain_tables_ = false;   // tables_ belong to positions 0, 1, .. and hold for any context up to their length
};

}  // namespace overtake
