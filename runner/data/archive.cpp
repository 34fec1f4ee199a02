#include "runner/data/archive.hpp"

#include <memory>

#include <archive.h>
#include <archive_entry.h>

#include "sweeps/errors.hpp"

namespace overtake {

void read_archive(const std::filesystem::path& archive,
                  const std::function<bool(std::string_view, std::int64_t)>& wants,
                  const std::function<void(std::string_view, std::string)>& take) {
    const std::unique_ptr<::archive, decltype(&archive_read_free)> reader(archive_read_new(), &archive_read_free);
    const auto check = [&](la_ssize_t code) {
        if (code < ARCHIVE_WARN) {
            const char* reason = archive_error_string(reader.get());
            throw IoError("cannot read the archive '" + archive.string() + "' (" +
                          (reason == nullptr ? "no reason given" : reason) + "); check the file, or fetch it again");
        }
        return code;
    };
    archive_read_support_filter_all(reader.get());
    archive_read_support_format_tar(reader.get());
    check(archive_read_open_filename(reader.get(), archive.c_str(), 1 << 20));
    archive_entry* entry = nullptr;
    while (check(archive_read_next_header(reader.get(), &entry)) != ARCHIVE_EOF) {
        const char* path = archive_entry_pathname(entry);
        const std::int64_t bytes = archive_entry_size(entry);
        if (path == nullptr || archive_entry_filetype(entry) != AE_IFREG || !wants(path, bytes)) {
            continue;
        }
        std::string content(static_cast<std::size_t>(bytes), '\0');
        std::size_t filled = 0;
        while (filled < content.size()) {
            const la_ssize_t count =
                check(archive_read_data(reader.get(), content.data() + filled, content.size() - filled));
            if (count == 0) {
                throw IoError("cannot read the archive '" + archive.string() + "' ('" + path +
                              "' ends early); fetch it again");
            }
            filled += static_cast<std::size_t>(count);
        }
        take(path, std::move(content));
    }
}

}  // namespace overtake
