#include "runner/task_windows.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "runner/bm25.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

void append(std::vector<std::int64_t>& tokens, std::string_view text) {
    for (const char c : text) {
        tokens.push_back(static_cast<unsigned char>(c));
    }
}

/// The last tokens are the answer.
TaskWindow ending_with(std::vector<std::int64_t> tokens, std::size_t answer) {
    TaskWindow window{std::move(tokens), {}};
    for (std::size_t i = window.tokens.size() - answer; i < window.tokens.size(); ++i) {
        window.answers.push_back(static_cast<std::int64_t>(i));
    }
    return window;
}

std::string digits(std::size_t count, RandomStream& random) {
    std::string text(count, '0');
    for (char& digit : text) {
        digit = static_cast<char>('0' + random.below(10));
    }
    return text;
}

std::int64_t draw(std::span<const std::int64_t> alphabet, RandomStream& random) {
    return alphabet[static_cast<std::size_t>(random.below(std::ssize(alphabet)))];
}

/// The first `count` are a random choice without replacement, in random order.
std::vector<std::int64_t> shuffled(std::span<const std::int64_t> values, std::int64_t count, RandomStream& random) {
    std::vector<std::int64_t> all(values.begin(), values.end());
    for (std::int64_t i = 0; i < count; ++i) {
        std::swap(all[static_cast<std::size_t>(i)], all[static_cast<std::size_t>(i + random.below(std::ssize(all) - i))]);
    }
    return all;
}

}  // namespace

Needle passkey_needle(RandomStream& random) {
    const std::string key = digits(5, random);
    return {"The pass key is " + key + ". Remember it. " + key + " is the pass key. ", "What is the pass key? The pass key is ", key};
}

Needle recall_needle(RandomStream& random) {
    std::string name(4, 'a');
    for (char& letter : name) {
        letter = static_cast<char>('a' + random.below(26));
    }
    const std::string key = digits(4, random);
    return {"\nthe key of " + name + " is " + key + "\n", "\nrecall " + name + ": ", key};
}

std::vector<std::int64_t> passkey_filler() {
    std::vector<std::int64_t> filler;
    append(filler, "The grass is green. The sky is blue. The sun is yellow. Here we go. There and back again. ");
    return filler;
}

std::optional<TaskWindow> needle_window(const Needle& needle, std::span<const std::int64_t> filler, std::int64_t length, double depth) {
    const auto fixed = static_cast<std::int64_t>(needle.statement.size() + needle.question.size() + needle.answer.size());
    const std::int64_t room = length + 1 - fixed;
    if (room < 0 || filler.empty()) {
        return std::nullopt;
    }
    const auto before = static_cast<std::int64_t>(std::llround(depth * static_cast<double>(room)));
    std::vector<std::int64_t> tokens;
    for (std::int64_t i = 0; i < room; ++i) {
        if (i == before) {
            append(tokens, needle.statement);
        }
        tokens.push_back(filler[static_cast<std::size_t>(i % std::ssize(filler))]);
    }
    if (before == room) {
        append(tokens, needle.statement);
    }
    append(tokens, needle.question);
    append(tokens, needle.answer);
    return ending_with(std::move(tokens), needle.answer.size());
}

TaskWindow copy_window(std::int64_t length, std::span<const std::int64_t> alphabet, RandomStream& random) {
    const std::int64_t half = (length + 1) / 2;
    TaskWindow window;
    for (std::int64_t i = 0; i < length + 1 - half; ++i) {
        window.tokens.push_back(draw(alphabet, random));
    }
    const std::int64_t begin = length + 1 - half;
    for (std::int64_t i = 0; i < half; ++i) {
        window.tokens.push_back(window.tokens[static_cast<std::size_t>(begin - half + i)]);
        if (i > 0) {
            window.answers.push_back(begin + i);
        }
    }
    return window;
}

TaskWindow induction_window(std::int64_t length, std::int64_t lag, std::span<const std::int64_t> alphabet, RandomStream& random) {
    expects(lag > 1 && lag < length && alphabet.size() >= 2, "an induction window has room for its lag");
    const std::int64_t a = draw(alphabet, random);
    std::vector<std::int64_t> tokens;
    while (std::ssize(tokens) < length + 1) {
        const std::int64_t token = draw(alphabet, random);
        if (token != a) {
            tokens.push_back(token);
        }
    }
    tokens[static_cast<std::size_t>(length - 1 - lag)] = a;
    tokens[static_cast<std::size_t>(length - 1)] = a;
    tokens[static_cast<std::size_t>(length)] = tokens[static_cast<std::size_t>(length - lag)];
    return ending_with(std::move(tokens), 1);
}

std::int64_t recall_pairs(std::int64_t length, std::size_t alphabet) {
    return std::min({std::int64_t{8}, (length + 1) / 4, static_cast<std::int64_t>(alphabet / 4)});
}

TaskWindow recall_window(std::int64_t length, std::int64_t pairs, std::span<const std::int64_t> alphabet, RandomStream& random) {
    const auto lower = alphabet.first(alphabet.size() / 2), upper = alphabet.subspan(alphabet.size() / 2);
    expects(pairs >= 1 && pairs < std::ssize(lower) && 4 * pairs <= length + 1, "a recall window has room for its pairs");
    const std::vector<std::int64_t> keys = shuffled(lower, pairs, random);
    const std::span<const std::int64_t> unused = std::span(keys).subspan(static_cast<std::size_t>(pairs));
    std::vector<std::int64_t> values;
    TaskWindow window;
    for (std::int64_t i = 0; i < pairs; ++i) {
        values.push_back(draw(upper, random));
        window.tokens.push_back(keys[static_cast<std::size_t>(i)]);
        window.tokens.push_back(values.back());
    }
    while (std::ssize(window.tokens) < length + 1 - 2 * pairs) {
        window.tokens.push_back(draw(unused, random));
    }
    std::vector<std::int64_t> order(static_cast<std::size_t>(pairs));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    for (const std::int64_t i : shuffled(order, pairs, random)) {
        window.tokens.push_back(keys[static_cast<std::size_t>(i)]);
        window.answers.push_back(std::ssize(window.tokens));
        window.tokens.push_back(values[static_cast<std::size_t>(i)]);
    }
    return window;
}

std::vector<RetrievedWindow> retrieve_windows(const TaskWindow& whole, const Needle& needle, std::int64_t chunk, std::int64_t per_read,
                                              std::int64_t reads) {
    const auto behind = static_cast<std::int64_t>(needle.question.size() + needle.answer.size());
    const std::span<const std::int64_t> context = std::span(whole.tokens).first(whole.tokens.size() - static_cast<std::size_t>(behind));
    std::vector<std::span<const std::int64_t>> chunks;
    std::vector<std::vector<std::string>> texts;
    for (std::int64_t begin = 0; begin < std::ssize(context); begin += chunk / 2) {
        const std::int64_t from = std::max<std::int64_t>(0, std::min(begin, std::ssize(context) - chunk));
        chunks.push_back(context.subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(std::min(chunk, std::ssize(context)))));
        texts.push_back(words_of(chunks.back()));
        if (from < begin || from + chunk >= std::ssize(context)) {
            break;
        }
    }
    std::vector<std::int64_t> question;
    append(question, needle.question);
    const std::vector<double> scores = bm25_scores(words_of(question), texts);
    const std::vector<std::size_t> ranking = bm25_ranking(scores);
    std::vector<RetrievedWindow> retrieved;
    const auto take = static_cast<std::size_t>(per_read);
    for (std::size_t first = 0; first + take <= ranking.size() && std::ssize(retrieved) < reads; first += take) {
        std::vector<std::size_t> chosen(ranking.begin() + static_cast<std::ptrdiff_t>(first),
                                        ranking.begin() + static_cast<std::ptrdiff_t>(first + take));
        std::sort(chosen.begin(), chosen.end());
        std::vector<std::int64_t> tokens;
        double score = 0;
        for (const std::size_t i : chosen) {
            tokens.insert(tokens.end(), chunks[i].begin(), chunks[i].end());
            score += scores[i];
        }
        append(tokens, needle.question);
        append(tokens, needle.answer);
        retrieved.push_back({ending_with(std::move(tokens), needle.answer.size()), score});
    }
    return retrieved;
}

}  // namespace overtake
