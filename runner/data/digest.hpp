// SHA-256 of bytes that arrive in pieces.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace overtake {

using Sha256Value = std::array<std::byte, 32>;

class Sha256 {
  public:
    Sha256();
    ~Sha256();
    void add(std::span<const std::byte> bytes);
    void add(std::string_view text);
    /// Ends the sum; nothing may be added after it.
    Sha256Value finish();

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

/// Lower-case, two digits a byte.
std::string to_hex(std::span<const std::byte> bytes);

}  // namespace overtake
