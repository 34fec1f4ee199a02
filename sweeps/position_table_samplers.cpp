// Samplers: where the tokens of a training window stand, drawn anew for each step; any scheme may be wrapped.
//
// Evaluation uses plain positions 0 .. N - 1 unless an option says otherwise. A sampler costs nothing that is counted.
#include "sweeps/position_table.hpp"

namespace overtake {

std::vector<SchemeInfo> samplers() {
    return {
        {.name = "randomised",
         .kind = SchemeKind::sampler,
         .options = {integer("longest", 2048, 2, 1 << 24, "positions are drawn from 0 to longest - 1; at least the train length"),
                     choice("at_evaluation", "identity", {"identity", "drawn"},
                            "positions in evaluation: plain ones, or drawn as in training (lengths up to `longest`)")},
         .whole_positions = true,
         .source = "Ruoss et al. 2023, arXiv:2305.16843, section 3: T distinct positions, sorted, one draw per step"},
        {.name = "shape",
         .kind = SchemeKind::sampler,
         .options = {integer("offset", 100, 0, 1 << 24, "greatest offset, in tokens: all positions move by a number from 0 to it")},
         .whole_positions = true,
         .source = "Kiyono et al. 2021, arXiv:2109.05644, section 3: one uniform offset per step"},
        {.name = "cape",
         .kind = SchemeKind::sampler,
         .options = {number("global_shift", 50, 0, 1e6, "greatest shift of all positions either way, in tokens"),
                     number("local_shift", 0.5, 0, 0.5, "greatest shift of each position either way, in tokens; order stays"),
                     number("scale", 1.03, 1, 100, "greatest factor of all positions; its logarithm is uniform either way")},
         .source = "Likhomanenko et al. 2021, arXiv:2106.03143, section 3: (p + global + local) scale"},
    };
}

}  // namespace overtake
