#include "runner/data/linux_source.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <system_error>
#include <utility>

#include "runner/data/archive.hpp"
#include "runner/data/random_stream.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

/// FNV-1a (Fowler, Noll and Vo), mixed. Which documents are chosen hangs on it.
std::uint64_t hash_of(std::string_view path) {
    std::uint64_t hash = 0xCBF29CE484222325ULL;
    for (const char character : path) {
        hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001B3ULL;
    }
    return mix_bits(hash);
}

}  // namespace

bool is_document(std::string_view path, std::int64_t bytes) {
    constexpr std::array<std::string_view, 5> endings{".c", ".h", ".S", ".rst", ".txt"};
    return bytes >= (4 << 10) && bytes <= (512 << 10) && path.find("/asic_reg/") == std::string_view::npos &&
           std::any_of(endings.begin(), endings.end(),
                       [path](std::string_view ending) { return path.ends_with(ending); });
}

std::vector<std::string> linux_documents(const LinuxOptions& options) {
    std::error_code ignored;
    if (!std::filesystem::exists(options.archive, ignored)) {
        throw IoError("cannot read the source of Linux from '" + options.archive.string() +
                      "' (it is not there); install Debian's package linux-source-6.1 (apt-get install "
                      "--no-install-recommends linux-source-6.1, 140 MB), or name another archive with --archive");
    }
    struct Document {
        std::int64_t number;  // in the archive
        std::string text;
    };
    std::map<std::pair<std::uint64_t, std::int64_t>, Document> chosen;  // by hash, then number
    std::int64_t number = 0, bytes = 0;
    read_archive(options.archive, is_document, [&](std::string_view path, std::string text) {
        if (std::find(text.begin(), text.end(), '\0') != text.end()) {
            return;
        }
        bytes += static_cast<std::int64_t>(text.size());
        chosen.emplace(std::pair(hash_of(path), number), Document{number, std::move(text)});
        ++number;
        while (bytes > options.bytes) {
            const auto last = std::prev(chosen.end());
            bytes -= static_cast<std::int64_t>(last->second.text.size());
            chosen.erase(last);
        }
    });
    if (chosen.empty()) {
        throw IoError("cannot use the archive '" + options.archive.string() +
                      "' (it has no documents: .c, .h, .S, .rst or .txt files of 4 KiB to 512 KiB); name the source of "
                      "Linux with --archive");
    }
    std::vector<Document> documents;
    for (auto& [hash, document] : chosen) {
        documents.push_back(std::move(document));
    }
    std::sort(documents.begin(), documents.end(),
              [](const Document& a, const Document& b) { return a.number < b.number; });
    std::vector<std::string> texts;
    for (Document& document : documents) {
        texts.push_back(std::move(document.text));
    }
    return texts;
}

}  // namespace overtake
