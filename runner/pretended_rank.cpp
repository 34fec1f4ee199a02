// For cluster/launch/doctor_test: a rank of `overtake-train FOLDER ... --doctor [--nccl]` on pretended devices (cluster/comm/stand_ins), with the real MPI.
#include <algorithm>
#include <string_view>
#include <vector>

#include "runner/rank_facts.hpp"

int main(int argc, char** argv) {
    const std::vector<std::string_view> words(argv + 1, argv + argc);
    return words.empty() ? 2 : overtake::print_rank_facts(argc, argv, words.front(), std::find(words.begin(), words.end(), "--nccl") != words.end());
}
