#include "sweeps/results/h5.hpp"

#include <hdf5.h>

#include <bit>
#include <system_error>
#include <type_traits>
#include <utility>

namespace overtake::h5 {

static_assert(std::is_same_v<hid_t, Id> || sizeof(hid_t) == sizeof(Id), "hid_t is a 64-bit integer");
static_assert(std::endian::native == std::endian::little,
              "the files are little-endian and written as they lie in memory");

namespace {

herr_t append_frame(unsigned depth, const H5E_error2_t* frame, void* client) {
    std::string& words = *static_cast<std::string*>(client);
    if (depth < 3 && frame->desc != nullptr) {
        words += (words.empty() ? "" : "; ") + std::string(frame->func_name != nullptr ? frame->func_name : "?") +
                 ": " + frame->desc;
    }
    return 0;
}

/// Throws with the innermost frames of the error stack, which name the cause.
[[noreturn]] void fail(const std::string& attempt, const std::string& on) {
    std::string words;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, append_frame, &words);
    H5Eclear2(H5E_DEFAULT);
    throw Hdf5Error("cannot " + attempt + " '" + on + "' (HDF5 says " + (words.empty() ? "nothing" : words) + ")");
}

template <typename T>
T check(T code, const std::string& attempt, const std::string& on) {
    if (code < 0) {
        fail(attempt, on);
    }
    return code;
}

Handle owned(hid_t id, herr_t (*closer)(hid_t), const std::string& attempt, const std::string& on) {
    return Handle(check(id, attempt, on), closer, on);
}

/// Predefined identifiers are the library's: never closed.
hid_t number_type(Type type) {
    switch (type) {
        case Type::uint8:
            return H5T_STD_U8LE;
        case Type::int64:
            return H5T_STD_I64LE;
        case Type::float32:
            return H5T_IEEE_F32LE;
        case Type::float64:
            return H5T_IEEE_F64LE;
        default:
            expects(false, "the type is a number");
            return -1;
    }
}

Handle text_type(std::size_t bytes) {
    Handle type = owned(H5Tcopy(H5T_C_S1), H5Tclose, "copy a type for", "text");
    check(H5Tset_size(type.id(), bytes), "size a type for", "text");
    check(H5Tset_cset(type.id(), H5T_CSET_UTF8), "encode a type for", "text");
    check(H5Tset_strpad(type.id(), H5T_STR_NULLPAD), "pad a type for", "text");
    return type;
}

Handle element_type(Type type, std::size_t bytes) {
    return type == Type::text ? text_type(bytes) : Handle(number_type(type), nullptr, "");
}

Type type_of_stored(hid_t type) {
    if (H5Tget_class(type) == H5T_STRING) {
        return H5Tis_variable_str(type) > 0 ? Type::other : Type::text;
    }
    for (const Type known : {Type::uint8, Type::int64, Type::float32, Type::float64}) {
        if (H5Tequal(type, number_type(known)) > 0) {
            return known;
        }
    }
    return Type::other;
}

Handle file_access() {
    Handle access = owned(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "prepare access to", "a file");
    check(H5Pset_libver_bounds(access.id(), H5F_LIBVER_V110, H5F_LIBVER_V110), "choose the format of", "a file");
    check(H5Pset_file_locking(access.id(), false, true), "switch off the locks of", "a file");
    return access;
}

void keep_creation_order(hid_t creation) {
    const unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
    check(H5Pset_link_creation_order(creation, order), "keep the order of", "a group");
    // All links and attributes stay inside the object header: one read, covered by its checksum. (Dense storage of
    // links crashes HDF5 1.10 when a byte of it has flipped.)
    check(H5Pset_link_phase_change(creation, 64, 0), "lay out links of", "a group");
    check(H5Pset_attr_phase_change(creation, 64, 0), "lay out attributes of", "a group");
}

}  // namespace

Handle::Handle(Handle&& other) noexcept
    : id_(std::exchange(other.id_, -1)), closer_(other.closer_), name_(std::move(other.name_)) {}

Handle& Handle::operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(closer_, other.closer_);
    std::swap(name_, other.name_);
    return *this;
}

Handle::~Handle() {
    if (id_ >= 0 && closer_ != nullptr) {
        closer_(id_);
    }
}

void Handle::close() {
    const Id id = std::exchange(id_, -1);
    if (id >= 0 && closer_ != nullptr) {
        check(closer_(id), "close", name_);
    }
}

Session::Session() {
    static std::recursive_mutex one_at_a_time;
    // A file whose close failed on a full disk makes the library's clean-up at exit crash. We close what we open, so it
    // has nothing to do.
    [[maybe_unused]] static const herr_t no_clean_up = H5dont_atexit();
    lock_ = std::unique_lock(one_at_a_time);
    H5Eget_auto2(H5E_DEFAULT, &print_, &print_data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Session::~Session() {
    H5Eset_auto2(H5E_DEFAULT, print_, print_data_);
}

std::string_view name_of(Type type) {
    switch (type) {
        case Type::uint8:
            return "uint8";
        case Type::int64:
            return "int64";
        case Type::float32:
            return "float32";
        case Type::float64:
            return "float64";
        case Type::text:
            return "fixed-length text";
        case Type::other:
            return "another type";
    }
    return "another type";
}

std::uint64_t DatasetInfo::elements() const {
    std::uint64_t product = 1;
    for (const std::uint64_t extent : extents) {
        product *= extent;
    }
    return product;
}

Handle create_file(const std::filesystem::path& file) {
    const Handle access = file_access();
    const Handle creation = owned(H5Pcreate(H5P_FILE_CREATE), H5Pclose, "prepare", file.string());
    keep_creation_order(creation.id());
    return owned(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, creation.id(), access.id()), H5Fclose, "create", file.string());
}

Handle open_file(const std::filesystem::path& file) {
    const Handle access = file_access();
    std::error_code unknown;
    const std::uintmax_t bytes = std::filesystem::file_size(file, unknown);
    // A small file comes into memory in one read, not in a hundred.
    constexpr std::uintmax_t small_bytes = 1 << 20;
    if (!unknown && bytes > 0 && bytes <= small_bytes) {
        check(H5Pset_fapl_core(access.id(), small_bytes, false), "read the whole of", file.string());
    }
    return owned(H5Fopen(file.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose, "open", file.string());
}

void flush(const Handle& file) {
    check(H5Fflush(file.id(), H5F_SCOPE_GLOBAL), "flush", file.name());
}

Handle create_group(const Handle& parent, const std::string& path) {
    const Handle creation = owned(H5Pcreate(H5P_GROUP_CREATE), H5Pclose, "prepare group", path);
    keep_creation_order(creation.id());
    return owned(H5Gcreate2(parent.id(), path.c_str(), H5P_DEFAULT, creation.id(), H5P_DEFAULT), H5Gclose,
                 "create group", path);
}

Handle open_object(const Handle& parent, const std::string& path) {
    return owned(H5Oopen(parent.id(), path.c_str(), H5P_DEFAULT), H5Oclose, "open", path);
}

void write_raw(const Handle& parent, const std::string& path, Type type, std::size_t element_bytes,
               const Extents& extents, const void* data) {
    const Handle element = element_type(type, element_bytes);
    const std::vector<hsize_t> sizes(extents.begin(), extents.end());
    const Handle space = owned(H5Screate_simple(static_cast<int>(extents.size()), sizes.data(), nullptr), H5Sclose,
                               "shape dataset", path);
    const Handle creation = owned(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "prepare dataset", path);
    const DatasetInfo info{type, H5Tget_size(element.id()), extents, false};
    const std::uint64_t bytes = info.elements() * info.element_bytes;
    // A small dataset lies in its object header: one read, and the header's checksum covers it.
    constexpr std::uint64_t compact_bytes = 16384;
    if (bytes > 0 && bytes <= compact_bytes) {
        check(H5Pset_layout(creation.id(), H5D_COMPACT), "lay out dataset", path);
    }
    check(H5Pset_fill_time(creation.id(), H5D_FILL_TIME_NEVER), "prepare dataset", path);
    check(H5Pset_attr_phase_change(creation.id(), 64, 0), "prepare dataset", path);
    Handle dataset =
        owned(H5Dcreate2(parent.id(), path.c_str(), element.id(), space.id(), H5P_DEFAULT, creation.id(), H5P_DEFAULT),
              H5Dclose, "create dataset", path);
    if (bytes > 0) {
        check(H5Dwrite(dataset.id(), element.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, data), "write dataset", path);
    }
    dataset.close();
}

Dataset open_dataset(const Handle& parent, const std::string& path) {
    Dataset dataset{owned(H5Dopen2(parent.id(), path.c_str(), H5P_DEFAULT), H5Dclose, "open dataset", path), {}};
    const hid_t id = dataset.handle.id();
    {
        // Before anything is asked of it: the shape of a virtual dataset is that of other files, which would be opened.
        const Handle creation = owned(H5Dget_create_plist(id), H5Pclose, "read the layout of", path);
        if (H5Pget_layout(creation.id()) == H5D_VIRTUAL || H5Pget_external_count(creation.id()) != 0) {
            throw Hdf5Error("'" + path + "' keeps its data in other files (virtual or external); ours never do");
        }
    }
    DatasetInfo& info = dataset.info;
    const Handle type = owned(H5Dget_type(id), H5Tclose, "read the type of", path);
    const Handle space = owned(H5Dget_space(id), H5Sclose, "read the shape of", path);
    info.type = type_of_stored(type.id());
    info.element_bytes = H5Tget_size(type.id());
    const int rank = check(H5Sget_simple_extent_ndims(space.id()), "read the rank of", path);
    std::vector<hsize_t> sizes(static_cast<std::size_t>(rank));
    check(H5Sget_simple_extent_dims(space.id(), sizes.data(), nullptr), "read the shape of", path);
    info.extents.assign(sizes.begin(), sizes.end());
    const std::uint64_t bytes = info.elements() * info.element_bytes;
    info.allocated = bytes == 0 || H5Dget_storage_size(id) == bytes;
    return dataset;
}

bool is_plain(const Dataset& dataset) {
    const Handle creation =
        owned(H5Dget_create_plist(dataset.handle.id()), H5Pclose, "read the layout of", dataset.handle.name());
    const H5D_layout_t layout = H5Pget_layout(creation.id());
    return (layout == H5D_CONTIGUOUS || layout == H5D_COMPACT) && H5Pget_external_count(creation.id()) == 0;
}

void read_raw(const Dataset& dataset, void* data) {
    const std::string& path = dataset.handle.name();
    if (!dataset.info.allocated) {
        throw Hdf5Error("cannot read '" + path +
                        "' (it is filtered, virtual or half written); our files hold plain datasets only");
    }
    if (dataset.info.elements() == 0) {
        return;
    }
    const Handle element = element_type(dataset.info.type, dataset.info.element_bytes);
    check(H5Dread(dataset.handle.id(), element.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, data), "read dataset", path);
}

}  // namespace overtake::h5
