#include "runner/data/recall.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace overtake {

namespace {

constexpr std::int64_t usual_pair_tokens = 45;  // of a key and its question, in bytes

std::int64_t size_of(const std::vector<std::int64_t>& ids) {
    return static_cast<std::int64_t>(ids.size());
}

}  // namespace

RecallPlanter::RecallPlanter(double share, std::vector<std::int64_t> distances, Encode encode, Put put)
    : share_(share),
      distances_(std::move(distances)),
      encode_(std::move(encode)),
      put_(std::move(put)),
      newline_(encode_("\n")),
      next_key_(gap(usual_pair_tokens)) {}

void RecallPlanter::append(std::span<const std::int64_t> text) {
    while (!text.empty()) {
        if (!questions_.empty() && questions_.begin()->first == place_) {
            ask();
        } else if (place_ >= next_key_) {
            plant_key();
        } else {
            const std::int64_t due = questions_.empty() ? next_key_ : std::min(next_key_, questions_.begin()->first);
            const auto count = static_cast<std::size_t>(std::min<std::int64_t>(due - place_, std::ssize(text)));
            write(text.first(count));
            text = text.subspan(count);
        }
    }
}

void RecallPlanter::plant_key() {
    std::string name(4, 'a'), digits(4, '0');
    for (char& letter : name) {
        letter = static_cast<char>('a' + random_.below(26));
    }
    for (char& digit : digits) {
        digit = static_cast<char>('0' + random_.below(10));
    }
    const Ids words = encode_("\nthe key of " + name + " is ");
    Question question{encode_("\nrecall " + name + ": "), encode_(digits), 0, place_};
    const std::int64_t value_begin = place_ + size_of(words);
    const std::int64_t end = value_begin + size_of(question.value) + size_of(newline_);
    if (!is_free(place_, end)) {
        const auto& [due, first] = *questions_.begin();
        next_key_ = due + first.size(newline_.size());
        return;
    }
    next_key_ = std::max(end, place_ + gap(end - place_ + question.size(newline_.size())));
    const auto first_try = static_cast<std::size_t>(random_.below(std::ssize(distances_)));
    for (std::size_t i = 0; i < distances_.size(); ++i) {
        question.distance = distances_[(first_try + i) % distances_.size()];
        const std::int64_t due = value_begin + question.distance - size_of(question.words);
        if (due >= end && is_free(due, due + question.size(newline_.size()))) {
            write(words);
            write(question.value);
            write(newline_);
            questions_.emplace(due, std::move(question));
            return;
        }
    }
}

void RecallPlanter::ask() {
    const Question question = std::move(questions_.begin()->second);
    questions_.erase(questions_.begin());
    write(question.words);
    answers_.push_back({place_, size_of(question.value), question.distance, question.key_begin});
    write(question.value);
    write(newline_);
}

bool RecallPlanter::is_free(std::int64_t begin, std::int64_t end) const {
    const auto after = questions_.lower_bound(begin);
    if (after != questions_.end() && after->first < end) {
        return false;
    }
    return after == questions_.begin() ||
           std::prev(after)->first + std::prev(after)->second.size(newline_.size()) <= begin;
}

void RecallPlanter::write(std::span<const std::int64_t> ids) {
    put_(ids);
    place_ += std::ssize(ids);
}

std::int64_t RecallPlanter::gap(std::int64_t pair_tokens) {
    const auto mean = static_cast<std::int64_t>(static_cast<double>(pair_tokens) / share_);
    return 1 + random_.below(2 * mean);
}

}  // namespace overtake
