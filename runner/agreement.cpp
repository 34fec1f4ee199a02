#include "runner/agreement.hpp"

#include <exception>
#include <span>
#include <stdexcept>

namespace overtake {

void together(const Team& team, const std::function<void()>& work) {
    std::exception_ptr mine;
    try {
        work();
    } catch (...) {
        mine = std::current_exception();
    }
    double failed = mine ? 1 : 0;
    all_reduce_max(team.group, std::span(&failed, 1));
    if (mine) {
        std::rethrow_exception(mine);
    }
    if (failed > 0) {
        throw std::runtime_error("another rank of the team could not do its part");
    }
}

}  // namespace overtake
