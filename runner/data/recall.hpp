// Keys and questions planted into text at exact distances, to see how far back a model remembers.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "runner/data/marks.hpp"
#include "runner/data/random_stream.hpp"

namespace overtake {

/// Stands between a text and what takes its tokens. It inserts lines "the key of qtzf is 4821" and later, in the same
/// document, "recall qtzf: 4821": four random letters, four random digits. The value's first token in the second line
/// comes exactly `distance` tokens after the one in the first, each distance of the list equally often where the
/// document goes on for so long. A key begins every so many tokens, at random, that about `share` of all tokens are
/// planted. Lines never overlap; they may cut a line of the text. Keys whose question the document's end cuts off stay
/// without one. What is planted is a function of the text's length and the options alone.
class RecallPlanter {
  public:
    using Encode = std::function<std::vector<std::int64_t>(std::string_view)>;
    using Put = std::function<void(std::span<const std::int64_t>)>;

    /// share in (0, 0.5]; every distance is at least 32 tokens.
    RecallPlanter(double share, std::vector<std::int64_t> distances, Encode encode, Put put);

    void begin_document() { questions_.clear(); }
    void append(std::span<const std::int64_t> text);
    /// Of all that was asked so far, ascending.
    const std::vector<PlantedAnswer>& answers() const { return answers_; }

  private:
    using Ids = std::vector<std::int64_t>;
    struct Question {
        Ids words, value;
        std::int64_t distance, key_begin;
        std::int64_t size(std::size_t newline) const {
            return static_cast<std::int64_t>(words.size() + value.size() + newline);
        }
    };

    void plant_key();
    void ask();
    bool is_free(std::int64_t begin, std::int64_t end) const;
    void write(std::span<const std::int64_t> ids);
    std::int64_t gap(std::int64_t pair_tokens);

    double share_;
    std::vector<std::int64_t> distances_;
    Encode encode_;
    Put put_;
    Ids newline_;
    RandomStream random_{0x7265'63616C6CULL};
    std::int64_t place_ = 0, next_key_;
    std::map<std::int64_t, Question> questions_;  // by the place where they are due
    std::vector<PlantedAnswer> answers_;
};

}  // namespace overtake
