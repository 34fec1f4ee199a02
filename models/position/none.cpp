// No position scheme: the causal mask alone tells positions apart (Haviv et al. 2022, arXiv:2203.16634).
#include "models/position/schemes.hpp"

namespace overtake {

SchemePointer make_none(const SchemeInfo& info, SchemeSetup setup) {
    return std::make_unique<PositionScheme>(info, std::move(setup));
}

}  // namespace overtake
