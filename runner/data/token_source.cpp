#include "runner/data/token_source.hpp"

#include <algorithm>
#include <optional>

#include "runner/data/prepare.hpp"
#include "runner/data/split.hpp"
#include "runner/data/token_sequence.hpp"
#include "sweeps/data_manifest.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/unfit_data.hpp"

namespace overtake {

struct TokenSource::State {
    TokenSequence sequence;
    CorpusMarks marks;
    Split split;
    double bytes_per_token;
};

namespace {

void expect_digest(const DataConfig& data, const std::string& found, const std::string& wanted,
                   const std::string& who) {
    if (!wanted.empty() && found != wanted) {
        throw IoError("cannot use corpus '" + corpus_folder(data).string() + "' (its tokens have digest " + found +
                      " and " + who + " says " + wanted +
                      "); restore the tokens, or run `overtake data` again and then `overtake plan` for the new ids");
    }
}

}  // namespace

TokenSource TokenSource::open(const DataConfig& data) {
    const std::optional<DataManifest> found = find_data_manifest(data);
    const DataManifest manifest = found ? *found : prepare_corpus(data).manifest;
    if (manifest.vocabulary != data.vocabulary) {
        throw IoError("cannot use corpus '" + corpus_folder(data).string() + "' (it was prepared with vocabulary " +
                      std::to_string(manifest.vocabulary) + ", the sweep asks for " + std::to_string(data.vocabulary) +
                      "); run `overtake data` on the sweep again");
    }
    expect_digest(data, manifest.digest, data.digest, "the sweep");
    TokenSequence sequence(corpus_shards(data));
    CorpusMarks marks = read_marks(data);
    const Split split = corpus_split(data, sequence.size(), marks);
    const std::string rule = split.text + "\n" + marks_text(data, marks);
    expect_digest(data, checked_digest(corpus_folder(data), sequence, data.vocabulary, rule), manifest.digest,
                  "its manifest");
    if (data.documents == Documents::packed && marks.document_starts.empty()) {
        throw IoError("cannot pack corpus '" + corpus_folder(data).string() +
                      "' (it was prepared without the places of its documents); remove that folder and run `overtake "
                      "data` again");
    }
    return TokenSource(
        std::make_shared<const State>(State{std::move(sequence), std::move(marks), split, manifest.bytes_per_token}));
}

std::int64_t TokenSource::train_tokens() const {
    return state_->split.train_tokens();
}
std::int64_t TokenSource::heldout_blocks() const {
    return state_->split.heldout_blocks();
}
std::int64_t TokenSource::heldout_block_tokens() const {
    const std::vector<Stretch>& blocks = state_->split.heldout;
    return std::max_element(blocks.begin(), blocks.end(),
                            [](const Stretch& a, const Stretch& b) { return a.size() < b.size(); })
        ->size();
}
double TokenSource::bytes_per_token() const {
    return state_->bytes_per_token;
}

void TokenSource::read_train(std::int64_t start, std::span<std::int64_t> out) const {
    expects(state_->split.is_training(start, static_cast<std::int64_t>(out.size())),
            "a training window touches no held-out block");
    state_->sequence.read(start, out);
}

void TokenSource::read_heldout(std::int64_t block, std::int64_t offset, std::span<std::int64_t> out) const {
    const Split& split = state_->split;
    expects(block >= 0 && block < split.heldout_blocks(), "the held-out block exists");
    const Stretch& place = split.heldout[static_cast<std::size_t>(block)];
    expects(offset >= 0 && offset + static_cast<std::int64_t>(out.size()) <= place.size(),
            "the tokens lie within the block");
    state_->sequence.read(place.begin + offset, out);
}

TrainWindows TokenSource::train_windows(std::int64_t length) const {
    return {state_->split, length};
}

std::vector<HeldoutWindow> TokenSource::evaluation_windows(std::int64_t length, std::int64_t tokens) const {
    return among_all(seen().evaluation_windows(length, tokens));
}

TokenSource TokenSource::part(HeldoutPart part) const {
    TokenSource same = *this;
    same.part_ = part;
    return same;
}

/// The split as far as windows may come from it.
Split TokenSource::seen() const {
    Split split = state_->split;
    if (part_ != HeldoutPart::all) {
        std::vector<Stretch> kept;
        for (std::size_t block = part_ == HeldoutPart::tuning ? 0 : 1; block < split.heldout.size(); block += 2) {
            kept.push_back(split.heldout[block]);
        }
        split.heldout = std::move(kept);
    }
    return split;
}

/// Blocks counted among those seen, counted among all.
std::vector<HeldoutWindow> TokenSource::among_all(std::vector<HeldoutWindow> windows) const {
    if (part_ != HeldoutPart::all) {
        for (HeldoutWindow& window : windows) {
            window.block = 2 * window.block + (part_ == HeldoutPart::tuning ? 0 : 1);
        }
    }
    return windows;
}

std::vector<HeldoutWindow> TokenSource::evaluation_windows(std::int64_t length, std::int64_t tokens,
                                                           WindowPlaces places) const {
    if (places == WindowPlaces::spread) {
        return evaluation_windows(length, tokens);
    }
    const std::vector<HeldoutWindow> windows = among_all(seen().document_windows(length, state_->marks.document_starts));
    if (windows.empty()) {
        throw UnfitData("cannot evaluate documents at length " + std::to_string(length) +
                      " (no held-out document of this corpus has " + std::to_string(length + 1) +
                      " tokens); use shorter lengths, or windows = \"spread\"");
    }
    return spread(windows, tokens / length);
}

bool TokenSource::has_documents() const {
    return !state_->marks.document_starts.empty();
}

void TokenSource::read_starts(std::int64_t start, std::span<std::int32_t> out) const {
    overtake::read_starts(state_->marks.document_starts, start, out);
}

std::int64_t TokenSource::place_of(const HeldoutWindow& window) const {
    expects(window.block >= 0 && window.block < heldout_blocks(), "the held-out block exists");
    return state_->split.heldout[static_cast<std::size_t>(window.block)].begin + window.offset;
}

std::vector<WindowAnswer> TokenSource::answers(const HeldoutWindow& window, std::int64_t length) const {
    const std::int64_t begin = place_of(window), end = begin + length + 1;
    const std::vector<PlantedAnswer>& all = state_->marks.answers;
    auto next = std::lower_bound(all.begin(), all.end(), begin,
                                 [](const PlantedAnswer& answer, std::int64_t place) { return answer.begin < place; });
    std::vector<WindowAnswer> inside;
    for (; next != all.end() && next->begin + next->tokens <= end; ++next) {
        if (next->key_begin >= begin) {
            inside.push_back({next->begin - begin - 1, next->tokens, next->distance});
        }
    }
    return inside;
}

}  // namespace overtake
