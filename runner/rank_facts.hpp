// What a rank finds where it runs, for `overtake doctor`.
#pragma once

#include <filesystem>

namespace overtake {

/// Prints one line of JSON on standard output (cluster/launch/site_facts.hpp reads it), also where a run would be refused: ranks that
/// believe to be alone, a low thread level, no GPU. With `nccl` a second one follows on the sums: if those hang, the first has been said.
/// `folder` is that in which the doctor left its mark. Brings MPI up and down.
int print_rank_facts(int& argc, char**& argv, const std::filesystem::path& folder, bool nccl);

}  // namespace overtake
