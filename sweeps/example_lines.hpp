// What stands where in a sweep file as the examples are written, for those who make mistakes in it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace overtake {

using Lines = std::vector<std::string>;

/// Draws of a seed, the same everywhere.
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 1) {}
    std::size_t below(std::size_t count) {
        state_ = state_ * 6364136223846793005u + 1442695040888963407u;
        return static_cast<std::size_t>(state_ >> 33) % count;
    }
    template <typename Value>
    Value of(const std::vector<Value>& values) {
        return values[below(values.size())];
    }

  private:
    std::uint64_t state_;
};

/// Where a piece of text stands: line from 0, byte from 0 (the examples are ASCII), with its section.
struct Spot {
    std::size_t line = 0, begin = 0, size = 0;
    std::string section, key;  // the key whose value holds it, or which it is
};

Lines lines_of(std::string_view file);
std::string joined(const Lines& lines);
std::string piece(const Lines& lines, const Spot& spot);
std::string section_at(const Lines& lines, std::size_t line);
/// Of the header [section]; the number of lines if there is none.
std::size_t header_of(const Lines& lines, const std::string& section);

/// Keys at the beginning of a line.
std::vector<Spot> keys(const Lines& lines);
/// Values that end on the line of their key.
std::vector<Spot> values(const Lines& lines);
/// Quoted words, with their quotes; `key` is what stands before a '=' in the same table, else the key at the beginning of a line.
std::vector<Spot> quoted(const Lines& lines);
/// Lists on one line, with at least `least` items, none of which is a table.
std::vector<Spot> lists(const Lines& lines, std::ptrdiff_t least);
/// Tables in braces that hold the text `with`.
std::vector<Spot> inline_tables(const Lines& lines, const std::string& with);

template <typename Predicate>
std::vector<Spot> where(std::vector<Spot> spots, Predicate wanted) {
    std::erase_if(spots, [&](const Spot& spot) { return !wanted(spot); });
    return spots;
}

/// One slip of the finger: neighbours swapped, a letter left out, doubled, or hit beside.
std::string misspelt(const std::string& word, Random& random);

}  // namespace overtake
