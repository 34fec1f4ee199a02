#include "runner/data/corpus_text.hpp"

#include <filesystem>
#include <memory>
#include <vector>

#include "runner/data/gcide.hpp"
#include "runner/data/linux_source.hpp"
#include "runner/data/mapped_file.hpp"
#include "runner/data/text_files.hpp"

namespace overtake {

CorpusText corpus_text(const DataConfig& data, const PrepareOptions& options) {
    if (data.corpus == "gcide") {
        const auto text = std::make_shared<const std::string>(
            clean_gcide(read_dictionary(options.dictionary.value_or(debian_gcide))));
        return {[text](const TakeText& take) { take(*text, true); }, static_cast<std::int64_t>(text->size())};
    }
    CorpusText text;
    if (data.corpus == "linux") {
        const auto documents =
            std::make_shared<const std::vector<std::string>>(linux_documents(options.source.value_or(LinuxOptions{})));
        for (const std::string& document : *documents) {
            text.bytes += static_cast<std::int64_t>(document.size());
        }
        text.stream = [documents](const TakeText& take) {
            for (const std::string& document : *documents) {
                take(document, true);
            }
        };
        return text;
    }
    text.stream = stream_text_files({data.shards.begin(), data.shards.end()});
    for (const std::string& name : data.shards) {
        text.bytes += static_cast<std::int64_t>(std::filesystem::file_size(name));
    }
    return text;
}

std::string sources_text(const DataConfig& data, const PrepareOptions& options) {
    if (data.corpus == "gcide") {
        return "gcide 1, " + options.dictionary.value_or(debian_gcide).string() + "\n";
    }
    if (data.corpus == "linux") {
        const LinuxOptions source = options.source.value_or(LinuxOptions{});
        return "linux 1, bytes " + std::to_string(source.bytes) + ", " + source.archive.string() + "\n";
    }
    if (data.corpus == "synthetic") {
        const SyntheticOptions synthetic = options.synthetic.value_or(SyntheticOptions{});
        return "synthetic 1, tokens " + std::to_string(synthetic.tokens) + ", seed " + std::to_string(synthetic.seed) +
               "\n";
    }
    // Several text files are documents since version 2.
    std::string text = std::string(data.has_documents() ? "files 2" : "files 1") + ", vocabulary " +
                       std::to_string(data.vocabulary) + "\n";
    for (const std::string& name : data.shards) {
        const MappedFile file(name);
        text += std::to_string(file.bytes().size()) + " " + std::to_string(file.modified_ns()) + " " + name + "\n";
    }
    return text;
}

bool same_sources(const std::string& recorded, const DataConfig& data, const PrepareOptions& options) {
    const bool left_open = (data.corpus == "gcide" && !options.dictionary) ||
                           (data.corpus == "linux" && !options.source) ||
                           (data.corpus == "synthetic" && !options.synthetic);
    return left_open ? recorded.starts_with(data.corpus + " 1, ") : recorded == sources_text(data, options);
}

}  // namespace overtake
