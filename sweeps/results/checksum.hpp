// SHA-256 over what a file says, so that a bit that flipped on disk is noticed when it is read.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace overtake {

/// Fed with one item after another: its name, a NUL, its size in bytes as a little-endian uint64, its bytes.
/// Source: FIPS 180-4, by way of OpenSSL.
class Checksum {
  public:
    Checksum();
    void add(std::string_view name, std::span<const std::byte> bytes);
    /// 64 hex digits; nothing may be added afterwards.
    std::string finish();

  private:
    std::shared_ptr<void> context_;
};

}  // namespace overtake
