#include "runner/agreement.hpp"

#include <exception>
#include <span>

#include "runner/stage_fault.hpp"

namespace overtake {

namespace {

/// How badly a part of the work went, in the order in which one outweighs another.
enum class Went { well, wrong, wrong_with_the_place };

}  // namespace

void together(const Team& team, const std::function<void()>& work) {
    std::exception_ptr fault;
    std::string words;
    Went mine = Went::well;
    try {
        work();
    } catch (const std::exception& error) {
        words = error.what();
        mine = accuses_the_place(error) ? Went::wrong_with_the_place : Went::wrong;
        fault = mine == Went::wrong_with_the_place ? std::current_exception() : nullptr;
    }
    auto worst = static_cast<double>(mine);
    all_reduce_max(team.group, std::span(&worst, 1));
    if (fault) {
        std::rethrow_exception(fault);
    }
    if (words.empty() && worst > static_cast<double>(Went::well)) {
        words = "another rank of the team could not do its part";
    }
    if (worst == static_cast<double>(Went::wrong_with_the_place)) {
        throw StageFault(words, Blame::place_of_others);
    }
    if (worst == static_cast<double>(Went::wrong)) {
        throw AgreedFailure(words);
    }
}

}  // namespace overtake
