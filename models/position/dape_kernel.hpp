// DAPE's network across heads on one core: forward and backward over a run of keys, hidden units never stored.
#pragma once

#include <cstdint>
#include <vector>

namespace overtake {

/// y_O = second leaky_relu(first x_I + first_bias) + second_bias, leaky slope 0.01; fp32, row-major.
struct PairNetwork {
    const float* first;        // [hidden, inputs]
    const float* first_bias;   // [hidden]
    const float* second;       // [outputs, hidden]
    const float* second_bias;  // [outputs]
    std::int64_t inputs, hidden, outputs;
};

/// Gradients of the network's numbers, each in the layout of PairNetwork, added to.
struct PairNetworkGradients {
    float *first, *first_bias, *second, *second_bias;
};

/// Numbers of one channel after another: channel c of key k is data[c * channel_floats + k].
template <class T>
struct PairChannels {
    T* data;
    std::int64_t channel_floats;
};

/// Scratch of one thread. Keys come in strips of 16: channels have room for whole strips, and what lies beyond `keys` is finite.
class PairNetworkKernel {
  public:
    explicit PairNetworkKernel(const PairNetwork& network);

    static constexpr std::int64_t strip = 16;
    static std::int64_t padded(std::int64_t keys) { return (keys + strip - 1) / strip * strip; }

    /// Outputs of all strips are written.
    void forward(PairChannels<const float> inputs, std::int64_t keys, PairChannels<float> outputs) const;

    /// d_inputs are written, gradients of the network kept until add_gradients. d_outputs beyond `keys` are zeros.
    void backward(PairChannels<const float> inputs, PairChannels<const float> d_outputs, std::int64_t keys, PairChannels<float> d_inputs);

    /// Adds what `backward` kept, and forgets it.
    void add_gradients(const PairNetworkGradients& gradients);

  private:
    PairNetwork network_;
    std::vector<float> d_first_, d_second_, d_first_bias_, d_second_bias_;  // one strip for each number
};

}  // namespace overtake
