// Splitting at line ends.
#include "cluster/launch/line_reader.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>

namespace overtake {

namespace {
constexpr std::size_t longest_line = 65536;
}

bool LineReader::read_from(int descriptor, const std::function<void(std::string_view)>& on_line) {
    std::array<char, 16384> buffer;
    const ssize_t got = read(descriptor, buffer.data(), buffer.size());
    if (got < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    rest_.append(buffer.data(), static_cast<std::size_t>(got));
    std::size_t begin = 0;
    for (std::size_t end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
        on_line(std::string_view(rest_).substr(begin, end - begin));
        begin = end + 1;
    }
    rest_.erase(0, begin);
    if (rest_.size() > longest_line || (got == 0 && !rest_.empty())) {
        on_line(rest_);
        rest_.clear();
    }
    return got > 0;
}

}  // namespace overtake
