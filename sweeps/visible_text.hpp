// Text that strangers chose (names, labels, paths), made safe to show: nothing in it may command a terminal or a spreadsheet.
#pragma once

#include <ostream>
#include <streambuf>
#include <string>
#include <string_view>

namespace overtake {

/// Control characters, marks that change the direction of writing or break lines, and bytes that are no UTF-8 (overlong forms and surrogates included)
/// as "\n", "\x1b" or "\u202e"; all else as it stands. Characters in `keep` stand, too. The result is sound UTF-8 on one line.
std::string visible(std::string_view text, std::string_view keep = "");

/// A field of a CSV file: visible, quoted where RFC 4180 wants it, and with an apostrophe before what spreadsheets would take for a formula.
std::string csv_field(std::string_view text);

/// While it lives, all that is written to the stream becomes visible but line ends, tabs and what else is in `keep`. Not for threads that write at once.
class VisibleOutput : private std::streambuf {
  public:
    explicit VisibleOutput(std::ostream& stream, std::string_view keep = "\n\t");
    ~VisibleOutput() override;
    VisibleOutput(const VisibleOutput&) = delete;
    VisibleOutput& operator=(const VisibleOutput&) = delete;

  private:
    int_type overflow(int_type character) override;
    std::streamsize xsputn(const char* text, std::streamsize size) override;
    int sync() override;

    std::ostream& stream_;
    std::streambuf* target_;
    std::string keep_;
    std::string unfinished_;  // the beginning of a character whose other bytes have not come yet
};

}  // namespace overtake
