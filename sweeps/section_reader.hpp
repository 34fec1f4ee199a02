// Typed reads of one section of a sweep file. What a section was asked for is what it knows; the rest are unknown keys.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sweeps/document.hpp"
#include "sweeps/quantity.hpp"

namespace overtake {

/// A read leaves `out` as it was if the key is absent, or if its value is of the wrong type or out of range; then it
/// complains.
class SectionReader {
  public:
    SectionReader(const DocumentNode& document, std::string_view section, Complaints& complaints);

    void read(std::string_view key, bool& out);
    /// An integer or a quantity without unit ("64k"), within [low, high].
    void read(std::string_view key, std::int64_t& out, std::int64_t low, std::int64_t high);
    /// A finite number or a quantity without unit ("1.5M"), within [low, high].
    void read(std::string_view key, double& out, double low, double high);
    void read(std::string_view key, std::string& out);
    void read(std::string_view key, std::vector<std::string>& out);
    /// Integers or quantities without unit, each within [low, high].
    void read(std::string_view key, std::vector<std::int64_t>& out, std::int64_t low, std::int64_t high);
    /// Seconds as a number, or a time ("2h", "90s").
    void read_seconds(std::string_view key, double& out, double low, double high);

    template <typename Value, std::size_t count>
    void read_choice(std::string_view key, Value& out, const std::pair<std::string_view, Value> (&choices)[count]) {
        std::vector<std::string_view> names;
        for (const auto& choice : choices) {
            names.push_back(choice.first);
        }
        const std::size_t chosen = choose(key, names);
        if (chosen < count) {
            out = choices[chosen].second;
        }
    }

    /// The value as it stands, or nullptr; marks the key as known.
    const DocumentNode* find(std::string_view key);
    bool present() const { return table_ != nullptr; }
    /// Of the value of `key`, else of the section, else of the file.
    Place place(std::string_view key) const;
    const std::string& name() const { return name_; }
    const std::vector<std::string>& known() const { return known_; }

    /// Complains about every key that nobody asked for: names the nearest known one, or the section where it belongs.
    void report_unknown_keys(std::span<const SectionReader* const> all) const;

  private:
    std::size_t choose(std::string_view key, std::span<const std::string_view> names);
    /// Complains about control characters but tabs.
    bool is_one_line(std::string_view key, const DocumentNode& node);
    void wrong_type(std::string_view key, const DocumentNode& node, std::string_view wanted);

    std::string name_;
    const DocumentNode* table_ = nullptr;
    Place place_;
    Complaints* complaints_;
    std::vector<std::string> known_;
};

}  // namespace overtake
