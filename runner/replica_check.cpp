#include "runner/replica_check.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <span>

#include <ATen/core/grad_mode.h>

#include "cluster/comm/mpi_environment.hpp"

namespace overtake {

namespace {

struct Wire {
    std::uint64_t value = 0;
    std::array<char, 64> host{};
};

}  // namespace

std::uint64_t replica_hash(const Arena& arena) {
    const at::NoGradGuard no_grad;
    std::uint64_t hash = 0;
    for (const at::Tensor& tensor : {arena.weights, arena.first_moment, arena.second_moment}) {
        // A flip changes a sum of integers by a power of two, and odd factors keep that from vanishing.
        hash = hash * 0x9E3779B97F4A7C15ULL + static_cast<std::uint64_t>(tensor.view(at::kInt).sum(at::kLong).item<std::int64_t>());
    }
    return hash;
}

std::vector<Testimony> hear_all(const Team& team, std::uint64_t value) {
    std::vector<Testimony> all;
    for (int rank = 0; rank < team.width(); ++rank) {
        Wire wire{.value = value};
        const std::string host = MpiEnvironment::host();
        host.copy(wire.host.data(), wire.host.size() - 1);
        if (team.width() > 1) {
            broadcast(team.group, std::as_writable_bytes(std::span(&wire, 1)), rank);
        }
        all.push_back({wire.value, wire.host.data()});
    }
    return all;
}

std::string name_the_flagged(const std::vector<Testimony>& testimonies) {
    std::string words;
    for (std::size_t rank = 0; rank < testimonies.size(); ++rank) {
        if (testimonies[rank].value != 0) {
            words.append(words.empty() ? "rank " : ", rank ").append(std::to_string(rank)).append(" of the team on ").append(testimonies[rank].host);
        }
    }
    return words;
}

std::string suspects_among(const std::vector<Testimony>& testimonies) {
    std::vector<Testimony> flagged = testimonies;
    for (Testimony& one : flagged) {
        const auto like_it = std::count_if(testimonies.begin(), testimonies.end(), [&](const Testimony& other) { return other.value == one.value; });
        one.value = 2 * like_it > std::ssize(testimonies) ? 0 : 1;
    }
    return name_the_flagged(flagged);
}

bool is_alike(const Team& team, std::uint64_t value) {
    if (team.width() == 1) {
        return true;
    }
    const auto high = static_cast<double>(value >> 32), low = static_cast<double>(value & 0xFFFFFFFFU);
    std::array<double, 4> extremes{high, low, -high, -low};
    all_reduce_max(team.group, std::span(extremes));
    return extremes[0] == -extremes[2] && extremes[1] == -extremes[3];
}

std::optional<std::string> find_unlike_replica(const Arena& arena, const Team& team) {
    if (team.width() == 1) {
        return std::nullopt;
    }
    const std::uint64_t hash = replica_hash(arena);
    if (is_alike(team, hash)) {
        return std::nullopt;
    }
    return "suspect hardware: replicas that must be equal differ; " + suspects_among(hear_all(team, hash));
}

bool same_number(float a, float b) {
    return (std::isnan(a) && std::isnan(b)) || std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

}  // namespace overtake
