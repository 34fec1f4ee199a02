#include "runner/data/aside.hpp"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "sweeps/errors.hpp"

namespace overtake {

namespace {

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& reason) {
    throw IoError("cannot write '" + file.string() + "' (" + reason + "); check free space and permissions");
}

bool flush_to_disk(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    const bool flushed = ::fsync(descriptor) == 0;
    const int error = errno;
    ::close(descriptor);
    errno = error;
    return flushed;
}

}  // namespace

std::filesystem::path aside_name(const std::filesystem::path& file) {
    static std::atomic<int> names{0};
    char host[256] = {};
    ::gethostname(host, sizeof host - 1);
    return file.string() + "." + host + "." + std::to_string(::getpid()) + "." + std::to_string(names++) + ".part";
}

void commit_aside(const std::filesystem::path& aside, const std::filesystem::path& file) {
    std::error_code problem;
    if (!flush_to_disk(aside)) {
        fail(file, std::strerror(errno));
    }
    std::filesystem::rename(aside, file, problem);
    if (problem) {
        fail(file, problem.message());
    }
    // Some network file systems refuse to flush a folder; the rename is done all the same.
    flush_to_disk(file.parent_path().empty() ? "." : file.parent_path());
}

}  // namespace overtake
