// Whether a file has the objects that FORMAT.md names, of the right type and shape: the checks before any value is
// read.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sweeps/results/h5.hpp"

namespace overtake {

/// Links that aren't hard, objects missing or unknown, wrong types, shapes that disagree with their dimensions, data
/// outside the file or larger than it. Empty: every dataset of the schema can be read.
std::vector<std::string> find_structure_breaches(const h5::Handle& file, const std::filesystem::path& path);

/// Units, long names, dimension scales and ragged arrays: what netCDF-4 readers need. Only after the above found
/// nothing.
std::vector<std::string> find_description_breaches(const h5::Handle& file);

}  // namespace overtake
