// Whole lines out of a non-blocking descriptor.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace overtake {

class LineReader {
  public:
    /// Reads what is there and hands over each whole line without its end; the rest waits. False at the end of the stream (then
    /// the last line is handed over even without an end). Lines longer than 64 KiB are cut.
    bool read_from(int descriptor, const std::function<void(std::string_view)>& on_line);

  private:
    std::string rest_;
};

}  // namespace overtake
