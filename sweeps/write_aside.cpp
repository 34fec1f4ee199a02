#include "sweeps/write_aside.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include "sweeps/errors.hpp"

namespace overtake {

namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, const char* action, int cause) {
    throw IoError(std::string("could not ") + action + " " + file.string() + ": " + std::strerror(cause) +
                  "; check that the disk has space and the folder is writable");
}

/// Unlike that of any other writer: hosts that share a disk, processes of a host, threads of a process.
std::string aside_suffix() {
    static std::atomic<std::int64_t> count{0};
    std::array<char, 256> host{};
    ::gethostname(host.data(), host.size() - 1);
    return ".tmp." + std::string(host.data()) + "." + std::to_string(::getpid()) + "." + std::to_string(++count);
}

/// A file descriptor that closes itself.
class Descriptor {
  public:
    Descriptor(const std::filesystem::path& path, int flags) : value_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
    ~Descriptor() {
        if (value_ >= 0) {
            ::close(value_);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int value() const { return value_; }

  private:
    int value_;
};

void flush_folder(const std::filesystem::path& folder) {
    const Descriptor directory(folder, O_RDONLY | O_DIRECTORY);
    if (directory.value() >= 0) {
        ::fsync(directory.value());
    }
}

/// Makes the folder and those above it that are missing; each is on the disk before something is put into it.
void make_folder(const std::filesystem::path& folder) {
    if (std::error_code absent; std::filesystem::exists(folder, absent)) {
        return;
    }
    const std::filesystem::path parent = folder.parent_path().empty() ? "." : folder.parent_path();
    if (parent != folder) {
        make_folder(parent);
    }
    std::error_code error;
    std::filesystem::create_directory(folder, error);
    if (error) {
        refuse(folder, "make the folder", error.value());
    }
    flush_folder(parent);
}

void write_all(const Descriptor& out, std::string_view text, const std::filesystem::path& file) {
    while (!text.empty()) {
        const ssize_t written = ::write(out.value(), text.data(), text.size());
        if (written < 0 && errno != EINTR) {
            refuse(file, "write", errno);
        }
        text.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
    }
}

/// Devices and pipes take the text as it comes: a rename over /dev/null would take it away from the whole machine.
bool is_device_or_pipe(const std::filesystem::path& file) {
    std::error_code absent;
    const std::filesystem::file_type type = std::filesystem::status(file, absent).type();
    return type == std::filesystem::file_type::character || type == std::filesystem::file_type::block || type == std::filesystem::file_type::fifo ||
           type == std::filesystem::file_type::socket;
}

void put_in_place(const std::filesystem::path& aside, const std::filesystem::path& file, std::string_view text) {
    {
        const Descriptor out(aside, O_WRONLY | O_CREAT | O_TRUNC);
        if (out.value() < 0) {
            refuse(aside, "create", errno);
        }
        write_all(out, text, aside);
        if (::fsync(out.value()) != 0) {
            refuse(aside, "flush", errno);
        }
    }
    if (::rename(aside.c_str(), file.c_str()) != 0) {
        refuse(file, "put in place", errno);
    }
}

}  // namespace

void write_aside(const std::filesystem::path& file, std::string_view text) {
    if (is_device_or_pipe(file)) {
        const Descriptor out(file, O_WRONLY);
        if (out.value() < 0) {
            refuse(file, "open", errno);
        }
        write_all(out, text, file);
        return;
    }
    const std::filesystem::path folder = file.parent_path().empty() ? "." : file.parent_path();
    make_folder(folder);
    std::filesystem::path aside = file;
    aside += aside_suffix();
    try {
        put_in_place(aside, file, text);
    } catch (const IoError&) {
        ::unlink(aside.c_str());  // whoever tries again must not fill the folder
        throw;
    }
    flush_folder(folder);
}

}  // namespace overtake
