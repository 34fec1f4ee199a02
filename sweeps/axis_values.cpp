#include "sweeps/axis_values.hpp"

#include <algorithm>
#include <cmath>

#include "sweeps/canonical_text.hpp"
#include "sweeps/sizes.hpp"
#include "sweeps/spelling.hpp"

namespace overtake {

namespace {

std::optional<Quantity> quantity_of(const DocumentNode& node) {
    if (const auto* integer = node.as<std::int64_t>()) {
        return *integer < 0 ? std::nullopt : std::optional<Quantity>({static_cast<double>(*integer), Unit::count});
    }
    if (const auto* number = node.as<double>()) {
        return std::isfinite(*number) && *number >= 0 ? std::optional<Quantity>({*number, Unit::count}) : std::nullopt;
    }
    const auto* text = node.as<std::string>();
    return text == nullptr ? std::nullopt : parse_quantity(*text);
}

constexpr std::int64_t most_layers = 1000;
constexpr std::int64_t most_width = 1 << 20;

/// Larger shapes would overflow a count long before they fit a machine.
bool is_buildable(const SizeChoice& size, Place place, Complaints& complaints) {
    const bool fits = size.layers <= most_layers && size.width <= most_width;
    if (!fits) {
        complaints.add(place, "a size of " + grouped(size.layers) + " layers of width " + grouped(size.width) +
                                  " (at most 1,000 layers of width 1,048,576); choose a smaller shape");
    }
    return fits;
}

std::optional<SizeChoice> parse_size_table(const DocumentNode& node, Complaints& complaints) {
    SizeChoice size;
    constexpr std::array<std::string_view, 4> keys{"layers", "width", "heads", "mlp_width"};
    std::int64_t* const fields[] = {&size.layers, &size.width, &size.heads, &size.mlp_width};
    bool good = true;
    for (const DocumentEntry& entry : *node.as<DocumentNode::Table>()) {
        const auto found = std::find(keys.begin(), keys.end(), entry.key);
        const auto* number = entry.node.as<std::int64_t>();
        if (found == keys.end()) {
            complaints.add(entry.place, "unknown key \"" + entry.key + "\" of a size (keys: " + listed(keys) + ")" +
                                            did_you_mean(entry.key, keys));
            good = false;
        } else if (number == nullptr || *number < 1 || *number > (1 << 22)) {
            complaints.add(entry.node.place,
                           entry.key + " is " + entry.node.shown() + " (a whole number, 1 to 4,194,304)");
            good = false;
        } else {
            *fields[found - keys.begin()] = *number;
        }
    }
    if (good && (size.layers == 0 || size.width == 0)) {
        complaints.add(node.place, "a size without layers or width (both are needed); write {layers = 2, width = 64}");
        return std::nullopt;
    }
    return good && is_buildable(size, node.place, complaints) ? std::optional<SizeChoice>(size) : std::nullopt;
}

std::optional<SizeChoice> parse_size(const DocumentNode& node, Complaints& complaints) {
    if (node.as<DocumentNode::Table>() != nullptr) {
        return parse_size_table(node, complaints);
    }
    SizeChoice size;
    if (const auto* text = node.as<std::string>()) {
        if (const NamedSize* named = find_named_size(*text)) {
            size.layers = named->layers;
            size.width = named->width;
            return size;
        }
        if (const auto shape = parse_shape(*text)) {
            size.layers = shape->first;
            size.width = shape->second;
            return is_buildable(size, node.place, complaints) ? std::optional<SizeChoice>(size) : std::nullopt;
        }
    }
    const std::optional<Quantity> quantity = quantity_of(node);
    if (quantity && quantity->unit == Unit::count && quantity->value >= 1) {
        size.target = quantity->value;
        return size;
    }
    std::vector<std::string_view> names;
    for (const NamedSize& named : named_sizes()) {
        names.push_back(named.name);
    }
    const auto* text = node.as<std::string>();
    complaints.add(node.place, "size is " + node.shown() + " (a name: " + listed(names) +
                                   "; layers x width \"2x64\"; parameters \"10M\"; or {layers = 2, width = 64})" +
                                   (text == nullptr ? "" : did_you_mean(*text, names)));
    return std::nullopt;
}

std::optional<Quantity> parse_tokens(const DocumentNode& node, Complaints& complaints) {
    const std::optional<Quantity> quantity = quantity_of(node);
    const bool usable = quantity && quantity->value > 0 &&
                        (quantity->unit == Unit::ratio || (quantity->unit == Unit::count && whole_number(*quantity)));
    if (!usable) {
        complaints.add(node.place,
                       "tokens is " + node.shown() +
                           " (a positive number of tokens, or tokens per parameter \"20x\"); try \"20x\" or \"10M\"");
        return std::nullopt;
    }
    return quantity;
}

std::optional<std::int64_t> parse_whole(const DocumentNode& node, std::string_view name, std::int64_t low,
                                        std::int64_t high, Complaints& complaints) {
    const std::optional<Quantity> quantity = quantity_of(node);
    const std::optional<std::int64_t> value =
        quantity && quantity->unit == Unit::count ? whole_number(*quantity) : std::nullopt;
    if (!value || *value < low || *value > high) {
        complaints.add(node.place, std::string(name) + " is " + node.shown() + " (a whole number, " + grouped(low) +
                                       " to " + grouped(high) + ")");
        return std::nullopt;
    }
    return value;
}

std::optional<double> parse_multiplier(const DocumentNode& node, Complaints& complaints) {
    const std::optional<Quantity> quantity = quantity_of(node);
    if (!quantity || quantity->value < 1e-6 || quantity->value > 1e6 ||
        (quantity->unit != Unit::count && quantity->unit != Unit::ratio)) {
        complaints.add(node.place,
                       "learning_rate_multiplier is " + node.shown() + " (a number, 1e-06 to 1e+06); try 0.5, 1 or 2");
        return std::nullopt;
    }
    return quantity->value;
}

template <typename Value>
std::optional<AxisValue> labelled(const DocumentNode& node, const std::optional<Value>& value, std::string text) {
    return value ? std::optional<AxisValue>({node.place, std::move(text), *value}) : std::nullopt;
}

std::string size_label(const DocumentNode& node, const std::optional<SizeChoice>& size) {
    if (const auto* text = node.as<std::string>()) {
        return *text;
    }
    if (!size || size->target > 0) {
        return size ? rounded(size->target) : "";
    }
    std::string label = to_text(size->layers) + "x" + to_text(size->width);
    label += size->heads > 0 ? "h" + to_text(size->heads) : "";
    return label + (size->mlp_width > 0 ? "f" + to_text(size->mlp_width) : "");
}

}  // namespace

std::optional<Axis> find_axis(std::string_view name) {
    const auto found = std::find(axis_names.begin(), axis_names.end(), name);
    return found == axis_names.end() ? std::nullopt
                                     : std::optional<Axis>(static_cast<Axis>(found - axis_names.begin()));
}

std::optional<AxisValue> parse_axis_value(Axis axis, const DocumentNode& node, Complaints& complaints) {
    switch (axis) {
        case Axis::size: {
            const auto size = parse_size(node, complaints);
            return labelled(node, size, size_label(node, size));
        }
        case Axis::tokens:
            return labelled(node, parse_tokens(node, complaints), node.shown());
        case Axis::position:
            return labelled(node, parse_position(node, complaints), node.shown());
        case Axis::train_length:
            return labelled(node, parse_whole(node, "train_length", 2, 1 << 24, complaints), node.shown());
        case Axis::seed:
            return labelled(node, parse_whole(node, "seed", 0, std::int64_t{1} << 53, complaints), node.shown());
        case Axis::learning_rate_multiplier:
            return labelled(node, parse_multiplier(node, complaints), node.shown());
    }
    return std::nullopt;
}

}  // namespace overtake
