// What lies where in a corpus: where documents begin, where planted answers stand. Small tables beside the tokens.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sweeps/trial_config.hpp"

namespace overtake {

/// An answer that recall.hpp planted: tokens [begin, begin + tokens) say what the tokens `distance` before them say.
struct PlantedAnswer {
    std::int64_t begin = 0, tokens = 0;
    std::int64_t distance = 0;
    std::int64_t key_begin = 0;  // of the line that told it: a window that holds this place holds all that is needed
    bool operator==(const PlantedAnswer&) const = default;
};

/// Places are in the whole sequence.
struct CorpusMarks {
    std::vector<std::int64_t> document_starts;  // ascending from 0; empty: nobody knows, or it is one document
    std::vector<PlantedAnswer> answers;         // ascending
    bool operator==(const CorpusMarks&) const = default;
};

/// corpus_folder(data) / "documents.marks" and "recall.marks": 64 bytes of header as in a shard, then 64-bit numbers.
/// A table that is empty leaves no file. Written aside and renamed. Throws IoError.
void write_marks(const DataConfig& data, const CorpusMarks& marks);

/// What write_marks wrote; empty where there is no file. Throws IoError if one is damaged.
CorpusMarks read_marks(const DataConfig& data);

/// One line with a SHA-256 per table that the corpus digest must cover: all but the synthetic language's passages,
/// which follow from its tokens. Empty if there is none.
std::string marks_text(const DataConfig& data, const CorpusMarks& marks);

/// For each token of [begin, begin + out.size()) the index, within that stretch, where its document begins; 0 for the
/// document that began before it. Throws std::logic_error if `document_starts` is empty.
void read_starts(std::span<const std::int64_t> document_starts, std::int64_t begin, std::span<std::int32_t> out);

}  // namespace overtake
