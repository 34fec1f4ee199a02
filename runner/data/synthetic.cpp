#include "runner/data/synthetic.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "runner/data/random_stream.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

constexpr std::int64_t successors = 16;

/// Writes one token after the other; knows the passage that it is in.
class Speaker {
  public:
    Speaker(const SyntheticOptions& options, std::int64_t vocabulary)
        : vocabulary_{vocabulary},
          random_(mix_bits(options.seed)),
          table_(static_cast<std::size_t>(vocabulary_.words())) {
        for (auto& row : table_) {
            for (std::int64_t& word : row) {
                word = vocabulary_.first_word() + random_.below(vocabulary_.words());
            }
        }
    }

    SyntheticText speak(std::int64_t tokens) {
        SyntheticText said;
        std::vector<std::int64_t>& text = said.tokens;
        text.reserve(static_cast<std::size_t>(tokens));
        while (static_cast<std::int64_t>(text.size()) < tokens) {
            said.passage_starts.push_back(static_cast<std::int64_t>(text.size()));
            passage_.clear();
            const std::int64_t length = SyntheticVocabulary::beat * (16 + random_.below(112));
            for (std::int64_t p = 0; p < length; ++p) {
                passage_.push_back(next(p));
            }
            const auto room = static_cast<std::size_t>(tokens) - text.size();
            text.insert(text.end(), passage_.begin(),
                        passage_.begin() + static_cast<std::ptrdiff_t>(std::min(passage_.size(), room)));
        }
        return said;
    }

  private:
    std::int64_t next(std::int64_t p) {
        if (p % SyntheticVocabulary::beat == 0) {
            return p / SyntheticVocabulary::beat % vocabulary_.clocks();
        }
        const std::int64_t before = at(p - 1);
        if (vocabulary_.is_cue(before)) {
            return at(p - vocabulary_.distance(before));
        }
        if (vocabulary_.is_word(before)) {
            word_ = before;
        }
        if ((p + 1) % SyntheticVocabulary::beat != 0 && random_.below(4) == 0) {
            const std::int64_t cue = vocabulary_.first_cue() + random_.below(SyntheticVocabulary::cues);
            const std::int64_t target = p + 1 - vocabulary_.distance(cue);
            if (target >= 0 && vocabulary_.is_word(at(target))) {
                return cue;
            }
        }
        const auto& row = table_[static_cast<std::size_t>(word_ - vocabulary_.first_word())];
        const int rank = std::countr_one(random_.next() >> 49);
        return row[static_cast<std::size_t>(std::min<std::int64_t>(rank, successors - 1))];
    }

    std::int64_t at(std::int64_t p) const { return passage_[static_cast<std::size_t>(p)]; }

    SyntheticVocabulary vocabulary_;
    RandomStream random_;
    std::vector<std::array<std::int64_t, successors>> table_;
    std::vector<std::int64_t> passage_;
    std::int64_t word_ = vocabulary_.first_word();  // the last word that was said
};

}  // namespace

SyntheticText synthetic_text(const SyntheticOptions& options, std::int64_t vocabulary) {
    expects(vocabulary >= least_synthetic_vocabulary, "the synthetic vocabulary has room for words");
    expects(options.tokens >= 0, "the size is not negative");
    return Speaker(options, vocabulary).speak(options.tokens);
}

}  // namespace overtake
