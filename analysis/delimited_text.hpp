// Delimited text as people's spreadsheets and scripts write it, one record after the other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace overtake {

/// Reads RFC 4180 and its dialects: fields in double quotes may hold separators, line ends and doubled quotes; lines end with LF, CRLF or CR; a UTF-8
/// byte order mark is skipped. The separator is what the first line has most of outside quotes: comma, semicolon or tab (comma if none).
/// Blanks around a field that is not quoted are dropped. Never throws.
class DelimitedText {
  public:
    explicit DelimitedText(std::string_view text);
    DelimitedText(std::string_view text, char separator) : text_(text), separator_(separator) {}

    /// The next record that is not blank; false at the end. `fields` is overwritten.
    bool next(std::vector<std::string>& fields);
    /// Of the record that `next` gave last: the line on which it begins, from 1.
    std::int64_t line() const { return record_line_; }
    /// That record ends inside quotes that nobody closes.
    bool unclosed() const { return unclosed_; }
    char separator() const { return separator_; }

  private:
    void read_record(std::vector<std::string>& fields);

    std::string_view text_;
    std::size_t at_ = 0;
    std::int64_t line_ = 1, record_line_ = 0;
    bool unclosed_ = false;
    char separator_ = ',';
};

}  // namespace overtake
