// Which HDF5 the program runs on; it need not be the one that it was built with.
#pragma once

#include <string>

namespace overtake {

/// "1.10.8".
std::string hdf5_version();

}  // namespace overtake
