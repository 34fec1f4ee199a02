// Failures that accuse the place where a stage runs, not the stage: a GPU, a network, a file that can't be read.
#pragma once

#include <exception>
#include <stdexcept>
#include <string>

namespace overtake {

enum class Blame {
    place,            // this rank's
    place_of_others,  // another rank of the team knows the cause
    unknown,          // one rank of several failed by itself
};

/// A stage met something that another start, or another place, may not have. It goes into no record: the program ends, which gets rid of
/// broken contexts and of peers that wait, and starts again; the stage gets a strike.
class StageFault : public std::runtime_error {
  public:
    StageFault(const std::string& what, Blame blame) : std::runtime_error(what), blame_(blame) {}
    Blame blame() const noexcept { return blame_; }

  private:
    Blame blame_;
};

/// A failure that every rank of the team knows of, so that none waits for another: the stage's own, and its record says so.
class AgreedFailure : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// What could not be read or written (unfit data could), and the errors of CUDA and its libraries but for memory, which is the stage's own affair.
bool accuses_the_place(const std::exception& error);

}  // namespace overtake
