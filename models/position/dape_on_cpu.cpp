#include "models/position/dape_on_cpu.hpp"

#include <algorithm>
#include <vector>

#include "models/matrix_kernel.hpp"
#include "models/position/dape_kernel.hpp"
#include "models/tensor_data.hpp"

namespace overtake {

namespace {

at::Tensor plain(const at::Tensor& x) { return x.contiguous(); }

/// One sequence: tiles of queries with the keys that they may see, all heads' channels of a pair beside one another.
class Sequence {
  public:
    Sequence(const at::Tensor& q, const at::Tensor& k, const at::Tensor& base, std::int64_t batch)
        : heads_(q.size(1)),
          length_(q.size(2)),
          width_(q.size(3)),
          row_floats_(((length_ + Panels::width - 1) / Panels::width | 1) * Panels::width),
          q_(data_of<float>(q) + batch * q.stride(0)),
          k_(data_of<float>(k) + batch * k.stride(0)),
          base_(data_of<float>(base) + (base.size(0) > 1 ? batch * base.stride(0) : 0)),
          inputs_(static_cast<std::size_t>(2 * heads_ * tile * row_floats_)),
          keys_(static_cast<std::size_t>(heads_)) {
        for (std::int64_t head = 0; head < heads_; ++head) {
            keys_[static_cast<std::size_t>(head)].pack(k_of(head), 1, width_, width_, length_);
        }
    }

    static constexpr std::int64_t tile = 16;  // queries at a time

    std::int64_t heads() const { return heads_; }
    std::int64_t length() const { return length_; }
    std::int64_t width() const { return width_; }
    std::int64_t row_floats() const { return row_floats_; }
    std::int64_t channel_floats() const { return tile * row_floats_; }
    const float* q_of(std::int64_t head) const { return q_ + head * length_ * width_; }
    const float* k_of(std::int64_t head) const { return k_ + head * length_ * width_; }
    const float* base_row(std::int64_t head, std::int64_t query) const { return base_ + (head * length_ + query) * length_; }

    /// Logits and base of queries begin..end.
    void form(std::int64_t begin, std::int64_t end) {
        for (std::int64_t head = 0; head < heads_; ++head) {
            multiply({q_of(head) + begin * width_, width_, 1}, end - begin, keys_[static_cast<std::size_t>(head)], 0, width_, 0,
                     (end + Panels::width - 1) / Panels::width, inputs_.data() + head * channel_floats(), row_floats_, false, true);
            for (std::int64_t query = begin; query < end; ++query) {
                float* to = inputs_.data() + (heads_ + head) * channel_floats() + (query - begin) * row_floats_;
                std::copy_n(base_row(head, query), query + 1, to);
                std::fill(to + query + 1, to + PairNetworkKernel::padded(query + 1), 0.0F);
            }
        }
    }
    PairChannels<const float> inputs(std::int64_t row) const { return {inputs_.data() + row * row_floats_, channel_floats()}; }

  private:
    std::int64_t heads_, length_, width_, row_floats_;
    const float *q_, *k_, *base_;
    std::vector<float> inputs_;  // [2 heads, tile, row_floats]: logits, then base
    std::vector<Panels> keys_;
};

PairNetwork network_of(const at::Tensor& first, const at::Tensor& first_bias, const at::Tensor& second, const at::Tensor& second_bias) {
    return {.first = data_of<float>(first),
            .first_bias = data_of<float>(first_bias),
            .second = data_of<float>(second),
            .second_bias = data_of<float>(second_bias),
            .inputs = first.size(1),
            .hidden = first.size(0),
            .outputs = second.size(0)};
}

struct CorrectedBias : torch::autograd::Function<CorrectedBias> {
    static at::Tensor forward(AutogradContext* context, const at::Tensor& given_q, const at::Tensor& given_k, const at::Tensor& given_base,
                              const at::Tensor& first, const at::Tensor& first_bias, const at::Tensor& second,
                              const at::Tensor& second_bias) {
        const at::Tensor q = plain(given_q), k = plain(given_k), base = plain(given_base);
        const variable_list weights{plain(first), plain(first_bias), plain(second), plain(second_bias)};
        const std::int64_t heads = q.size(1), length = q.size(2);
        at::Tensor bias = at::zeros({q.size(0), heads, length, length}, q.options());
        auto* all = data_of<float>(bias);
        at::parallel_for(0, q.size(0), 1, [&](std::int64_t first_sequence, std::int64_t last_sequence) {
            for (std::int64_t b = first_sequence; b < last_sequence; ++b) {
                Sequence sequence(q, k, base, b);
                const PairNetworkKernel kernel(network_of(weights[0], weights[1], weights[2], weights[3]));
                std::vector<float> out(static_cast<std::size_t>(heads * sequence.row_floats()));
                for (std::int64_t begin = 0; begin < length; begin += Sequence::tile) {
                    const std::int64_t end = std::min(begin + Sequence::tile, length);
                    sequence.form(begin, end);
                    for (std::int64_t query = begin; query < end; ++query) {
                        kernel.forward(sequence.inputs(query - begin), query + 1, {out.data(), sequence.row_floats()});
                        for (std::int64_t head = 0; head < heads; ++head) {
                            float* to = all + ((b * heads + head) * length + query) * length;
                            const float *correction = out.data() + head * sequence.row_floats(), *own = sequence.base_row(head, query);
                            for (std::int64_t key = 0; key <= query; ++key) {
                                to[key] = own[key] + correction[key];
                            }
                        }
                    }
                }
            }
        });
        context->save_for_backward({q, k, base, weights[0], weights[1], weights[2], weights[3]});
        context->saved_data["base"] = given_base.requires_grad();
        return bias;
    }

    /// One sequence's gradients; d_base is null if it isn't wanted.
    static void backward_of(Sequence& sequence, PairNetworkKernel& kernel, const float* d_bias, float* d_q, float* d_k, float* d_base) {
        const std::int64_t heads = sequence.heads(), length = sequence.length(), width = sequence.width(), row_floats = sequence.row_floats();
        const std::int64_t padded_width = (width + Panels::width - 1) / Panels::width * Panels::width;
        const auto room = [](std::int64_t floats) { return std::vector<float>(static_cast<std::size_t>(floats)); };
        std::vector<float> d_out = room(heads * row_floats), d_inputs = room(2 * heads * sequence.channel_floats());
        std::vector<float> product = room(Sequence::tile * padded_width), d_keys = room(heads * length * padded_width);
        std::vector<Panels> k_panels(static_cast<std::size_t>(heads)), q_panels(static_cast<std::size_t>(heads));
        for (std::int64_t head = 0; head < heads; ++head) {
            k_panels[static_cast<std::size_t>(head)].pack(sequence.k_of(head), width, 1, length, width);
            q_panels[static_cast<std::size_t>(head)].pack(sequence.q_of(head), width, 1, length, width);
        }
        for (std::int64_t begin = 0; begin < length; begin += Sequence::tile) {
            const std::int64_t end = std::min(begin + Sequence::tile, length);
            sequence.form(begin, end);
            for (std::int64_t query = begin; query < end; ++query) {
                const std::int64_t keys = query + 1, whole = PairNetworkKernel::padded(keys);
                for (std::int64_t head = 0; head < heads; ++head) {
                    float* to = d_out.data() + head * row_floats;
                    std::copy_n(d_bias + (head * length + query) * length, keys, to);
                    std::fill(to + keys, to + whole, 0.0F);
                }
                float* d_row = d_inputs.data() + (query - begin) * row_floats;
                kernel.backward(sequence.inputs(query - begin), {d_out.data(), row_floats}, keys, {d_row, sequence.channel_floats()});
                for (std::int64_t head = 0; head < heads; ++head) {
                    float* d_logits = d_row + head * sequence.channel_floats();
                    std::fill(d_logits + whole, d_logits + std::max(whole, end), 0.0F);
                    if (d_base != nullptr) {
                        const float* through = d_row + (heads + head) * sequence.channel_floats();
                        float* to = d_base + (head * length + query) * length;
                        for (std::int64_t key = 0; key < keys; ++key) {
                            to[key] = d_out[static_cast<std::size_t>(head * row_floats + key)] + through[key];
                        }
                    }
                }
            }
            for (std::int64_t head = 0; head < heads; ++head) {
                const float* d_logits = d_inputs.data() + head * sequence.channel_floats();
                const Panels &own_k = k_panels[static_cast<std::size_t>(head)], &own_q = q_panels[static_cast<std::size_t>(head)];
                multiply({d_logits, row_floats, 1}, end - begin, own_k, 0, end, 0, own_k.count(), product.data(), padded_width, false, true);
                for (std::int64_t query = begin; query < end; ++query) {
                    std::copy_n(product.data() + (query - begin) * padded_width, width, d_q + (head * length + query) * width);
                }
                multiply({d_logits, 1, row_floats}, end, own_q, begin, end, 0, own_q.count(), d_keys.data() + head * length * padded_width,
                         padded_width, true, true);
            }
        }
        for (std::int64_t row = 0; row < heads * length; ++row) {
            std::copy_n(d_keys.data() + row * padded_width, width, d_k + row * width);
        }
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor &q = saved[0], &k = saved[1], &base = saved[2], d_bias = plain(gradients[0]);
        const std::int64_t batch = q.size(0), matrix = q.size(1) * q.size(2) * q.size(2), rows = q.size(1) * q.size(2) * q.size(3);
        const bool wants_base = context->saved_data["base"].toBool();
        at::Tensor d_q = at::empty_like(q), d_k = at::empty_like(k), d_base = wants_base ? at::zeros_like(d_bias) : at::Tensor();
        variable_list by_sequence;  // of the weights, [B, ...]: added up in one order, whoever made them
        for (std::size_t weight = 3; weight < 7; ++weight) {
            std::vector<std::int64_t> shape = saved[weight].sizes().vec();
            shape.insert(shape.begin(), batch);
            by_sequence.push_back(at::zeros(shape, q.options()));
        }
        const auto own = [&](std::size_t weight, std::int64_t b) { return data_of<float>(by_sequence[weight]) + b * by_sequence[weight].stride(0); };
        at::parallel_for(0, batch, 1, [&](std::int64_t first_sequence, std::int64_t last_sequence) {
            for (std::int64_t b = first_sequence; b < last_sequence; ++b) {
                Sequence sequence(q, k, base, b);
                PairNetworkKernel kernel(network_of(saved[3], saved[4], saved[5], saved[6]));
                backward_of(sequence, kernel, data_of<float>(d_bias) + b * matrix, data_of<float>(d_q) + b * rows,
                            data_of<float>(d_k) + b * rows, wants_base ? data_of<float>(d_base) + b * matrix : nullptr);
                kernel.add_gradients({own(0, b), own(1, b), own(2, b), own(3, b)});
            }
        });
        if (wants_base && base.size(0) == 1) {
            d_base = d_base.sum(0, true);
        }
        return {d_q, d_k, d_base, by_sequence[0].sum(0), by_sequence[1].sum(0), by_sequence[2].sum(0), by_sequence[3].sum(0)};
    }
};

}  // namespace

at::Tensor dape_bias(const at::Tensor& q_BNTH, const at::Tensor& k_BNTH, const at::Tensor& base_BNTT, const at::Tensor& first,
                     const at::Tensor& first_bias, const at::Tensor& second, const at::Tensor& second_bias) {
    return CorrectedBias::apply(q_BNTH, k_BNTH, base_BNTT, first, first_bias, second, second_bias);
}

}  // namespace overtake
