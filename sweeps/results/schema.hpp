// Names and versions of everything in our HDF5 files; FORMAT.md says the same in words.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "sweeps/results/h5.hpp"

namespace overtake {

/// Root attributes that say what a file is.
inline constexpr const char* format_attribute = "format";
inline constexpr const char* version_attribute = "format_version";

struct FileFormat {
    std::string_view name;
    std::int64_t version;  // that this program writes
    std::int64_t oldest;   // that it reads
};
inline constexpr FileFormat state_format{"overtake state", 2, 1};
inline constexpr FileFormat record_format{"overtake record", 3, 1};
inline constexpr FileFormat results_format{"overtake results", 5, 5};

/// Throws IoError if the file says it is something else, or of a version that this program doesn't read.
void expect_format(const h5::Handle& file, const FileFormat& format);

/// A named dimension of results.h5. Without coordinates it is a dataset without data, as netCDF-4 has it.
struct Dimension {
    std::string_view path;
    bool is_coordinate = false;  // there is a column of this path, too
    /// Last part of the path: what xarray calls it.
    std::string_view name() const { return path.substr(path.rfind('/') + 1); }
};

/// One dataset of results.h5. Dimensions are named by path; an empty second one means that there is one axis.
struct Column {
    std::string_view path;
    h5::Type type;
    std::string_view dimension, second_dimension;
    std::string_view units;  // UDUNITS text; empty for names and indices
    std::string_view long_name;
    bool may_be_nan = false;  // floating-point columns: NaN means "there is none"
};

/// A CF contiguous ragged array: rows of different lengths that follow one another along `samples`.
struct RaggedArray {
    std::string_view row_size;  // path of the column that holds the lengths
    std::string_view samples;   // path of the long dimension
};

/// Groups of results.h5, parents first.
std::span<const std::string_view> results_groups();
std::span<const Dimension> results_dimensions();
std::span<const RaggedArray> results_ragged_arrays();
/// Columns of results.h5 in the order in which the checksum takes them.
std::span<const Column> results_columns();

}  // namespace overtake
