// Music Transformer: a trained vector of each lag for keys, per head and layer (Huang et al. 2018, arXiv:1809.04281, section 3.4).
//
// e_ik = q_i (k_k + E_{i-k}) / sqrt(H); the paper's row L - 1 - r is our row r. One row for each lag that training may meet; longer
// lags use the last row. Parameter: position.keys [L, N, T, H], normal with tensor2tensor's deviation 1/sqrt(H).
#include <cmath>

#include <ATen/ATen.h>

#include "models/position/row_reach.hpp"
#include "models/position/schemes.hpp"

namespace overtake {

namespace {

class MusicTransformer final : public PositionScheme {
  public:
    MusicTransformer(const SchemeInfo& info, SchemeSetup given) : PositionScheme(info, std::move(given)), reach_(setup().options) {
        const ModelConfig& model = setup().model;
        keys_LNTH_ = add_parameter("keys", {model.layers, model.heads, setup().rows, model.head_width()}, Distribution::normal, 0,
                                   1 / std::sqrt(static_cast<double>(model.head_width())));
    }

    LagTerms lag_terms(const QueryKey& qk, std::int64_t layer) const override {
        const at::Tensor table_NTH = keys_LNTH_[layer];
        const bool as_they_are = reach_.factor(table_NTH.size(1), length()) == 1;
        return {.q_BNTH = qk.q_BNTH,
                .keys_NRH = as_they_are ? table_NTH : reach_.take(table_NTH, at::arange(lags(), real().dtype(at::kDouble)), length()),
                .queries_NRH = {},
                .values_NRH = {}};
    }

    void extend(const ExtensionConfig& extension) override {
        if (extension.method != "clamp" && extension.method != "interpolate") {
            PositionScheme::extend(extension);
        }
        reach_.extend(extension);
    }

    Inspection inspect() const override { return {{"keys", keys_LNTH_}}; }

  private:
    RowReach reach_;
    at::Tensor keys_LNTH_;
};

}  // namespace

SchemePointer make_music_transformer(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<MusicTransformer>(info, std::move(setup));
}

}  // namespace overtake
