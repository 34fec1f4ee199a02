// overtake doctor: what is wrong with a place before a sweep finds out.
#pragma once

#include <string>
#include <vector>

namespace overtake {

/// overtake doctor SWEEP [--in DIR] [--ranks N] [--srun] [--mpirun PATH] [--nccl]. Exit code 1 if a sweep would fail here.
int doctor_verb(const std::vector<std::string>& arguments);

}  // namespace overtake
