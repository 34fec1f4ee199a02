#include "runner/data/text_files.hpp"

#include <algorithm>
#include <memory>

#include "runner/data/mapped_file.hpp"

namespace overtake {

TextStream stream_text_files(const std::vector<std::filesystem::path>& files) {
    auto mapped = std::make_shared<std::vector<MappedFile>>();
    for (const std::filesystem::path& file : files) {
        mapped->emplace_back(file);
    }
    return [mapped](const TakeText& take) {
        constexpr std::size_t piece = 1 << 20;
        for (const MappedFile& file : *mapped) {
            std::string_view text(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
            for (bool begins = true; !text.empty(); begins = false) {
                const std::size_t newline = text.substr(0, piece).rfind('\n');
                const std::size_t end = newline == std::string_view::npos ? std::min(piece, text.size()) : newline + 1;
                take(text.substr(0, end), begins);
                text.remove_prefix(end);
            }
        }
    };
}

}  // namespace overtake
