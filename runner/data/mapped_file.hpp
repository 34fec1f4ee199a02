// A whole file mapped into memory for reading.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <utility>

namespace overtake {

class MappedFile {
  public:
    /// Throws IoError if the file can't be opened or is no plain file.
    explicit MappedFile(const std::filesystem::path& file);
    ~MappedFile();
    MappedFile(MappedFile&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)),
          size_(std::exchange(other.size_, 0)),
          modified_ns_(other.modified_ns_) {}
    MappedFile& operator=(MappedFile&&) = delete;

    /// Valid as long as this lives, even if the file is renamed over.
    std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(data_), size_}; }
    /// Time of the last change, nanoseconds since 1970, of the very file that is mapped.
    std::int64_t modified_ns() const { return modified_ns_; }

  private:
    void* data_ = nullptr;
    std::size_t size_ = 0;
    std::int64_t modified_ns_ = 0;
};

}  // namespace overtake
