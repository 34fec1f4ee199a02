// What our CPU loops share: the bf16 type, an exponential that compilers vectorise, and one build of a loop per instruction set.
#pragma once

#include <bit>
#include <cstdint>

// A function marked so is compiled for several instruction sets and the best one is taken when the program is loaded. The
// sanitizers' start-up comes too late for that choice, so under them there is one.
#if defined(__x86_64__) && defined(__GNUC__) && __GNUC__ >= 12 && !defined(__SANITIZE_ADDRESS__)
#define OVERTAKE_VECTORISED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define OVERTAKE_VECTORISED
#endif
#define OVERTAKE_INLINE __attribute__((always_inline)) inline

namespace overtake {

/// A bfloat16 number: the upper half of an fp32 one, rounded to nearest even.
struct Bf16 {
    std::uint16_t bits;
};

OVERTAKE_INLINE float to_float(float x) { return x; }
OVERTAKE_INLINE float to_float(Bf16 x) { return std::bit_cast<float>(static_cast<std::uint32_t>(x.bits) << 16); }

OVERTAKE_INLINE void put(float& to, float x) { to = x; }
OVERTAKE_INLINE void put(Bf16& to, float x) {
    const auto bits = std::bit_cast<std::uint32_t>(x);
    to.bits = static_cast<std::uint16_t>((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16);
}

/// e^x within 2 units in the last place for -87 <= x <= 88, the value at the bound beyond; not-a-number stays so.
/// Polynomial: Moshier's Cephes, expf.
OVERTAKE_INLINE float exp_of(float x) {
    x = x < -87.0F ? -87.0F : x;
    x = x > 88.0F ? 88.0F : x;
    constexpr float to_integer = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer in the low bits
    const float shifted = x * 1.44269504F + to_integer;
    const float n = shifted - to_integer;
    const float r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
    float p = 1.9875691500e-4F;
    p = p * r + 1.3981999507e-3F;
    p = p * r + 8.3334519073e-3F;
    p = p * r + 4.1665795894e-2F;
    p = p * r + 1.6666665459e-1F;
    p = p * r + 5.0000001201e-1F;
    const float fraction = p * r * r + r + 1.0F;
    const std::uint32_t exponent = std::bit_cast<std::uint32_t>(shifted) - 0x4b400000U + 127U;
    return fraction * std::bit_cast<float>(exponent << 23);
}

OVERTAKE_INLINE float sigmoid_of(float x) { return 1.0F / (1.0F + exp_of(-x)); }

}  // namespace overtake
