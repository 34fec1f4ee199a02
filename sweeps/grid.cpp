#include "sweeps/grid.hpp"

#include <algorithm>
#include <set>

#include "sweeps/canonical_text.hpp"
#include "sweeps/spelling.hpp"

namespace overtake {

namespace {

std::string axis_text(Axis axis) {
    return std::string(axis_names[static_cast<std::size_t>(axis)]);
}

/// A list, or one value alone.
std::vector<const DocumentNode*> items_of(const DocumentNode& node) {
    std::vector<const DocumentNode*> items;
    if (const auto* array = node.as<DocumentNode::Array>()) {
        for (const DocumentNode& item : *array) {
            items.push_back(&item);
        }
    } else {
        items.push_back(&node);
    }
    return items;
}

std::vector<AxisValue> read_axis(Axis axis, const DocumentEntry& entry, Complaints& complaints) {
    std::vector<AxisValue> values;
    const auto items = items_of(entry.node);
    if (items.empty()) {
        complaints.add(entry.node.place,
                       axis_text(axis) + " has no values (an axis has at least one); add one or leave the axis out");
    }
    for (const DocumentNode* item : items) {
        if (auto value = parse_axis_value(axis, *item, complaints)) {
            values.push_back(std::move(*value));
        }
    }
    return values;
}

/// Equal for equal values and for these alone.
std::string key_of(const AxisValue& value) {
    CanonicalText text;
    if (const auto* number = std::get_if<std::int64_t>(&value.value)) {
        return to_text(*number);
    }
    if (const auto* real = std::get_if<double>(&value.value)) {
        return to_text(*real);
    }
    if (const auto* quantity = std::get_if<Quantity>(&value.value)) {
        return to_text(quantity->value) + (quantity->unit == Unit::ratio ? "x" : "");
    }
    if (const auto* size = std::get_if<SizeChoice>(&value.value)) {
        text.set("shape", std::vector<std::int64_t>{size->layers, size->width, size->heads, size->mlp_width});
        text.set("target", size->target);
        return text.text("");
    }
    const auto& choice = std::get<PositionChoice>(value.value);
    text.set("scheme", choice.position.scheme);
    text.set("options", choice.position.options);
    if (choice.position.sampler) {
        text.set("sampler", choice.position.sampler->method);
        text.set("sampler_options", choice.position.sampler->options);
    }
    if (choice.extension) {
        text.set("method", choice.extension->method);
        text.set("extension", choice.extension->options);
        if (choice.extension->search) {
            text.set("search_method", choice.extension->search->method);
            text.set("search", choice.extension->search->options);
        }
        if (choice.extension->tune) {
            text.set("tune_tokens", choice.extension->tune->tokens);
            text.set("tune_rate", choice.extension->tune->learning_rate_multiplier);
        }
    }
    return text.text("");
}

void report_duplicates(Axis axis, const std::vector<AxisValue>& values, Complaints& complaints) {
    std::set<std::string> seen;
    for (const AxisValue& value : values) {
        if (!seen.insert(key_of(value)).second) {
            complaints.add(value.place,
                           axis_text(axis) + " has " + value.text + " twice (each value once); remove one");
        }
    }
}

class GridReader {
  public:
    GridReader(const DocumentNode& table, Complaints& complaints) : table_(table), complaints_(complaints) {}

    void read(Grid& grid) {
        for (const DocumentEntry& entry : *table_.as<DocumentNode::Table>()) {
            if (const auto axis = find_axis(entry.key)) {
                auto values = read_axis(*axis, entry, complaints_);
                report_duplicates(*axis, values, complaints_);
                Dimension dimension{entry.place, {*axis}, {}};
                for (AxisValue& value : values) {
                    dimension.rows.push_back({std::move(value)});
                }
                add(grid, std::move(dimension));
            } else if (entry.key == "zip") {
                each_table(entry, [&](const DocumentNode& zip) { read_zip(grid, zip); });
            } else if (entry.key != "exclude") {
                unknown_axis(entry, true);
            }
        }
        if (const DocumentEntry* entry = table_.find("exclude")) {
            each_table(*entry, [&](const DocumentNode& exclude) { read_exclusion(grid, exclude); });
        }
    }

    bool given(Axis axis) const { return used_.contains(axis); }

  private:
    void add(Grid& grid, Dimension dimension) {
        for (const Axis axis : dimension.axes) {
            if (!used_.insert(axis).second) {
                complaints_.add(
                    dimension.place,
                    "axis " + axis_text(axis) + " is given twice (once in [grid] or in one [[grid.zip]]); keep one");
            }
        }
        grid.dimensions.push_back(std::move(dimension));
    }

    template <typename Each>
    void each_table(const DocumentEntry& entry, Each each) {
        for (const DocumentNode* item : items_of(entry.node)) {
            if (item->as<DocumentNode::Table>() != nullptr) {
                each(*item);
            } else {
                complaints_.add(item->place,
                                entry.key + " is " + item->type_name() + " (tables); write [[grid." + entry.key + "]]");
            }
        }
    }

    void unknown_axis(const DocumentEntry& entry, bool with_groups) {
        std::vector<std::string_view> names(axis_names.begin(), axis_names.end());
        if (with_groups) {
            names.insert(names.end(), {"zip", "exclude"});
        }
        complaints_.add(entry.place, "unknown axis \"" + entry.key + "\" (axes: " + listed(axis_names) + ")" +
                                         did_you_mean(entry.key, names));
    }

    void read_zip(Grid& grid, const DocumentNode& zip) {
        Dimension dimension{zip.place, {}, {}};
        std::vector<std::vector<AxisValue>> columns;
        std::size_t written = 0;
        bool good = true;
        for (const DocumentEntry& entry : *zip.as<DocumentNode::Table>()) {
            const auto axis = find_axis(entry.key);
            if (!axis) {
                unknown_axis(entry, false);
                good = false;
                continue;
            }
            const std::size_t length = items_of(entry.node).size();
            if (!columns.empty() && length != written) {
                complaints_.add(entry.node.place, entry.key + " has " + std::to_string(length) + " values, " +
                                                      axis_text(dimension.axes[0]) + " has " + std::to_string(written) +
                                                      " (zipped axes advance together); make them equally long");
                good = false;
            }
            written = columns.empty() ? length : written;
            dimension.axes.push_back(*axis);
            columns.push_back(read_axis(*axis, entry, complaints_));
            good = good && columns.back().size() == length;
        }
        if (dimension.axes.size() == 1 && good) {
            complaints_.add(zip.place, "a zip of one axis (two or more advance together); move " +
                                           axis_text(dimension.axes[0]) + " to [grid]");
        } else if (dimension.axes.empty() && good) {
            complaints_.add(zip.place, "a zip without axes (two or more advance together); remove it");
        }
        for (std::size_t row = 0; good && row < written; ++row) {
            std::vector<AxisValue> values;
            for (std::vector<AxisValue>& column : columns) {
                values.push_back(std::move(column[row]));
            }
            dimension.rows.push_back(std::move(values));
        }
        add(grid, std::move(dimension));
    }

    void read_exclusion(Grid& grid, const DocumentNode& node) {
        Exclusion exclusion{node.place, {}};
        for (const DocumentEntry& entry : *node.as<DocumentNode::Table>()) {
            const auto axis = find_axis(entry.key);
            if (!axis) {
                unknown_axis(entry, false);
                return;
            }
            Exclusion::Condition condition{*axis, {}, {}};
            for (const DocumentNode* item : items_of(entry.node)) {
                if (*axis == Axis::position) {
                    if (auto pattern = parse_position_pattern(*item, complaints_)) {
                        check_on_axis(grid, *axis, item->place, [&](const AxisValue& value) {
                            return pattern->matches(std::get<PositionChoice>(value.value));
                        });
                        condition.positions.push_back(std::move(*pattern));
                    }
                } else if (auto value = parse_axis_value(*axis, *item, complaints_)) {
                    check_on_axis(grid, *axis, item->place,
                                  [&](const AxisValue& other) { return other.value == value->value; });
                    condition.values.push_back(std::move(*value));
                }
            }
            exclusion.conditions.push_back(std::move(condition));
        }
        if (exclusion.conditions.empty()) {
            complaints_.add(node.place,
                            "an exclusion without axes (it would leave out everything); name an axis or remove it");
            return;
        }
        grid.exclusions.push_back(std::move(exclusion));
    }

    template <typename Match>
    void check_on_axis(const Grid& grid, Axis axis, Place place, Match match) {
        for (const Dimension& dimension : grid.dimensions) {
            const auto column = std::find(dimension.axes.begin(), dimension.axes.end(), axis);
            if (column == dimension.axes.end()) {
                continue;
            }
            const auto index = static_cast<std::size_t>(column - dimension.axes.begin());
            if (!std::any_of(dimension.rows.begin(), dimension.rows.end(),
                             [&](const auto& row) { return match(row[index]); })) {
                complaints_.add(place, "an exclusion of a value that axis " + axis_text(axis) +
                                           " does not have (it would leave out nothing); correct or remove it");
            }
        }
    }

    const DocumentNode& table_;
    Complaints& complaints_;
    std::set<Axis> used_;
};

void add_default(Grid& grid, Axis axis, std::variant<SizeChoice, Quantity, PositionChoice, std::int64_t, double> value,
                 std::string text) {
    grid.dimensions.push_back({grid.place, {axis}, {{AxisValue{grid.place, std::move(text), std::move(value)}}}});
}

}  // namespace

Grid read_grid(const DocumentNode& document, Complaints& complaints) {
    Grid grid;
    const DocumentEntry* entry = document.find("grid");
    if (entry == nullptr || entry->node.as<DocumentNode::Table>() == nullptr) {
        complaints.add(entry == nullptr ? Place{} : entry->place,
                       "no [grid] (it lists the trials); write [grid] with size = [\"2x64\"], tokens = [\"20x\"], "
                       "position = [\"rope\"]");
        return grid;
    }
    grid.place = entry->place;
    GridReader reader(entry->node, complaints);
    reader.read(grid);
    for (const auto& [axis, example] : {std::pair{Axis::size, "[\"2x64\"]"}, std::pair{Axis::tokens, "[\"20x\"]"},
                                        std::pair{Axis::position, "[\"rope\"]"}}) {
        if (!reader.given(axis)) {
            complaints.add(grid.place,
                           "[grid] has no " + axis_text(axis) + " (a must); add " + axis_text(axis) + " = " + example);
        }
    }
    if (!reader.given(Axis::train_length)) {
        add_default(grid, Axis::train_length, std::int64_t{128}, "128");
    }
    if (!reader.given(Axis::seed)) {
        add_default(grid, Axis::seed, std::int64_t{0}, "0");
    }
    if (!reader.given(Axis::learning_rate_multiplier)) {
        add_default(grid, Axis::learning_rate_multiplier, 1.0, "1");
    }
    return grid;
}

}  // namespace overtake
