// One make_<scheme>() for each file of this folder; nothing else is visible of a scheme.
#pragma once

#include <memory>

#include "models/position/position_scheme.hpp"

namespace overtake {

using SchemePointer = std::unique_ptr<PositionScheme>;

SchemePointer make_none(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_sinusoidal(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_rope(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_rope_interleaved(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_p_rope(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_partial_rope(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_xpos(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_resonance(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_i_rope(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_ssmax(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_log_n(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_alibi(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_learned(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_t5(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_kerple_log(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_learned_rope(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_fox(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_cable(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_cope(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_grape_ap(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_path(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_dape(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_universal(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_learned_base(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_rope_mixed(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_lie_rope(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_selective_rope(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_fope(const SchemeInfo& info, SchemeSetup setup);
SchemePointer make_pope(const SchemeInfo& info, SchemeSetup setup);
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
