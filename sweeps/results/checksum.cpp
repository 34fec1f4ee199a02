#include "sweeps/results/checksum.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstdint>

#include "sweeps/errors.hpp"

namespace overtake {

namespace {
EVP_MD_CTX* as_context(const std::shared_ptr<void>& context) {
    return static_cast<EVP_MD_CTX*>(context.get());
}
}  // namespace

Checksum::Checksum()
    : context_(EVP_MD_CTX_new(), [](void* context) { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context)); }) {
    expects(context_ != nullptr && EVP_DigestInit_ex(as_context(context_), EVP_sha256(), nullptr) == 1,
            "OpenSSL offers SHA-256");
}

void Checksum::add(std::string_view name, std::span<const std::byte> bytes) {
    const std::uint64_t size = bytes.size();
    const bool added = EVP_DigestUpdate(as_context(context_), name.data(), name.size()) == 1 &&
                       EVP_DigestUpdate(as_context(context_), "", 1) == 1 &&
                       EVP_DigestUpdate(as_context(context_), &size, sizeof size) == 1 &&
                       EVP_DigestUpdate(as_context(context_), bytes.data(), bytes.size()) == 1;
    expects(added, "SHA-256 takes more bytes");
}

std::string Checksum::finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    expects(EVP_DigestFinal_ex(as_context(context_), digest.data(), &length) == 1, "SHA-256 finishes once");
    std::string text;
    for (unsigned i = 0; i < length; ++i) {
        text += "0123456789abcdef"[digest[i] >> 4];
        text += "0123456789abcdef"[digest[i] & 15];
    }
    return text;
}

}  // namespace overtake
