#include "models/position/dape_kernel.hpp"

#include <algorithm>

#include "models/vector_math.hpp"

namespace overtake {

namespace {

using Lanes = float __attribute__((vector_size(16 * sizeof(float)), aligned(4), may_alias));
constexpr float slope = 0.01F;

OVERTAKE_INLINE Lanes& lanes(float* at) { return *reinterpret_cast<Lanes*>(at); }
OVERTAKE_INLINE const Lanes& lanes(const float* at) { return *reinterpret_cast<const Lanes*>(at); }

struct Strip {
    const float* x;
    std::int64_t x_stride;
};

/// Hidden units unit .. unit + U before their activation.
template <int U>
OVERTAKE_INLINE void hidden_units(const PairNetwork& net, const Strip& at, std::int64_t unit, Lanes (&sum)[U]) {
    for (int u = 0; u < U; ++u) {
        sum[u] = Lanes{} + net.first_bias[unit + u];
    }
    for (std::int64_t i = 0; i < net.inputs; ++i) {
        const Lanes x = lanes(at.x + i * at.x_stride);
#pragma GCC unroll 8
        for (int u = 0; u < U; ++u) {
            sum[u] += net.first[(unit + u) * net.inputs + i] * x;
        }
    }
}

template <int U>
OVERTAKE_INLINE void forward_units(const PairNetwork& net, const Strip& at, std::int64_t unit, float* y, std::int64_t y_stride) {
    Lanes hidden[U];
    hidden_units<U>(net, at, unit, hidden);
    for (int u = 0; u < U; ++u) {
        hidden[u] = hidden[u] > 0 ? hidden[u] : slope * hidden[u];
    }
    for (std::int64_t o = 0; o < net.outputs; ++o) {
        Lanes sum = lanes(y + o * y_stride);
#pragma GCC unroll 8
        for (int u = 0; u < U; ++u) {
            sum += net.second[o * net.hidden + unit + u] * hidden[u];
        }
        lanes(y + o * y_stride) = sum;
    }
}

OVERTAKE_VECTORISED void forward_strip(const PairNetwork& net, const float* x, std::int64_t x_stride, float* y, std::int64_t y_stride) {
    const Strip at{x, x_stride};
    for (std::int64_t o = 0; o < net.outputs; ++o) {
        lanes(y + o * y_stride) = Lanes{} + net.second_bias[o];
    }
    std::int64_t unit = 0;
    for (; unit + 4 <= net.hidden; unit += 4) {
        forward_units<4>(net, at, unit, y, y_stride);
    }
    for (; unit < net.hidden; ++unit) {
        forward_units<1>(net, at, unit, y, y_stride);
    }
}

/// Sums of gradients, a strip of partial ones for each number.
struct Sums {
    float *first, *first_bias, *second, *second_bias;
};

template <int U>
OVERTAKE_INLINE void backward_units(const PairNetwork& net, const Strip& at, std::int64_t unit, const float* d_y, std::int64_t d_y_stride,
                                    float* d_x, std::int64_t d_x_stride, const Sums& sums) {
    constexpr std::int64_t strip = PairNetworkKernel::strip;
    Lanes before[U], d_hidden[U], hidden[U];
    hidden_units<U>(net, at, unit, before);
    for (int u = 0; u < U; ++u) {
        hidden[u] = before[u] > 0 ? before[u] : slope * before[u];
        d_hidden[u] = Lanes{};
    }
    for (std::int64_t o = 0; o < net.outputs; ++o) {
        const Lanes d_out = lanes(d_y + o * d_y_stride);
#pragma GCC unroll 8
        for (int u = 0; u < U; ++u) {
            const std::int64_t weight = o * net.hidden + unit + u;
            d_hidden[u] += net.second[weight] * d_out;
            lanes(sums.second + weight * strip) += d_out * hidden[u];
        }
    }
    for (int u = 0; u < U; ++u) {
        d_hidden[u] = before[u] > 0 ? d_hidden[u] : slope * d_hidden[u];
        lanes(sums.first_bias + (unit + u) * strip) += d_hidden[u];
    }
    for (std::int64_t i = 0; i < net.inputs; ++i) {
        const Lanes x = lanes(at.x + i * at.x_stride);
        Lanes d = lanes(d_x + i * d_x_stride);
#pragma GCC unroll 8
        for (int u = 0; u < U; ++u) {
            const std::int64_t weight = (unit + u) * net.inputs + i;
            d += net.first[weight] * d_hidden[u];
            lanes(sums.first + weight * strip) += d_hidden[u] * x;
        }
        lanes(d_x + i * d_x_stride) = d;
    }
}

OVERTAKE_VECTORISED void backward_strip(const PairNetwork& net, const float* x, std::int64_t x_stride, const float* d_y,
                                        std::int64_t d_y_stride, float* d_x, std::int64_t d_x_stride, const Sums& sums) {
    const Strip at{x, x_stride};
    for (std::int64_t i = 0; i < net.inputs; ++i) {
        lanes(d_x + i * d_x_stride) = Lanes{};
    }
    for (std::int64_t o = 0; o < net.outputs; ++o) {
        lanes(sums.second_bias + o * PairNetworkKernel::strip) += lanes(d_y + o * d_y_stride);
    }
    std::int64_t unit = 0;
    for (; unit + 4 <= net.hidden; unit += 4) {
        backward_units<4>(net, at, unit, d_y, d_y_stride, d_x, d_x_stride, sums);
    }
    for (; unit < net.hidden; ++unit) {
        backward_units<1>(net, at, unit, d_y, d_y_stride, d_x, d_x_stride, sums);
    }
}

void add_and_clear(std::vector<float>& sums, float* to) {
    for (std::size_t i = 0; i < sums.size(); i += PairNetworkKernel::strip, ++to) {
        for (std::size_t lane = 0; lane < PairNetworkKernel::strip; ++lane) {
            *to += sums[i + lane];
        }
    }
    std::fill(sums.begin(), sums.end(), 0.0F);
}

}  // namespace

PairNetworkKernel::PairNetworkKernel(const PairNetwork& network) : network_(network) {
    const auto strips = [](std::vector<float>& sums, std::int64_t numbers) { sums.assign(static_cast<std::size_t>(numbers * strip), 0.0F); };
    strips(d_first_, network.hidden * network.inputs);
    strips(d_first_bias_, network.hidden);
    strips(d_second_, network.outputs * network.hidden);
    strips(d_second_bias_, network.outputs);
}

void PairNetworkKernel::forward(PairChannels<const float> inputs, std::int64_t keys, PairChannels<float> outputs) const {
    for (std::int64_t key = 0; key < keys; key += strip) {
        forward_strip(network_, inputs.data + key, inputs.channel_floats, outputs.data + key, outputs.channel_floats);
    }
}

void PairNetworkKernel::backward(PairChannels<const float> inputs, PairChannels<const float> d_outputs, std::int64_t keys,
                                 PairChannels<float> d_inputs) {
    const Sums sums{d_first_.data(), d_first_bias_.data(), d_second_.data(), d_second_bias_.data()};
    for (std::int64_t key = 0; key < keys; key += strip) {
        backward_strip(network_, inputs.data + key, inputs.channel_floats, d_outputs.data + key, d_outputs.channel_floats,
                       d_inputs.data + key, d_inputs.channel_floats, sums);
    }
}

void PairNetworkKernel::add_gradients(const PairNetworkGradients& gradients) {
    add_and_clear(d_first_, gradients.first);
    add_and_clear(d_first_bias_, gradients.first_bias);
    add_and_clear(d_second_, gradients.second);
    add_and_clear(d_second_bias_, gradients.second_bias);
}

}  // namespace overtake
