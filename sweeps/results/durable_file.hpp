// A file that is either not there or whole: written aside, flushed, fsynced, renamed, its folder fsynced.
#pragma once

#include <filesystem>
#include <string>

#include "sweeps/results/h5.hpp"

namespace overtake {

/// An HDF5 file on its way to `target`. Written under `target` + ".new" + suffix in the same folder, which is made if
/// absent; removed again if it is never published. A suffix keeps several writers of one target apart.
class DurableFile {
  public:
    /// Throws IoError or Hdf5Error.
    explicit DurableFile(std::filesystem::path target, const std::string& suffix = "");
    ~DurableFile();
    DurableFile(const DurableFile&) = delete;
    DurableFile& operator=(const DurableFile&) = delete;

    const h5::Handle& file() const noexcept { return file_; }
    /// Flushes, closes and fsyncs: afterwards the bytes are on the disk, under the aside name. Throws Hdf5Error or
    /// IoError.
    void finish();
    /// finish() if that is still to do, then rename over the target and fsync the folder. Throws IoError.
    void publish();
    /// The same, but a target that is there stays: false then. By link(2), so that of several writers one wins.
    bool publish_once();

  private:
    std::filesystem::path target_, aside_;
    h5::Handle file_;
    bool finished_ = false;
};

/// Removes what killed writers left beside `target` more than an hour ago.
void remove_leftovers(const std::filesystem::path& target);

/// Throws IoError, with what to do when the disk is full.
void fsync_path(const std::filesystem::path& path);

}  // namespace overtake
