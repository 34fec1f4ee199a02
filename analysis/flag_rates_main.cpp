// Prints how often healthy and degenerate sets are flagged: flag_rates [sets of each kind, default 500 [first seed, default 1000]].
#include <cstdint>
#include <cstdlib>
#include <iostream>

#include "analysis/flag_rates.hpp"

int main(int count, char** arguments) {
    int sets = count > 1 ? std::atoi(arguments[1]) : 500;
    std::uint64_t first_seed = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 1000;
    bool good = true;
    for (const overtake::FlagCase& of : overtake::flag_cases()) {
        overtake::FlagRate rate = overtake::measure_flags(of, sets, 300, 23, first_seed);
        std::cout << (of.healthy ? "healthy    " : "degenerate ") << of.name << ": " << rate.flagged << " of " << rate.sets << " flagged" << std::endl;
        for (const auto& [flag, times] : rate.by_flag) {
            std::cout << "    " << times << "  " << flag << "\n";
        }
        good = good && (of.healthy ? 50 * rate.flagged <= rate.sets : rate.flagged == rate.sets);
    }
    std::cout << (good ? "healthy sets at most 2 %, degenerate sets always\n" : "missed: healthy sets at most 2 %, degenerate sets always\n");
    return good ? 0 : 1;
}
