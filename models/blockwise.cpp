#include "models/blockwise.hpp"

#include <algorithm>
#include <limits>

#include <ATen/ATen.h>

#include "models/block_attention_kernel.hpp"
#include "models/operations.hpp"
#include "models/tensor_data.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

[[noreturn]] void refuse(const PositionScheme& scheme, const std::string& why) {
    throw ConfigError({{"evaluation.blockwise", "\"" + std::string(scheme.info().name) + "\" can't be evaluated block by block (" + why +
                                                    "); leave out lengths that need it"}});
}

template <class T>
HeadRows<const T> head_rows(const at::Tensor& x_1NTH, std::int64_t head) {
    return {data_of<T>(x_1NTH) + head * x_1NTH.stride(1), x_1NTH.stride(2)};
}

/// One window on its way through the layers.
class Pass {
  public:
    Pass(const Network& network, const at::Tensor& tokens_T1, std::span<const PositionRange> scored, std::int64_t block,
         const at::Tensor& positions_T)
        : network_(network), scheme_(*network.scheme), scored_(scored), block_(block), length_(tokens_T1.size(0) - 1),
          tokens_T1_(tokens_T1), positions_T_(positions_T), device_(network.embedding.device()) {}

    at::Tensor run() {
        check();
        stream_TD_ = at::empty({needed_, network_.model.width}, at::TensorOptions(at::kFloat).device(device_));
        std::vector<at::Tensor> losses;
        const std::int64_t layers = network_.model.layers;
        for (std::int64_t layer = 0; layer < layers; ++layer) {
            begin_layer(layer);
            for (std::int64_t begin = 0; begin < needed_; begin += block_) {
                const std::int64_t end = std::min(begin + block_, needed_);
                stand_at(begin, end);
                if (layer == 0) {
                    const at::Tensor tokens_1B = tokens_T1_.narrow(0, begin, end - begin).to(device_).unsqueeze(0);
                    stream_TD_.narrow(0, begin, end - begin).copy_(scheme_.add_to_input(embed(tokens_1B, network_.embedding)).squeeze(0));
                }
                const at::Tensor q_1NBH = add_keys(layer, begin, end);
                if (layer + 1 < layers) {
                    const Normed middle = after_attention(layer, q_1NBH, begin, begin, end);
                    stream_TD_.narrow(0, begin, end - begin).copy_(middle.stream_RD + mlp(layer, middle.normed_RD));
                    continue;
                }
                for (const PositionRange& range : scored_) {
                    const std::int64_t first = std::max(range.begin, begin), last = std::min(range.end, end);
                    if (first < last) {
                        losses.push_back(score(layer, q_1NBH, begin, first, last));
                    }
                }
            }
        }
        return losses.empty() ? at::empty({0}) : at::cat(losses);
    }

  private:
    void check() {
        std::int64_t before = 0;
        for (const PositionRange& range : scored_) {
            expects(range.begin >= before && range.end > range.begin && range.end <= length_, "scored positions ascend within the window");
            before = range.end;
        }
        needed_ = before;
        expects(!positions_T_.defined() || positions_T_.size(0) == length_, "every token of the window has a position");
        if (!scheme_.info().blockwise) {
            refuse(scheme_, "it has no form for a part of a window");
        }
        if (length_ > scheme_.longest_context()) {
            refuse(scheme_, "it ends at " + std::to_string(scheme_.longest_context()) + " tokens");
        }
        expects(!scheme_.changes_weights() && !scheme_.replaces_logits(), "block-wise attention is a softmax of products");
    }

    void begin_layer(std::int64_t layer) {
        bias_NT_ = scheme_.lag_bias(needed_, layer);
        if (bias_NT_.defined()) {
            if (positions_T_.defined()) {
                refuse(scheme_, "its bias goes by whole lags, and a sampler draws the positions");
            }
            bias_NT_ = bias_NT_.to(at::kFloat).flip(1).contiguous();
        }
        keys_1NTH_.reset();
    }

    void stand_at(std::int64_t begin, std::int64_t end) {
        Placement where;
        where.length = end - begin;
        where.positions_T = positions_T_.defined() ? positions_T_.narrow(0, begin, end - begin) : at::arange(begin, end, at::kDouble);
        where.part_of = length_;
        scheme_.begin(std::move(where));
    }

    /// Keys and values of the block join the layer's; answers its queries.
    at::Tensor add_keys(std::int64_t layer, std::int64_t begin, std::int64_t end) {
        const BlockWeights& block = network_.blocks[static_cast<std::size_t>(layer)];
        const Normed input = add_and_norm(stream_TD_.narrow(0, begin, end - begin), {}, block.attention_norm, network_.compute);
        const at::Tensor x_RD = scheme_.add_to_attention_input(input.normed_RD, layer);
        const at::Tensor x_1BD = x_RD.view({1, end - begin, network_.model.width});
        Heads heads = split_heads(apply_weight(x_RD, block.query_key_value), 1, network_.model.heads);
        if (network_.model.qk_norm) {
            heads.qk = {head_norm(heads.qk.q_BNTH, block.query_norm), head_norm(heads.qk.k_BNTH, block.key_norm)};
        }
        heads.qk = scheme_.transform(std::move(heads.qk), x_1BD, layer);
        if (scheme_.content_bias(x_1BD, heads.qk, layer).defined() || scheme_.static_bias(layer).defined() ||
            (!bias_NT_.defined() && scheme_.key_bias(x_1BD, layer).defined())) {
            refuse(scheme_, "its bias is not a function of the lag alone");
        }
        if (!keys_1NTH_.defined()) {
            const auto whole = [&](const at::Tensor& x) { return at::empty({1, x.size(1), needed_, x.size(3)}, x.options()); };
            keys_1NTH_ = whole(heads.qk.k_BNTH);
            values_1NTH_ = whole(heads.v_BNTH);
        }
        keys_1NTH_.narrow(2, begin, end - begin).copy_(heads.qk.k_BNTH);
        values_1NTH_.narrow(2, begin, end - begin).copy_(heads.v_BNTH);
        const at::Tensor temperature = scheme_.temperature(layer);
        return temperature.defined() ? heads.qk.q_BNTH.mul(temperature).to(heads.v_BNTH.scalar_type()) : heads.qk.q_BNTH;
    }

    /// Attention of the queries [first, last) of the block that begins at `begin`, added to the stream.
    Normed after_attention(std::int64_t layer, const at::Tensor& q_1NBH, std::int64_t begin, std::int64_t first, std::int64_t last) {
        const BlockWeights& block = network_.blocks[static_cast<std::size_t>(layer)];
        std::vector<std::int32_t> first_key;
        for (std::int64_t i = first; i < last; ++i) {
            first_key.push_back(static_cast<std::int32_t>(scheme_.first_key(i, layer)));
        }
        if (std::all_of(first_key.begin(), first_key.end(), [](std::int32_t key) { return key == 0; })) {
            first_key.clear();
        }
        const at::Tensor mixed_RD = block_attention(q_1NBH.narrow(2, first - begin, last - first), first, keys_1NTH_, values_1NTH_,
                                                    scheme_.scale(), bias_NT_, first_key);
        return add_and_norm(stream_TD_.narrow(0, first, last - first), apply_weight(mixed_RD, block.attention_output), block.mlp_norm,
                            network_.compute);
    }

    at::Tensor mlp(std::int64_t layer, const at::Tensor& normed_RD) const {
        const BlockWeights& block = network_.blocks[static_cast<std::size_t>(layer)];
        const at::Tensor hidden = apply_weight(normed_RD, block.mlp_input);
        return apply_weight(network_.model.activation == Activation::swiglu ? apply_swiglu(hidden) : apply_gelu(hidden), block.mlp_output);
    }

    at::Tensor score(std::int64_t layer, const at::Tensor& q_1NBH, std::int64_t begin, std::int64_t first, std::int64_t last) {
        const Normed middle = after_attention(layer, q_1NBH, begin, first, last);
        const Normed final = add_and_norm(middle.stream_RD, mlp(layer, middle.normed_RD), network_.final_norm, network_.compute);
        const at::Tensor targets_R = tokens_T1_.narrow(0, first + 1, last - first).to(device_);
        return cross_entropy(apply_weight(final.normed_RD, network_.head), targets_R).to(at::kCPU);
    }

    const Network& network_;
    PositionScheme& scheme_;
    std::span<const PositionRange> scored_;
    std::int64_t block_, length_;
    std::int64_t needed_ = 0;  // positions up to the last scored one
    at::Tensor tokens_T1_, positions_T_;
    at::Device device_;
    at::Tensor stream_TD_, keys_1NTH_, values_1NTH_, bias_NT_;
};

}  // namespace

at::Tensor block_attention(const at::Tensor& q_1NBH, std::int64_t begin, const at::Tensor& k_1NTH, const at::Tensor& v_1NTH,
                           double scale, const at::Tensor& bias_NT, const std::vector<std::int32_t>& first_key) {
    if (!q_1NBH.is_cpu()) {
        return attention_by_tiles(q_1NBH, begin, k_1NTH, v_1NTH, scale, bias_NT, first_key, 8192);
    }
    const std::int64_t heads = q_1NBH.size(1), rows = q_1NBH.size(2), width = v_1NTH.size(3);
    const at::Tensor q = q_1NBH.stride(3) == 1 ? q_1NBH : q_1NBH.contiguous();
    at::Tensor out_RD = at::empty({rows, heads * width}, v_1NTH.options());
    with_type_of(q, [&](auto type) {
        using T = decltype(type);
        at::parallel_for(0, heads, 1, [&](std::int64_t from, std::int64_t to) {
            BlockAttention attention(q.size(3), width);
            for (std::int64_t n = from; n < to; ++n) {
                BiasRows bias;
                if (bias_NT.defined()) {
                    bias = {data_of<float>(bias_NT) + (n + 1) * bias_NT.size(1) - 1, nullptr, -1};
                }
                attention.forward(head_rows<T>(q, n), begin, begin + rows, head_rows<T>(k_1NTH, n), head_rows<T>(v_1NTH, n),
                                  static_cast<float>(scale), bias, first_key.empty() ? nullptr : first_key.data(),
                                  HeadRows<T>{data_of<T>(out_RD) + n * width, heads * width});
            }
        });
    });
    return out_RD;
}

at::Tensor attention_by_tiles(const at::Tensor& q_1NBH, std::int64_t begin, const at::Tensor& k_1NTH, const at::Tensor& v_1NTH,
                              double scale, const at::Tensor& bias_NT, const std::vector<std::int32_t>& first_key, std::int64_t tile) {
    const std::int64_t rows = q_1NBH.size(2), end = begin + rows, length = k_1NTH.size(2);
    const at::TensorOptions index = at::TensorOptions(at::kLong).device(q_1NBH.device());
    const at::Tensor query_B1 = at::arange(begin, end, index).unsqueeze(1);
    const at::Tensor first_B1 = first_key.empty() ? at::zeros({rows, 1}, index) : at::tensor(first_key, at::kLong).to(q_1NBH.device()).unsqueeze(1);
    at::Tensor greatest = at::full({1, q_1NBH.size(1), rows, 1}, -3.0e38, q_1NBH.options().dtype(at::kFloat));
    at::Tensor normaliser = at::zeros_like(greatest), sums;
    for (std::int64_t from = 0; from < end; from += tile) {
        const std::int64_t keys = std::min(tile, end - from);
        const at::Tensor key_1K = at::arange(from, from + keys, index).unsqueeze(0);
        at::Tensor logits = at::matmul(q_1NBH, k_1NTH.narrow(2, from, keys).transpose(-2, -1)).to(at::kFloat).mul(scale);
        if (bias_NT.defined()) {
            const at::Tensor at_BK = (key_1K - query_B1 + (length - 1)).clamp_max(length - 1);
            logits = logits + bias_NT.index_select(1, at_BK.flatten()).view({1, -1, rows, keys});
        }
        logits.masked_fill_((key_1K > query_B1).logical_or(key_1K < first_B1), -std::numeric_limits<float>::infinity());
        const at::Tensor most = at::maximum(greatest, logits.amax(-1, true));
        const at::Tensor weights = logits.sub(most).exp(), shrink = greatest.sub(most).exp();
        normaliser = normaliser.mul(shrink) + weights.sum(-1, true);
        const at::Tensor mixed = at::matmul(weights.to(v_1NTH.scalar_type()), v_1NTH.narrow(2, from, keys)).to(at::kFloat);
        sums = sums.defined() ? sums.mul(shrink) + mixed : mixed;
        greatest = most;
    }
    return sums.div(normaliser).to(q_1NBH.scalar_type()).transpose(1, 2).reshape({rows, -1});
}

at::Tensor blockwise_loss(const Network& network, const at::Tensor& tokens_T1, std::span<const PositionRange> scored,
                          std::int64_t block, const at::Tensor& positions_T) {
    return Pass(network, tokens_T1, scored, block, positions_T).run();
}

}  // namespace overtake
