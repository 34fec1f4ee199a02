// Whether a sweep folder takes files again after it refused some.
#pragma once

#include "sweeps/sweep_folder.hpp"

namespace overtake {

/// Writes a file of `bytes` into the folder (at most 64 MB), flushes it and takes it away again; where more is asked for, the file system must
/// say that it has it. Throws IoError if the folder doesn't take it.
void try_for_room(const SweepFolder& folder, double bytes);

}  // namespace overtake
