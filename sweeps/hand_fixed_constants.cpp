// How many numbers of a position scheme people fixed by hand.
#include "sweeps/hand_fixed_constants.hpp"

#include <algorithm>
#include <string>
#include <variant>

#include "sweeps/position_schemes.hpp"

namespace overtake {

namespace {

struct Exception {
    std::string_view scheme;
    int count;
    std::string_view why;
};

/// Where the count is not that of the entry's numeric options.
constexpr Exception exceptions[] = {
    {"xpos", 4, "base, scale_base, and the 0.4 and 1.4 of its decay"},
    {"i-rope", 4, "base, every, temperature's scale and floor; chunks are off"},
    {"alibi", 1, "the 8 of the slopes 2^(-8 h / H)"},
    {"sandwich", 3, "width, base, and the 8 of its slopes"},
    {"transformer-xl", 1, "base 10,000 of its sinusoid; the clamp is off"},
    {"fourier-features", 0, "sizes, and where frequencies start"},
    {"learned-rope", 0, "base is where frequencies start"},
    {"learned-base", 0, "base is where it starts"},
    {"rope-mixed", 0, "base is where frequencies start"},
    {"lie-rope", 0, "base is where rotations start"},
    {"ssmax", 1, "base; s is trained"},
    {"fope", 1, "base; the grid's width is a size, the gain a start"},
    {"fire", 0, "hidden is a size, rate a start, and the trained m scales the threshold"},
    {"tupe", 0, "buckets are off"},
    {"grape-ap", 0, "path_width is a size"},
    {"path", 0, "rank is a size"},
    {"dape", 0, "hidden is a size, version a form"},
    {"continue", 0, "factor is the length asked for, and changes nothing"},
    {"yarn", 4, "factor, the ramp's two ends, and the 0.1 of the temperature"},
    {"longrope", 2, "factor, and the form of its temperature; factors by pair are searched"},
    {"longrope2", 2, "factor, and the form of its temperature; the rest is searched"},
};

int count_of(const SchemeInfo& info) {
    const auto exception = std::find_if(std::begin(exceptions), std::end(exceptions), [&](const Exception& e) { return e.scheme == info.name; });
    if (exception != std::end(exceptions)) {
        return exception->count;
    }
    return static_cast<int>(std::count_if(info.options.begin(), info.options.end(), [](const SchemeOption& option) {
        return std::holds_alternative<double>(option.default_value) || std::holds_alternative<std::int64_t>(option.default_value);
    }));
}

/// The longest name of the table that `part` is, or begins with before '-' or '['.
const SchemeInfo* info_of(std::string_view part) {
    const SchemeInfo* found = nullptr;
    for (const SchemeInfo& info : position_schemes()) {
        const bool begins = part.starts_with(info.name) && (part.size() == info.name.size() || part[info.name.size()] == '-' || part[info.name.size()] == '[');
        if (begins && (found == nullptr || info.name.size() > found->name.size())) {
            found = &info;
        }
    }
    return found;
}

}  // namespace

int hand_fixed_constants(std::string_view scheme) {
    int sum = 0;
    for (std::size_t begin = 0; begin <= scheme.size();) {
        const std::size_t bracket = scheme.find('[', begin), plus = scheme.find('+', begin);
        const std::size_t end = std::min(bracket < plus ? scheme.find(']', bracket) : plus, scheme.size());
        const std::string_view part = scheme.substr(begin, end - begin);
        if (!part.starts_with("trained-at-") && part != "]") {
            const SchemeInfo* info = info_of(part);
            if (info == nullptr) {
                return -1;
            }
            sum += count_of(*info);
        }
        const std::size_t next = scheme.find('+', end);
        begin = next == std::string_view::npos ? scheme.size() + 1 : next + 1;
    }
    return sum;
}

}  // namespace overtake
