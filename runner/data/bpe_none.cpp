#include "runner/data/bpe.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

struct BpeTokenizer::Processor {};

namespace {
[[noreturn]] void refuse() {
    throw IoError(
        "cannot tokenize with \"bpe\" (this program was built without SentencePiece); use tokenizer = \"bytes\", or "
        "install "
        "libsentencepiece-dev and build again");
}
}  // namespace

std::string train_bpe(const TextStream&, std::int64_t, std::int64_t) {
    refuse();
}
BpeTokenizer::BpeTokenizer(std::string_view) {
    refuse();
}
BpeTokenizer::~BpeTokenizer() = default;
BpeTokenizer::BpeTokenizer(BpeTokenizer&&) noexcept = default;
BpeTokenizer& BpeTokenizer::operator=(BpeTokenizer&&) noexcept = default;
std::int64_t BpeTokenizer::vocabulary() const {
    refuse();
}
std::vector<std::int64_t> BpeTokenizer::encode(std::string_view) const {
    refuse();
}
std::string BpeTokenizer::decode(const std::vector<std::int64_t>&) const {
    refuse();
}
std::int64_t BpeTokenizer::piece_bytes(std::int64_t) const {
    refuse();
}

}  // namespace overtake
