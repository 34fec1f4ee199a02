// The few things that we ask of HDF5, typed and checked; hdf5.h itself is seen by h5.cpp and h5_inspect.cpp alone.
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sweeps/errors.hpp"

namespace overtake {

/// HDF5 refused: what was attempted, on what, and the library's own words from its error stack.
class Hdf5Error : public IoError {
  public:
    using IoError::IoError;
};

namespace h5 {

using Id = std::int64_t;  // hid_t, checked in h5.cpp

/// Owns one HDF5 identifier. The destructor can't report, so whoever wrote calls close().
class Handle {
  public:
    Handle() = default;
    Handle(Id id, int (*closer)(Id), std::string name) : id_(id), closer_(closer), name_(std::move(name)) {}
    Handle(Handle&& other) noexcept;
    Handle& operator=(Handle&& other) noexcept;
    ~Handle();
    /// Closes now. Throws Hdf5Error: a full disk may show here and nowhere earlier.
    void close();
    Id id() const noexcept { return id_; }
    bool open() const noexcept { return id_ >= 0; }
    /// For messages: the path of a file, or of an object inside it.
    const std::string& name() const noexcept { return name_; }

  private:
    Id id_ = -1;
    int (*closer_)(Id) = nullptr;
    std::string name_;
};

/// While one lives, this thread has the library to itself (builds without thread support exist) and the library prints
/// nothing. Sessions may nest. Every function below wants one.
class Session {
  public:
    Session();
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

  private:
    std::unique_lock<std::recursive_mutex> lock_;
    int (*print_)(Id, void*) = nullptr;
    void* print_data_ = nullptr;
};

/// Types of the elements that our files hold. `text` is a fixed-length, NUL-padded UTF-8 string.
enum class Type { uint8, int64, float32, float64, text, other };
std::string_view name_of(Type type);

template <typename T>
concept Number =
    std::same_as<T, std::uint8_t> || std::same_as<T, std::int64_t> || std::same_as<T, float> || std::same_as<T, double>;

template <Number T>
constexpr Type type_of() {
    if constexpr (std::same_as<T, std::uint8_t>) {
        return Type::uint8;
    } else if constexpr (std::same_as<T, std::int64_t>) {
        return Type::int64;
    } else {
        return std::same_as<T, float> ? Type::float32 : Type::float64;
    }
}

using Extents = std::vector<std::uint64_t>;

/// What a dataset is, without its data.
struct DatasetInfo {
    Type type = Type::other;
    std::size_t element_bytes = 0;
    Extents extents;
    bool allocated = false;  // its storage is as large as its elements: neither filtered nor virtual nor half written
    std::uint64_t elements() const;
};

/// A new file, truncating what was there: format of HDF5 1.10 (checksummed metadata), creation order kept, no file
/// locks.
Handle create_file(const std::filesystem::path& file);
/// Read-only, no file locks.
Handle open_file(const std::filesystem::path& file);
/// Writes out every cached byte to the operating system; the call at which a full disk shows.
void flush(const Handle& file);

/// Groups keep creation order. `path` is relative to `parent`; parents are not made on the way.
Handle create_group(const Handle& parent, const std::string& path);
Handle open_object(const Handle& parent, const std::string& path);

/// One dataset, whole, closed and checked. `element_bytes` matters for text alone.
void write_raw(const Handle& parent, const std::string& path, Type type, std::size_t element_bytes,
               const Extents& extents, const void* data);
struct Dataset {
    Handle handle;
    DatasetInfo info;
};
Dataset open_dataset(const Handle& parent, const std::string& path);
/// True if it is contiguous or compact and its bytes lie in this file: what a file from elsewhere must pass.
bool is_plain(const Dataset& dataset);
/// Fills `data`, which has room for all of it. Refuses datasets that are not allocated.
void read_raw(const Dataset& dataset, void* data);

template <Number T>
std::vector<T> read_vector(const Handle& parent, const std::string& path) {
    const Dataset dataset = open_dataset(parent, path);
    const DatasetInfo& info = dataset.info;
    if (info.type != type_of<T>()) {
        throw Hdf5Error("cannot read '" + path + "' in '" + parent.name() + "': it holds " +
                        std::string(name_of(info.type)) + ", not " + std::string(name_of(type_of<T>())));
    }
    std::vector<T> data(info.allocated ? info.elements() : 0);
    read_raw(dataset, data.data());
    return data;
}

/// Scalar attributes. Text is of fixed length; an absent or differently typed one throws Hdf5Error when read.
void write_attribute(const Handle& object, const std::string& name, std::string_view text);
void write_attribute(const Handle& object, const std::string& name, std::int64_t value);
void write_attribute(const Handle& object, const std::string& name, double value);
std::string read_text_attribute(const Handle& object, const std::string& name);
std::int64_t read_integer_attribute(const Handle& object, const std::string& name);
double read_number_attribute(const Handle& object, const std::string& name);
bool has_attribute(const Handle& object, const std::string& name);

/// netCDF-4 dimensions: a dataset without data, or an existing dataset that becomes a coordinate.
void create_dimension(const Handle& file, const std::string& path, std::uint64_t size);
void make_coordinate(const Handle& file, const std::string& path, const std::string& name);
/// Says that axis `axis` of `user` is along `dimension`.
void attach_dimension(const Handle& user, const Handle& dimension, unsigned axis);
/// True if axis `axis` of `user` is attached to `dimension`.
bool has_dimension(const Handle& user, const Handle& dimension, unsigned axis);

/// One link of a file. `is_hard` is false for soft, external and user-defined links, which are not followed.
struct Link {
    std::string path;  // "/trials/id"
    bool is_hard = false;
    bool is_group = false;
    bool is_dataset = false;
};
/// Every link of the file, groups before what is in them.
std::vector<Link> walk_links(const Handle& file);

}  // namespace h5
}  // namespace overtake
