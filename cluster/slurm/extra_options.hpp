// What a user's own #SBATCH options ([slurm] extra) mean for a sweep: GPUs asked for, and options that the script needs as it wrote them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace overtake {

/// Whether one of these options gives the job GPUs: any that names GPUs or generic resources but the --gpu-* ones, which ask for none, and --exclusive,
/// which takes all that a node has.
bool asks_for_gpus(std::span<const std::string> extra);

/// The same of the environment of sbatch ("NAME=value"): its SBATCH_* variables are options too.
bool environment_asks_for_gpus(std::span<const std::string> environment);

/// For each option in one entry of `extra` that would replace what the script says itself: the option, why not, and what to do instead. sbatch takes the last
/// of several, several on a line, and long names cut short.
std::vector<std::string> replaced_by(std::string_view entry);

}  // namespace overtake
