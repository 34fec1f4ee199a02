#include "runner/data/token_source.hpp"

#include <algorithm>
#include <optional>

#include "runner/data/prepare.hpp"
#include "runner/data/split.hpp"
#include "runner/data/token_sequence.hpp"
#include "sweeps/data_manifest.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

struct TokenSource::State {
    TokenSequence sequence;
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
    const Split split = split_corpus(sequence.size());
    expect_digest(data, checked_digest(corpus_folder(data), sequence, data.vocabulary, split), manifest.digest,
                  "its manifest");
    return TokenSource(std::make_shared<const State>(State{std::move(sequence), split, manifest.bytes_per_token}));
}

std::int64_t TokenSource::train_tokens() const {
    return state_->split.train_tokens();
}
std::int64_t TokenSource::heldout_blocks() const {
    return state_->split.heldout_blocks();
}
std::int64_t TokenSource::heldout_block_tokens() const {
    const std::vector<Stretch>& blocks = state_->split.heldout;
    return std::max_element(blocks.begin(), blocks.end(), [](const Stretch& a, const Stretch& b) {
               return a.size() < b.size();
           })->size();
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
    return state_->split.evaluation_windows(length, tokens);
}

}  // namespace overtake
