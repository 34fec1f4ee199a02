// Inspections for people: names, shapes and numbers, long lists cut.
#include <iomanip>
#include <ostream>
#include <sstream>

#include "runner/inspect.hpp"

namespace overtake {

namespace {

constexpr std::size_t most_numbers = 8, most_rows = 12;

std::string plain(const Json& value) {
    if (value.is_number_float()) {
        std::ostringstream text;
        text << std::setprecision(6) << value.get<double>() + 0.0;  // no -0
        return text.str();
    }
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string shape_of(const Json& list) {
    std::vector<std::int64_t> shape;
    for (const Json* part = &list; part->is_array(); part = &part->front()) {
        shape.push_back(static_cast<std::int64_t>(part->size()));
        if (part->empty()) {
            break;
        }
    }
    return shape_text(shape);
}

std::string row_of(const Json& list) {
    std::ostringstream row;
    for (std::size_t i = 0; i < std::min(list.size(), most_numbers); ++i) {
        row << std::setw(13) << plain(list[i]);
    }
    return row.str() + (list.size() > most_numbers ? "  ..." : "");
}

/// One row of numbers a line; `index` says which of the lists around it.
void print_rows(std::ostream& out, const Json& list, const std::string& index, std::size_t& rows_left) {
    if (list.empty() || !list.front().is_array()) {
        if (rows_left > 0) {
            out << "  " << std::left << std::setw(10) << index << std::right << row_of(list) << '\n';
            --rows_left;
        }
        return;
    }
    for (std::size_t i = 0; i < list.size() && rows_left > 0; ++i) {
        print_rows(out, list[i], index + (index.empty() ? "" : ",") + std::to_string(i), rows_left);
    }
}

}  // namespace

void print_inspection(std::ostream& out, const Json& answer) {
    for (const auto& [name, value] : answer.items()) {
        out << std::left << std::setw(14) << name << std::right;
        if (value.is_array()) {
            out << ' ' << shape_of(value) << '\n';
            std::size_t rows_left = most_rows;
            print_rows(out, value, "", rows_left);
            out << (rows_left == 0 ? "  (cut here; --json has all)\n" : "");
        } else if (name == "parameters") {
            out << (value.empty() ? " none" : "") << '\n';
            for (const auto& [parameter, kept] : value.items()) {
                out << "  " << parameter << ' ' << kept.at("shape").dump() << "  norm " << plain(kept.at("norm")) << '\n';
            }
        } else if (value.is_object()) {
            for (const auto& [key, option] : value.items()) {
                out << ' ' << key << " = " << plain(option);
            }
            out << (value.empty() ? " none" : "") << '\n';
        } else {
            out << ' ' << plain(value) << '\n';
        }
    }
}

}  // namespace overtake
