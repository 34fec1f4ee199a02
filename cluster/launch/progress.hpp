// Progress in words: finished / running / waiting, tokens per second, time left.
#pragma once

#include <string>

#include "sweeps/run_lines.hpp"

namespace overtake {

/// "12 finished, 2 running, 30 waiting; 41.2k tokens/s; 37 % of the compute; 3 min left". Failed ones are named when there are any.
std::string progress_text(const ProgressLine& progress);

/// "8 s", "3 min", "2.5 h", "4.1 days"; "unknown" if negative or not finite.
std::string duration_text(double seconds);

/// Three significant digits and a unit: "532", "41.2k", "1.30M", "2.10G", "7.00T".
std::string short_number(double value);

/// "1.23 GB" and "7.15 TFLOPs", in powers of 1,000.
std::string bytes_text(double bytes);
std::string flops_text(double flops);

}  // namespace overtake
