#include "sweeps/results/durable_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <utility>

namespace overtake {

namespace {
std::filesystem::path folder_of(const std::filesystem::path& file) {
    return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}
}  // namespace

void fsync_path(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        throw IoError("cannot open '" + path.string() + "' to bring it to the disk (" + std::strerror(errno) + ")");
    }
    const int failed = ::fsync(descriptor) == 0 ? 0 : errno;
    ::close(descriptor);
    // Some network file systems can't sync a folder; their server already did.
    if (failed != 0 && failed != EINVAL) {
        throw IoError("cannot bring '" + path.string() + "' to the disk (" + std::strerror(failed) +
                      "); is the disk full, or the quota used up?");
    }
}

void remove_leftovers(const std::filesystem::path& target) {
    const std::string prefix = target.filename().string() + ".new";
    const auto old = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder_of(target), ignored)) {
        if (entry.path().filename().string().starts_with(prefix) && entry.last_write_time(ignored) < old) {
            std::filesystem::remove(entry.path(), ignored);
        }
    }
}

DurableFile::DurableFile(std::filesystem::path target, const std::string& suffix)
    : target_(std::move(target)), aside_(target_.string() + ".new" + suffix) {
    std::error_code problem;
    std::filesystem::create_directories(folder_of(target_), problem);
    if (problem) {
        throw IoError("cannot make folder '" + folder_of(target_).string() + "' (" + problem.message() + ")");
    }
    const h5::Session session;
    try {
        file_ = h5::create_file(aside_);
    } catch (const Hdf5Error&) {
        std::filesystem::remove(aside_, problem);  // a full disk leaves an empty one
        throw;
    }
}

DurableFile::~DurableFile() {
    if (!aside_.empty()) {
        const h5::Session session;
        file_ = h5::Handle();
        std::error_code ignored;
        std::filesystem::remove(aside_, ignored);
    }
}

void DurableFile::finish() {
    {
        const h5::Session session;
        h5::flush(file_);
        file_.close();
    }
    fsync_path(aside_);
    finished_ = true;
}

bool DurableFile::publish_once() {
    if (!finished_) {
        finish();
    }
    const int cause = ::link(aside_.c_str(), target_.c_str()) == 0 ? 0 : errno;
    struct stat facts {};
    const bool made = cause == 0 || (::stat(aside_.c_str(), &facts) == 0 && facts.st_nlink > 1);  // a server's answer may be lost
    if (!made && cause != EEXIST) {
        throw IoError("cannot link '" + aside_.string() + "' to '" + target_.string() + "' (" + std::strerror(cause) + ")");
    }
    if (made) {
        fsync_path(folder_of(target_));
    }
    return made;  // the aside name goes with this object
}

void DurableFile::publish() {
    if (!finished_) {
        finish();
    }
    std::error_code problem;
    std::filesystem::rename(aside_, target_, problem);
    if (problem) {
        throw IoError("cannot rename '" + aside_.string() + "' to '" + target_.string() + "' (" + problem.message() +
                      ")");
    }
    aside_.clear();
    fsync_path(folder_of(target_));
}

}  // namespace overtake
