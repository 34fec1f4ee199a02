// For failing_calls_test: a program that writes everything a stage and its supervisor write, twice, and says what is safely there.
// Usage: stage_writer FOLDER. Prints a line on standard output after each file that it was told is written.
#include <unistd.h>

#include <iostream>

#include "cluster/launch/lock.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/results/record_file.hpp"
#include "sweeps/results/sample_records.hpp"
#include "sweeps/results/state_file.hpp"
#include "sweeps/run_lines.hpp"

namespace overtake {
namespace {

void try_to(const std::string& what, const std::function<void()>& write) {
    try {
        write();
        std::cout << what << std::endl;
    } catch (const IoError& error) {
        std::cerr << what << ": " << error.what() << std::endl;
    }
}

int write_all(const SweepFolder& folder) {
    const SweepLock lock = SweepLock::take(folder, std::chrono::milliseconds(0), [](const std::string&) {});
    for (const std::int64_t round : {1, 2}) {
        const std::string number = " " + std::to_string(round);
        try_to("strikes" + number, [&] { write_strikes(folder.strikes(), {{"00000000000000a1", round, 7}}); });
        try_to("state" + number, [&] { write_state(folder, sample::state("00000000000000a1", 10 * round)); });
        try_to("record" + number, [&] {
            StageRecord record = sample::record("00000000000000a1", "", "train");
            record.end_step = round;
            write_record(folder, record);
        });
        try_to("results" + number, [&] {
            Results results = sample::results();
            results.sweep_name = std::to_string(round);
            write_results(folder.results(), results);
        });
        try_to("outcome" + number, [&] { write_outcome(folder.outcome(), {.finished = true, .stages_done = round}); });
    }
    return 0;
}

}  // namespace
}  // namespace overtake

int main(int, char** arguments) {
    try {
        return overtake::write_all({arguments[1]});
    } catch (const overtake::IoError& error) {
        std::cerr << "lock: " << error.what() << std::endl;
        return 1;
    }
}
