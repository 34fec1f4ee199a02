#include "sweeps/canonical_text.hpp"

#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "sweeps/errors.hpp"

namespace overtake {

std::string to_text(double value) {
    expects(std::isfinite(value), "a number in canonical text is finite");
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value == 0 ? 0.0 : value).ptr;
    return {buffer.data(), end};
}

std::string to_text(std::int64_t value) {
    return std::to_string(value);
}

std::string to_text(bool value) {
    return value ? "true" : "false";
}

std::string to_text(const OptionValue& value) {
    if (const auto* flag = std::get_if<bool>(&value)) {
        return to_text(*flag);
    }
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        return to_text(*integer);
    }
    if (const auto* number = std::get_if<double>(&value)) {
        return to_text(*number);
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
        return *text;
    }
    std::string joined = "[";
    for (const double number : std::get<std::vector<double>>(value)) {
        joined += (joined.size() > 1 ? "," : "") + to_text(number);
    }
    return joined + "]";
}

void CanonicalText::set(const std::string& key, const std::string& value) {
    std::string escaped;
    for (const char c : value) {
        if (c == '\\') {
            escaped += "\\\\";
        } else if (c == '\n') {
            escaped += "\\n";
        } else {
            escaped += c;
        }
    }
    expects(values_.emplace(key, escaped).second, "a key of canonical text is set once");
}

void CanonicalText::set(const std::string& key, const std::vector<std::int64_t>& values) {
    std::string joined;
    for (const std::int64_t value : values) {
        joined += joined.empty() ? "" : ",";
        joined += to_text(value);
    }
    set(key, joined);
}

void CanonicalText::set(const std::string& prefix, const Options& options) {
    for (const auto& [name, value] : options) {
        set(prefix + "." + name, to_text(value));
    }
}

std::string CanonicalText::text(std::string_view title) const {
    std::string all(title);
    all += '\n';
    for (const auto& [key, value] : values_) {
        all += key + "=" + value + "\n";
    }
    return all;
}

std::string sha256_hex(std::string_view bytes, std::size_t digits) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
        throw std::runtime_error("OpenSSL could not compute a SHA-256 digest");
    }
    std::string hex;
    for (unsigned int i = 0; i < size; ++i) {
        hex += "0123456789abcdef"[digest[i] >> 4];
        hex += "0123456789abcdef"[digest[i] & 15];
    }
    return hex.substr(0, digits);
}

}  // namespace overtake
