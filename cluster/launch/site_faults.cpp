// For doctor_test: preloaded into a program, makes the place where it runs as bad as these variables say (numbers; each is looked up at the call).
// SITE_LOCK, SITE_RESERVE, SITE_WRITE: the error of flock, of fallocate, of a write to the doctor's trial file. SITE_FSYNC_MS: how long an fsync
// takes. SITE_CLOCK_S: how far the clock is ahead. SITE_THREADS, SITE_MPI, SITE_HOST: the thread level that MPI grants, what it calls itself, and
// how the host is called once MPI is up. SITE_HDF5: the release of HDF5 1.10.
#include <dlfcn.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

std::atomic<bool> mpi_is_up = false;

template <class Function>
Function* real(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

/// Zero if nothing is asked for.
int asked(const char* variable) {
    const char* value = getenv(variable);
    return value == nullptr ? 0 : atoi(value);
}

/// True if the call is to fail, with errno set.
bool fails(const char* variable) {
    const int error = asked(variable);
    errno = error != 0 ? error : errno;
    return error != 0;
}

bool is_trial_file(int descriptor) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    const ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = '\0';
    return strstr(path, "/doctor.trial.") != nullptr;
}

}  // namespace

extern "C" {

int flock(int descriptor, int operation) { return fails("SITE_LOCK") ? -1 : real<int(int, int)>("flock")(descriptor, operation); }

int fallocate(int descriptor, int mode, off_t at, off_t bytes) {
    return fails("SITE_RESERVE") ? -1 : real<int(int, int, off_t, off_t)>("fallocate")(descriptor, mode, at, bytes);
}

ssize_t write(int descriptor, const void* data, size_t bytes) {
    if (asked("SITE_WRITE") != 0 && is_trial_file(descriptor)) {
        errno = asked("SITE_WRITE");
        return -1;
    }
    return real<ssize_t(int, const void*, size_t)>("write")(descriptor, data, bytes);
}

int fsync(int descriptor) {
    usleep(static_cast<useconds_t>(asked("SITE_FSYNC_MS")) * 1000);
    return real<int(int)>("fsync")(descriptor);
}

int clock_gettime(clockid_t clock, timespec* time) {
    static auto* const next = real<int(clockid_t, timespec*)>("clock_gettime");
    const int result = next(clock, time);
    if (result == 0 && clock == CLOCK_REALTIME) {
        time->tv_sec += asked("SITE_CLOCK_S");
    }
    return result;
}

int gethostname(char* name, size_t size) {
    if (const char* host = getenv("SITE_HOST"); host != nullptr && mpi_is_up) {
        snprintf(name, size, "%s", host);
        return 0;
    }
    return real<int(char*, size_t)>("gethostname")(name, size);
}

int MPI_Init_thread(int* argc, char*** argv, int required, int* provided) {
    const int result = real<int(int*, char***, int, int*)>("MPI_Init_thread")(argc, argv, required, provided);
    *provided = getenv("SITE_THREADS") != nullptr ? asked("SITE_THREADS") : *provided;
    mpi_is_up = true;
    return result;
}

int MPI_Get_library_version(char* text, int* length) {
    if (const char* words = getenv("SITE_MPI")) {
        *length = snprintf(text, 256, "%s", words);  // MPI_MAX_LIBRARY_VERSION_STRING
        return 0;
    }
    return real<int(char*, int*)>("MPI_Get_library_version")(text, length);
}

int H5get_libversion(unsigned* major, unsigned* minor, unsigned* release) {
    const int result = real<int(unsigned*, unsigned*, unsigned*)>("H5get_libversion")(major, minor, release);
    if (getenv("SITE_HDF5") != nullptr) {
        *major = 1;
        *minor = 10;
        *release = static_cast<unsigned>(asked("SITE_HDF5"));
    }
    return result;
}
}
