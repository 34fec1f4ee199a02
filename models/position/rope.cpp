// RoPE (Su et al. 2021, arXiv:2104.09864), with either layout of its pairs.
//
// half: pairs (j, j + H/2), as in GPT-NeoX. interleaved: pairs (2 j, 2 j + 1), the paper's, as in GPT-J and LLaMA. Interleaved channels
// are put in the order of the other layout and stay there: a permutation of queries and keys alike changes no product.
#include <ATen/ATen.h>

#include "models/position/rotary.hpp"
#include "models/position/schemes.hpp"

namespace overtake {

namespace {

class Rope final : public RotaryScheme {
  public:
    Rope(const SchemeInfo& info, SchemeSetup given, bool interleaved) : RotaryScheme(info, std::move(given)), interleaved_(interleaved) {}

    QueryKey transform(QueryKey qk, const at::Tensor& x_BTD, std::int64_t layer) const override {
        if (interleaved_) {
            qk = {halves_from_pairs(qk.q_BNTH), halves_from_pairs(qk.k_BNTH)};
        }
        return RotaryScheme::transform(std::move(qk), x_BTD, layer);
    }

  private:
    bool interleaved_;
};

}  // namespace

SchemePointer make_rope(const SchemeInfo& info, SchemeSetup setup) {
    const bool interleaved = string_option(setup.options, "layout") == "interleaved";
    return std::make_unique<Rope>(info, std::move(setup), interleaved);
}

SchemePointer make_rope_interleaved(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<Rope>(info, std::move(setup), true);
}

}  // namespace overtake
