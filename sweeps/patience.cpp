#include "sweeps/patience.hpp"

#include <cstdlib>

namespace overtake {

double patience_seconds(const char* text, double otherwise) {
    char* end = nullptr;
    const double seconds = text == nullptr ? 0 : std::strtod(text, &end);
    return text != nullptr && *end == '\0' && seconds > 0 && seconds < 1e9 ? seconds : otherwise;
}

}  // namespace overtake
