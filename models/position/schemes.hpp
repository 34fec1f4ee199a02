// One make_<scheme>() for each file of this folder; nothing else is visible of a scheme.
#pragma once

#include <memory>

#include "models/position/position_scheme.hpp"

namespace overtake {

using SchemePointer = std::unique_ptr<PositionScheme>;

SchemePointer make_none(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_sinusoidal(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_rope(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_alibi(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_learned(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_t5(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_kerple_log(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_learned_rope(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_kerple_power(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_sandwich(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_fire(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_tupe(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_fourier_features(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_floater(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_shaw(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_music_transformer(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_transformer_xl(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_deberta(const SchemeInfo& info, SchemeSetup setup);

}  // namespace overtake
