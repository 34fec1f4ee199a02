// The protocol between coordinator and workers: every message, its direction, its bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace overtake {

/// How a stage ended on its team.
enum class StageOutcome { done, diverged, failed, stopped };

// Worker to coordinator.
struct Ready {};                                       // this rank has nothing to do
struct Heartbeat { std::uint32_t stage; std::int64_t step; double tokens_per_second; };   // from the team's first rank
struct Ended { std::uint32_t stage; std::int64_t attempt; StageOutcome outcome; std::int64_t step; double seconds; std::string reason; };  // from the team's first rank

// Coordinator to worker.
struct Assign { std::uint32_t stage; std::int64_t attempt; std::vector<std::int32_t> team; };  // ranks of the team, ascending
struct StopNow {};                                     // checkpoint at the next possible step, then report `stopped`
struct Leave {};                                       // no more work: end the program

using ToCoordinator = std::variant<Ready, Heartbeat, Ended>;
using ToWorker = std::variant<Assign, StopNow, Leave>;

/// Version byte, kind byte, fields little-endian. Pinned by golden bytes.
std::vector<std::byte> encode(const ToCoordinator& message);
std::vector<std::byte> encode(const ToWorker& message);
/// nullopt for bytes that are no message of this version.
std::optional<ToCoordinator> decode_to_coordinator(std::span<const std::byte> data);
std::optional<ToWorker> decode_to_worker(std::span<const std::byte> data);

/// Several messages travel as one: their bytes one behind the other. nullopt if any part is no message of this version.
std::optional<std::vector<ToCoordinator>> decode_all_to_coordinator(std::span<const std::byte> data);
std::optional<std::vector<ToWorker>> decode_all_to_worker(std::span<const std::byte> data);

}  // namespace overtake
