// The text of each corpus, in pieces that know their documents, and a description of where it came from.
#pragma once

#include <cstdint>
#include <string>

#include "runner/data/bpe.hpp"
#include "runner/data/prepare.hpp"

namespace overtake {

struct CorpusText {
    TextStream stream;
    std::int64_t bytes = 0;
};

/// Of a corpus that is text: gcide, linux, text files. Throws IoError.
CorpusText corpus_text(const DataConfig& data, const PrepareOptions& options);

/// What a prepared corpus was made from, one line per source; the first word and number change when we clean or
/// generate differently. Text files are known by size and time.
std::string sources_text(const DataConfig& data, const PrepareOptions& options);

/// Whether `recorded`, an earlier sources_text, agrees with what is asked for now. What the options leave open is as it
/// was.
bool same_sources(const std::string& recorded, const DataConfig& data, const PrepareOptions& options);

}  // namespace overtake
