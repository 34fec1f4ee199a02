#include "cluster/launch/room.hpp"

#include <algorithm>
#include <string>

#include "cluster/launch/budget.hpp"
#include "cluster/launch/progress.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {

namespace {
constexpr double most_bytes = 64e6;   // written: a quota shows only so, and a slow disk is not to be kept busy
constexpr double least_bytes = 65536;  // a record
}

void try_for_room(const SweepFolder& folder, double bytes) {
    const double free = machine_here(folder.root).free_disk_bytes;
    if (free >= 0 && free < bytes) {
        throw IoError("the largest checkpoint takes " + bytes_text(bytes) + " and " + bytes_text(free) + " are free");
    }
    write_aside(folder.space(), std::string(static_cast<std::size_t>(std::clamp(bytes, least_bytes, most_bytes)), 'x'));
    std::error_code ignored;
    std::filesystem::remove(folder.space(), ignored);
}

}  // namespace overtake
