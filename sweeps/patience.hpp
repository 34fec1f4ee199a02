// How long something may keep still before others act on it, and the variables of the environment that say otherwise (tests, and systems
// that are known to stall).
#pragma once

namespace overtake {

inline constexpr double default_hang_s = 30;     // OVERTAKE_HANG_SECONDS: a rank or the whole program, without a sign of life (progress comes once a second)
inline constexpr double default_lease_s = 90;    // OVERTAKE_LEASE_SECONDS: a member of a job array, before its stages are taken over
inline constexpr double default_folder_s = 600;  // OVERTAKE_FOLDER_SECONDS: a sweep folder that takes no files, with nothing running meanwhile

/// Seconds from the text of such a variable (nullptr: not set); `otherwise` if it's no number above 0.
double patience_seconds(const char* text, double otherwise);

}  // namespace overtake
