#include "runner/say.hpp"

#include <iostream>
#include <mutex>
#include <utility>

namespace overtake {

namespace {
std::string speaker;
std::mutex speaking;
}  // namespace

void set_speaker(std::string name) { speaker = std::move(name); }

void say(const std::string& words) {
    const std::lock_guard lock(speaking);
    std::cerr << "overtake-train: " << (speaker.empty() ? "" : speaker + ": ") << words << std::endl;
}

void print(const RunLine& line) {
    const std::lock_guard lock(speaking);
    std::cout << to_line(line) + "\n" << std::flush;
}

}  // namespace overtake
