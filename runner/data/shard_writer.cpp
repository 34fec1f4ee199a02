#include "runner/data/shard_writer.hpp"

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <vector>

#include "runner/data/aside.hpp"
#include "runner/data/shard_header.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

ShardWriter::ShardWriter(const std::filesystem::path& file, std::int64_t vocabulary)
    : file_(file),
      aside_(aside_name(file)),
      stream_(aside_, std::ios::binary),
      vocabulary_(vocabulary),
      token_bytes_(token_bytes_for(vocabulary)) {
    const ShardHeader blank;
    stream_.write(reinterpret_cast<const char*>(&blank), sizeof blank);
    if (!stream_) {
        throw IoError("cannot write '" + file_.string() + "' (" + std::strerror(errno) +
                      "); check that the folder exists and is writable");
    }
}

ShardWriter::~ShardWriter() {
    if (!finished_) {
        stream_.close();
        std::error_code ignored;
        std::filesystem::remove(aside_, ignored);
    }
}

void ShardWriter::write(std::span<const std::byte> bytes) {
    stream_.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    sum_.add(bytes);
}

void ShardWriter::append(std::span<const std::int64_t> ids) {
    std::vector<std::byte> packed(ids.size() * static_cast<std::size_t>(token_bytes_));
    for (std::size_t i = 0; i < ids.size(); ++i) {
        expects(ids[i] >= 0 && ids[i] < vocabulary_, "every id is below the vocabulary");
        std::memcpy(packed.data() + i * static_cast<std::size_t>(token_bytes_), &ids[i],
                    static_cast<std::size_t>(token_bytes_));
    }
    write(packed);
    count_ += static_cast<std::int64_t>(ids.size());
}

void ShardWriter::append_bytes(std::string_view bytes) {
    expects(vocabulary_ >= 256, "bytes need a vocabulary of at least 256");
    if (token_bytes_ == 1) {
        write(std::as_bytes(std::span(bytes)));
        count_ += static_cast<std::int64_t>(bytes.size());
        return;
    }
    std::vector<std::int64_t> ids(bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        ids[i] = static_cast<unsigned char>(bytes[i]);
    }
    append(ids);
}

void ShardWriter::finish() {
    ShardHeader header;
    header.token_bytes = static_cast<std::uint32_t>(token_bytes_);
    header.vocabulary = static_cast<std::uint64_t>(vocabulary_);
    header.count = static_cast<std::uint64_t>(count_);
    header.checksum = sum_.finish();
    stream_.seekp(0);
    stream_.write(reinterpret_cast<const char*>(&header), sizeof header);
    stream_.close();
    if (!stream_) {
        throw IoError("cannot write '" + file_.string() + "' (" + std::strerror(errno) + "); check free space");
    }
    commit_aside(aside_, file_);
    finished_ = true;
}

}  // namespace overtake
