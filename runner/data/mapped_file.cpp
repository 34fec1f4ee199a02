#include "runner/data/mapped_file.hpp"

#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sweeps/errors.hpp"

namespace overtake {

namespace {
[[noreturn]] void fail(const std::filesystem::path& file, const std::string& reason) {
    throw IoError("cannot read '" + file.string() + "' (" + reason + "); check the path and its permissions");
}
}  // namespace

MappedFile::MappedFile(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        fail(file, std::strerror(errno));
    }
    struct stat status {};
    const bool known = ::fstat(descriptor, &status) == 0;
    if (!known || !S_ISREG(status.st_mode)) {
        ::close(descriptor);
        fail(file, known ? "not a plain file" : "its size is unknown");
    }
    size_ = static_cast<std::size_t>(status.st_size);
    modified_ns_ = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
    if (size_ > 0) {
        data_ = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, descriptor, 0);
    }
    const int error = errno;
    ::close(descriptor);
    if (data_ == MAP_FAILED) {
        data_ = nullptr;
        fail(file, std::strerror(error));
    }
}

MappedFile::~MappedFile() {
    if (data_ != nullptr) {
        ::munmap(data_, size_);
    }
}

}  // namespace overtake
