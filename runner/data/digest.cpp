#include "runner/data/digest.hpp"

#include <openssl/evp.h>

#include "sweeps/errors.hpp"

namespace overtake {

struct Sha256::Context {
    EVP_MD_CTX* handle = EVP_MD_CTX_new();
    ~Context() { EVP_MD_CTX_free(handle); }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
    expects(context_->handle != nullptr && EVP_DigestInit_ex(context_->handle, EVP_sha256(), nullptr) == 1,
            "OpenSSL offers SHA-256");
}

Sha256::~Sha256() = default;

void Sha256::add(std::span<const std::byte> bytes) {
    expects(EVP_DigestUpdate(context_->handle, bytes.data(), bytes.size()) == 1, "SHA-256 takes more bytes");
}

void Sha256::add(std::string_view text) {
    add(std::as_bytes(std::span(text)));
}

Sha256Value Sha256::finish() {
    Sha256Value value;
    expects(EVP_DigestFinal_ex(context_->handle, reinterpret_cast<unsigned char*>(value.data()), nullptr) == 1,
            "SHA-256 ends once");
    return value;
}

std::string to_hex(std::span<const std::byte> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::byte byte : bytes) {
        text += digits[std::to_integer<std::size_t>(byte >> 4)];
        text += digits[std::to_integer<std::size_t>(byte & std::byte{15})];
    }
    return text;
}

}  // namespace overtake
