// For failing_calls_test: preloaded into a program, makes the n-th system call that changes a watched folder fail, or the process die there.
// FAIL_IN: the folder, as its names begin. FAIL_AT: n from 1; 0 counts only. FAIL_HOW: an error number, once; a negative one, from then
// on (a disk that stays full); "kill", before the call; "half", a write that writes half and dies. FAIL_COUNT: file for the number of calls.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

template <class Function>
Function* real(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

struct Plan {
    const char* folder = getenv("FAIL_IN");
    long at = getenv("FAIL_AT") != nullptr ? atol(getenv("FAIL_AT")) : 0;
    const char* how = getenv("FAIL_HOW") != nullptr ? getenv("FAIL_HOW") : "0";
    bool kills = strcmp(how, "kill") == 0, half = strcmp(how, "half") == 0;
    int error = atoi(how);
    long count = 0;
    std::array<bool, 1024> watched{};  // descriptors of files in the folder

    ~Plan() {
        if (const char* file = getenv("FAIL_COUNT")) {
            if (FILE* out = fopen(file, "w")) {
                fprintf(out, "%ld\n", count);
                fclose(out);
            }
        }
    }
    bool in_folder(const char* path) const { return folder != nullptr && path != nullptr && strncmp(path, folder, strlen(folder)) == 0; }
    bool holds(int descriptor) const { return descriptor >= 0 && descriptor < 1024 && watched[static_cast<std::size_t>(descriptor)]; }
    void note(int descriptor, bool inside) {
        if (descriptor >= 0 && descriptor < 1024) {
            watched[static_cast<std::size_t>(descriptor)] = inside;
        }
    }
    bool is_due() {
        ++count;
        return at > 0 && (count == at || (error < 0 && count > at));
    }
    /// True if the call is to fail, with errno set.
    bool fails() {
        if (!is_due()) {
            return false;
        }
        if (kills || half) {
            kill(getpid(), SIGKILL);
        }
        errno = abs(error);
        return true;
    }
};

Plan& plan() {
    static Plan one;
    return one;
}

bool makes_or_changes(int flags) { return (flags & (O_CREAT | O_WRONLY | O_RDWR)) != 0; }

template <class Open>
int watched_open(const char* name, const char* path, int flags, mode_t mode) {
    const bool inside = plan().in_folder(path);
    if (inside && makes_or_changes(flags) && plan().fails()) {
        return -1;
    }
    const int descriptor = real<Open>(name)(path, flags, mode);
    plan().note(descriptor, inside);
    return descriptor;
}

template <class Write>
ssize_t watched_write(int descriptor, size_t bytes, const Write& write) {
    if (!plan().holds(descriptor)) {
        return write(bytes);
    }
    if (plan().half && plan().at == plan().count + 1) {
        (void)write(bytes / 2);
    }
    return plan().fails() ? -1 : write(bytes);
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const auto mode = static_cast<mode_t>((flags & O_CREAT) != 0 ? va_arg(rest, int) : 0);
    va_end(rest);
    return watched_open<int(const char*, int, mode_t)>("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const auto mode = static_cast<mode_t>((flags & O_CREAT) != 0 ? va_arg(rest, int) : 0);
    va_end(rest);
    return watched_open<int(const char*, int, mode_t)>("open64", path, flags, mode);
}

ssize_t write(int descriptor, const void* data, size_t bytes) {
    return watched_write(descriptor, bytes, [&](size_t some) { return real<ssize_t(int, const void*, size_t)>("write")(descriptor, data, some); });
}

ssize_t pwrite(int descriptor, const void* data, size_t bytes, off_t at) {
    return watched_write(descriptor, bytes,
                         [&](size_t some) { return real<ssize_t(int, const void*, size_t, off_t)>("pwrite")(descriptor, data, some, at); });
}

ssize_t pwrite64(int descriptor, const void* data, size_t bytes, off64_t at) {
    return watched_write(descriptor, bytes,
                         [&](size_t some) { return real<ssize_t(int, const void*, size_t, off64_t)>("pwrite64")(descriptor, data, some, at); });
}

int ftruncate(int descriptor, off_t size) {
    return plan().holds(descriptor) && plan().fails() ? -1 : real<int(int, off_t)>("ftruncate")(descriptor, size);
}

int ftruncate64(int descriptor, off64_t size) {
    return plan().holds(descriptor) && plan().fails() ? -1 : real<int(int, off64_t)>("ftruncate64")(descriptor, size);
}

int fsync(int descriptor) { return plan().holds(descriptor) && plan().fails() ? -1 : real<int(int)>("fsync")(descriptor); }

int close(int descriptor) {
    const bool fails = plan().holds(descriptor) && plan().fails();
    plan().note(descriptor, false);
    const int result = real<int(int)>("close")(descriptor);
    return fails ? (errno = abs(plan().error), -1) : result;
}

int rename(const char* from, const char* to) {
    return plan().in_folder(to) && plan().fails() ? -1 : real<int(const char*, const char*)>("rename")(from, to);
}

int link(const char* from, const char* to) {
    return plan().in_folder(to) && plan().fails() ? -1 : real<int(const char*, const char*)>("link")(from, to);
}

int unlink(const char* path) { return plan().in_folder(path) && plan().fails() ? -1 : real<int(const char*)>("unlink")(path); }

int remove(const char* path) { return plan().in_folder(path) && plan().fails() ? -1 : real<int(const char*)>("remove")(path); }

int mkdir(const char* path, mode_t mode) {
    return plan().in_folder(path) && plan().fails() ? -1 : real<int(const char*, mode_t)>("mkdir")(path, mode);
}
}
