// A TOML file as plain values that know their line and column. The one place where TOML++ is seen is document.cpp.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sweeps/errors.hpp"

namespace overtake {

struct Place {
    std::int64_t line = 1;
    std::int64_t column = 1;
    auto operator<=>(const Place&) const = default;
};

struct DocumentEntry;

/// A value of the file. Dates and times are kept as `Other`: nothing of ours takes one.
struct DocumentNode {
    struct Other {
        std::string type;
    };
    using Array = std::vector<DocumentNode>;
    using Table = std::vector<DocumentEntry>;  // in the order of the file

    Place place;
    std::variant<bool, std::int64_t, double, std::string, Array, Table, Other> value;

    template <typename Type>
    const Type* as() const {
        return std::get_if<Type>(&value);
    }
    /// "a string", "an array", ... for messages.
    std::string type_name() const;
    /// The value as the user would recognise it: "text" in quotes, a number, else its type.
    std::string shown() const;
    /// The entry of that name of a table, else nullptr.
    const DocumentEntry* find(std::string_view key) const;
};

struct DocumentEntry {
    std::string key;
    Place place;  // of the key
    DocumentNode node;
};

/// What is wrong with a file, collected; each problem once, at its place.
class Complaints {
  public:
    explicit Complaints(std::string_view source_name) : source_(source_name) {}
    void add(Place place, std::string what);
    bool empty() const { return found_.empty(); }
    /// In the order of the file, as "source:line:column".
    std::vector<Problem> problems() const;

  private:
    std::string source_;
    std::vector<std::pair<Place, std::string>> found_;  // in the order of discovery
    std::set<std::pair<Place, std::string>> seen_;
};

inline constexpr std::size_t most_document_bytes = std::size_t{1} << 20;

/// An empty table after a syntax error or for a text above 1 MiB; the complaint says so.
DocumentNode parse_document(std::string_view toml_text, Complaints& complaints);

}  // namespace overtake
