// CoPE: a query counts the keys back to each key by gates of content, and reads that position off a trained table (Golovneva et al.
// 2024, arXiv:2405.18719, equations 3 to 6).
#include <ATen/ATen.h>

#include "models/position/counted_positions.hpp"
#include "models/position/schemes.hpp"

namespace overtake {

namespace {

/// Gate of query i and key t: sigmoid(q_i . k_t / sqrt(H)). Logit: (q_i . k_k + q_i . e[p]) / sqrt(H), p the sum of gates over
/// t = k..i, held at P - 1 and interpolated; so the query's own key stands at its own gate, not at 0.
///
///     position.table  [L, P, H]  e of each layer, shared by heads, 0
///
/// Positions are divided by sqrt(H) with the products, as in the authors' code; option scaled = false adds q . e[p] whole
/// (--cope-nodiv there). Counts keep their meaning in longer contexts; a sampler's positions have none.
class Cope final : public PositionScheme {
  public:
    Cope(const SchemeInfo& info, SchemeSetup given) : PositionScheme(info, std::move(given)) {
        const ModelConfig& model = setup().model;
        table_LPH_ = add_parameter("table", at::zeros({model.layers, integer_option(setup().options, "npos"), model.head_width()}));
        entry_scale_ = flag_option(setup().options, "scaled") ? scale() : 1;
    }

    at::Tensor content_bias(const at::Tensor&, const QueryKey& qk, std::int64_t layer) const override {
        const at::Tensor q_BNTH = qk.q_BNTH.to(setup().real), k_BNTH = qk.k_BNTH.to(setup().real);
        const at::Tensor gates_BNTT = gates(q_BNTH, k_BNTH);
        const at::Tensor entries_BNTP = at::matmul(q_BNTH, table_LPH_.select(0, layer).mul(entry_scale_).t());
        return gates_BNTT.is_cpu() ? read_positions(gates_BNTT, entries_BNTP) : read_positions_with_aten(gates_BNTT, entries_BNTP);
    }

    std::vector<ContentGate> content_gates(const at::Tensor&, const QueryKey& qk, std::int64_t) const override {
        return {{"counted", gates(qk.q_BNTH.to(setup().real), qk.k_BNTH.to(setup().real)), true}};
    }

  protected:
    void prepare() override { refuse_sampler("it counts positions itself, by content"); }

  private:
    at::Tensor gates(const at::Tensor& q_BNTH, const at::Tensor& k_BNTH) const {
        return at::matmul(q_BNTH.mul(scale()), k_BNTH.transpose(-2, -1)).sigmoid();
    }

    double entry_scale_;
    at::Tensor table_LPH_;
};

}  // namespace

SchemePointer make_cope(const SchemeInfo& info, SchemeSetup setup) { return std::make_unique<Cope>(info, std::move(setup)); }

}  // namespace overtake
