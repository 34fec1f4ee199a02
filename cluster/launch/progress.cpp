// Numbers as a person reads them.
#include "cluster/launch/progress.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace overtake {

namespace {

template <class... Values>
std::string print(const char* pattern, Values... values) {
    std::array<char, 160> buffer{};
    std::snprintf(buffer.data(), buffer.size(), pattern, values...);
    return buffer.data();
}

/// "1.23 G" + unit: the letter belongs to the unit.
std::string with_unit(double value, const char* unit) {
    std::string number = short_number(value);
    const bool has_letter = number.back() < '0' || number.back() > '9';
    number.insert(has_letter && std::isfinite(value) ? number.size() - 1 : number.size(), " ");
    return number + unit;
}

}  // namespace

std::string short_number(double value) {
    if (!std::isfinite(value)) {
        return "unknown";
    }
    const double size = std::fabs(value);
    if (size < 1000) {
        return print(size < 10 && size != std::floor(size) ? "%.2f" : "%.0f", value);
    }
    static constexpr std::array<const char*, 7> units{"k", "M", "G", "T", "P", "E", "Z"};
    std::size_t unit = 0;
    double scaled = value / 1000;
    while (std::fabs(scaled) >= 999.5 && unit + 1 < units.size()) {
        scaled /= 1000;
        ++unit;
    }
    const double shown = std::fabs(scaled);
    return print(shown < 9.995 ? "%.2f%s" : shown < 99.95 ? "%.1f%s" : "%.0f%s", scaled, units[unit]);
}

std::string bytes_text(double bytes) { return with_unit(bytes, "B"); }
std::string flops_text(double flops) { return with_unit(flops, "FLOPs"); }

std::string duration_text(double seconds) {
    if (!std::isfinite(seconds) || seconds < 0) {
        return "unknown";
    }
    if (seconds < 90) {
        return print("%.0f s", seconds);
    }
    if (seconds < 90 * 60) {
        return print("%.0f min", seconds / 60);
    }
    return seconds < 48 * 3600 ? print("%.1f h", seconds / 3600) : print("%.1f days", seconds / 86400);
}

std::string progress_text(const ProgressLine& progress) {
    std::string text = std::to_string(progress.done) + " finished, " + std::to_string(progress.running) + " running, " +
                       std::to_string(progress.waiting) + " waiting";
    if (progress.failed > 0) {
        text.append(", ").append(std::to_string(progress.failed)).append(" failed");
    }
    text.append("; ").append(short_number(progress.tokens_per_second)).append(" tokens/s; ");
    text.append(print("%.0f %% of the compute; ", 100 * progress.share_of_flops));
    return text + (progress.seconds_left < 0 ? "time left unknown" : duration_text(progress.seconds_left) + " left");
}

}  // namespace overtake
