// Stands in for archive.cpp where libarchive is absent.
#include "runner/data/archive.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

void read_archive(const std::filesystem::path& archive, const std::function<bool(std::string_view, std::int64_t)>&,
                  const std::function<void(std::string_view, std::string)>&) {
    throw IoError("cannot read the archive '" + archive.string() +
                  "' (this program was built without libarchive); install libarchive-dev and build again");
}

}  // namespace overtake
