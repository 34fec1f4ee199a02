// Canonical text: the same values always give the same bytes, whose hash is an id.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sweeps/trial_config.hpp"

namespace overtake {

/// Shortest decimal text that reads back as the same number (std::to_chars); "inf" and "nan" are a broken promise.
std::string to_text(double value);
std::string to_text(std::int64_t value);
std::string to_text(bool value);
std::string to_text(const OptionValue& value);  // a list as [1,2.5]

/// "key=value" lines under a title, sorted by key. A key is set once.
class CanonicalText {
  public:
    void set(const std::string& key, const std::string& value);  // '\' and line ends are escaped
    void set(const std::string& key, const char* value) { set(key, std::string(value)); }
    void set(const std::string& key, std::string_view value) { set(key, std::string(value)); }
    void set(const std::string& key, double value) { set(key, to_text(value)); }
    void set(const std::string& key, std::int64_t value) { set(key, to_text(value)); }
    void set(const std::string& key, int value) { set(key, to_text(std::int64_t{value})); }
    void set(const std::string& key, bool value) { set(key, to_text(value)); }
    void set(const std::string& key, const std::vector<std::int64_t>& values);  // separated by commas
    void set(const std::string& prefix, const Options& options);                // prefix.name each

    /// `title` on the first line, then every key; each line ends with '\n'.
    std::string text(std::string_view title) const;

  private:
    std::map<std::string, std::string> values_;
};

/// The first `digits` lower-case hex digits (at most 64) of SHA-256 (FIPS 180-4).
std::string sha256_hex(std::string_view bytes, std::size_t digits = 64);

}  // namespace overtake
