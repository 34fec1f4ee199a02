// Bad days by the thousand: N simulated sweeps from seed FIRST on, each looked over. Exits 1 if one broke a promise.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "cluster/schedule/bad_days.hpp"
#include "cluster/schedule/shared_days.hpp"

namespace overtake {
namespace {

struct Totals {
    std::int64_t attempts = 0, restarts = 0, requeues = 0, failed = 0, skipped = 0, taken_over = 0;
};

std::vector<std::string> look_over(std::uint64_t seed, Totals& totals) {
    const BadDay day = bad_day(seed);
    try {
        const SimulatedSweep sweep = simulate_sweep(day.forest, day.options, day.mishaps);
        totals.attempts += static_cast<std::int64_t>(sweep.attempts.size());
        totals.restarts += sweep.restarts;
        totals.requeues += sweep.requeues;
        totals.failed += sweep.failed;
        totals.skipped += sweep.skipped;
        std::vector<std::string> broken = broken_promises(day.forest, day.options, sweep);
        if (seed % 50 == 0 && simulate_sweep(day.forest, day.options, day.mishaps).trace_hash != sweep.trace_hash) {
            broken.emplace_back("another trace the second time");
        }
        if (day.options.ranks <= 64) {
            const SharedDay shared = shared_day(seed);
            const SharedRun run = simulate_shared(shared);
            totals.taken_over += std::count_if(run.leases.begin(), run.leases.end(),
                                               [](const LeaseTaken& lease) { return std::isfinite(lease.silent_s); });
            const std::vector<std::string> among_members = broken_promises(shared, run);
            broken.insert(broken.end(), among_members.begin(), among_members.end());
        }
        return broken;
    } catch (const std::logic_error& error) {
        return {error.what()};
    }
}

std::optional<std::uint64_t> number_in(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

int run(std::uint64_t seeds, std::uint64_t first) {
    constexpr std::uint64_t shown = 5;
    Totals totals;
    std::uint64_t broken = 0;
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
        const std::vector<std::string> promises = look_over(seed, totals);
        broken += promises.empty() ? 0 : 1;
        if (!promises.empty() && broken <= shown) {
            std::printf("seed %llu: %zu broken, the first: %s\n", static_cast<unsigned long long>(seed),
                        promises.size(), promises.front().c_str());
        }
    }
    std::printf(
        "%lld attempts, %lld deaths, %lld requeues, %lld stages failed, %lld skipped; %lld taken over from members cut "
        "off or dead\n",
        static_cast<long long>(totals.attempts), static_cast<long long>(totals.restarts),
        static_cast<long long>(totals.requeues), static_cast<long long>(totals.failed),
        static_cast<long long>(totals.skipped), static_cast<long long>(totals.taken_over));
    std::printf("%llu seeds, %llu broken\n", static_cast<unsigned long long>(seeds),
                static_cast<unsigned long long>(broken));
    return broken > 0 ? 1 : 0;
}

}  // namespace
}  // namespace overtake

int main(int argc, char** argv) {
    const auto seeds = argc == 2 || argc == 3 ? overtake::number_in(argv[1]) : std::nullopt;
    const auto first = argc == 3 ? overtake::number_in(argv[2]) : std::optional<std::uint64_t>(0);
    if (!seeds || !first) {
        std::fprintf(stderr, "usage: bad_days_seeds N [FIRST]\n");
        return 2;
    }
    return overtake::run(*seeds, *first);
}
