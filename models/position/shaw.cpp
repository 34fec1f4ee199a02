// Shaw's relative positions: a trained vector of the clipped lag for keys and one for values (Shaw et al. 2018, arXiv:1803.02155).
//
// e_ik = q_i (k_k + a^K_r) / sqrt(H), out_i = sum_k w_ik (v_k + a^V_r), r = min(i - k, K): equations 3 and 4. Heads share the vectors,
// layers don't. A causal model sees lags of 0 or more: of the original's 2 K + 1 rows, ours is K + 1 and row r is its row K - r.
// Parameters: position.keys and position.values, [L, K + 1, H] each; Glorot's uniform bounds for the original's 2 K + 1 rows.
#include <cmath>

#include <ATen/ATen.h>

#include "models/position/row_reach.hpp"
#include "models/position/schemes.hpp"

namespace overtake {

namespace {

class Shaw final : public PositionScheme {
  public:
    Shaw(const SchemeInfo& info, SchemeSetup given)
        : PositionScheme(info, std::move(given)), clip_(integer_option(setup().options, "clip")), reach_(setup().options) {
        const std::int64_t width = setup().model.head_width();
        const double bound = std::sqrt(6 / static_cast<double>(2 * clip_ + 1 + width));
        keys_LRH_ = add_parameter("keys", {setup().model.layers, clip_ + 1, width}, Distribution::uniform, -bound, bound);
        values_LRH_ = add_parameter("values", {setup().model.layers, clip_ + 1, width}, Distribution::uniform, -bound, bound);
    }

    LagTerms lag_terms(const QueryKey& qk, std::int64_t layer) const override {
        return {.q_BNTH = qk.q_BNTH, .keys_NRH = rows(keys_LRH_, layer), .queries_NRH = {}, .values_NRH = rows(values_LRH_, layer)};
    }

    void extend(const ExtensionConfig& extension) override {
        if (extension.method != "clamp" && extension.method != "interpolate") {
            PositionScheme::extend(extension);
        }
        reach_.extend(extension);
    }

    Inspection inspect() const override { return {{"keys", keys_LRH_}, {"values", values_LRH_}}; }

  private:
    at::Tensor rows(const at::Tensor& table_LRH, std::int64_t layer) const {
        const at::Tensor table_1RH = table_LRH.narrow(0, layer, 1);
        const double factor = reach_.factor(clip_ + 1, length());
        return factor == 1 ? table_1RH : reach_.take(table_1RH, at::arange(lags(), real().dtype(at::kDouble)), length());
    }

    std::int64_t clip_;
    RowReach reach_;
    at::Tensor keys_LRH_, values_LRH_;
};

}  // namespace

SchemePointer make_shaw(const SchemeInfo& info, SchemeSetup setup) { return std::make_unique<Shaw>(info, std::move(setup)); }

}  // namespace overtake
