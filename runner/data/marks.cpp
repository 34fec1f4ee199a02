#include "runner/data/marks.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>

#include "runner/data/digest.hpp"
#include "runner/data/mapped_file.hpp"
#include "sweeps/data_manifest.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {

namespace {

struct MarksHeader {
    std::array<char, 8> magic{'o', 'v', 'm', 'a', 'r', 'k', 's', '\0'};
    std::uint32_t version = 1;
    std::uint32_t columns = 1;
    std::uint64_t rows = 0;
    Sha256Value checksum{};  // of the numbers as they lie there
    std::uint64_t unused = 0;
};

static_assert(sizeof(MarksHeader) == 64 && sizeof(PlantedAnswer) == 32);

constexpr const char* documents_file = "documents.marks";
constexpr const char* recall_file = "recall.marks";

template <typename Row>
Sha256Value checksum_of(const std::vector<Row>& rows) {
    Sha256 sum;
    sum.add(std::as_bytes(std::span(rows)));
    return sum.finish();
}

template <typename Row>
void write_table(const std::filesystem::path& file, const std::vector<Row>& rows) {
    if (rows.empty()) {
        std::error_code ignored;
        std::filesystem::remove(file, ignored);
        return;
    }
    MarksHeader header;
    header.columns = sizeof(Row) / sizeof(std::int64_t);
    header.rows = rows.size();
    header.checksum = checksum_of(rows);
    std::string bytes(sizeof header + rows.size() * sizeof(Row), '\0');
    std::memcpy(bytes.data(), &header, sizeof header);
    std::memcpy(bytes.data() + sizeof header, rows.data(), rows.size() * sizeof(Row));
    write_aside(file, bytes);
}

template <typename Row>
std::vector<Row> read_table(const std::filesystem::path& file) {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) {
        return {};
    }
    const MappedFile mapped(file);
    const std::span<const std::byte> bytes = mapped.bytes();
    const MarksHeader expected;
    MarksHeader header;
    std::memcpy(&header, bytes.data(), std::min(bytes.size(), sizeof header));
    std::vector<Row> rows;
    const bool sound = bytes.size() >= sizeof header && header.magic == expected.magic && header.version == 1 &&
                       header.columns == sizeof(Row) / sizeof(std::int64_t) &&
                       header.rows == (bytes.size() - sizeof header) / sizeof(Row);
    if (sound) {
        rows.resize(header.rows);
        std::memcpy(rows.data(), bytes.data() + sizeof header, rows.size() * sizeof(Row));
    }
    if (!sound || checksum_of(rows) != header.checksum) {
        throw IoError("cannot read '" + file.string() +
                      "' (it was damaged after it was written); remove its folder and run `overtake data` again");
    }
    return rows;
}

}  // namespace

void write_marks(const DataConfig& data, const CorpusMarks& marks) {
    write_table(corpus_folder(data) / documents_file, marks.document_starts);
    write_table(corpus_folder(data) / recall_file, marks.answers);
}

CorpusMarks read_marks(const DataConfig& data) {
    return {read_table<std::int64_t>(corpus_folder(data) / documents_file),
            read_table<PlantedAnswer>(corpus_folder(data) / recall_file)};
}

std::string marks_text(const DataConfig& data, const CorpusMarks& marks) {
    std::string text;
    if (!marks.document_starts.empty() && data.corpus != "synthetic") {
        text += "documents 1: " + to_hex(checksum_of(marks.document_starts)) + "\n";
    }
    if (!marks.answers.empty()) {
        text += "recall 1: " + to_hex(checksum_of(marks.answers)) + "\n";
    }
    return text;
}

void read_starts(std::span<const std::int64_t> document_starts, std::int64_t begin, std::span<std::int32_t> out) {
    expects(!document_starts.empty(), "the corpus knows its documents");
    auto next = std::upper_bound(document_starts.begin(), document_starts.end(), begin);
    std::int32_t start = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (next != document_starts.end() && *next == begin + static_cast<std::int64_t>(i)) {
            start = static_cast<std::int32_t>(i);
            ++next;
        }
        out[i] = start;
    }
}

}  // namespace overtake
