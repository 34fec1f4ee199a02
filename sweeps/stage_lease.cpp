#include "sweeps/stage_lease.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <vector>

#include <nlohmann/json.hpp>

#include "sweeps/errors.hpp"
#include "sweeps/shared_folder.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {

namespace {

using Json = nlohmann::json;
constexpr std::string_view prefix = "lease.";

std::optional<std::int64_t> number_in(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(number) : std::nullopt;
}

std::vector<std::int64_t> generations_of(const SweepFolder& folder, std::string_view stage) {
    std::vector<std::int64_t> found;
    std::error_code error;
    for (auto entry = std::filesystem::directory_iterator(folder.stage(stage), error); !error && entry != std::filesystem::directory_iterator();
         entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        if (const auto number = name.starts_with(prefix) ? number_in(std::string_view(name).substr(prefix.size())) : std::nullopt) {
            found.push_back(*number);
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

void sweep_away(const std::filesystem::path& file) {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
}

/// Whether two names lead to what lies in `aside`: a server whose answer to link() was lost says that the name is there already.
bool was_linked(const std::filesystem::path& aside) {
    struct stat facts {};
    return ::stat(aside.c_str(), &facts) == 0 && facts.st_nlink > 1;
}

/// False if that generation is there already.
bool make_generation(const SweepFolder& folder, std::string_view stage, const StageLease& lease) {
    const std::filesystem::path target = lease_file(folder, stage, lease.generation);
    std::filesystem::path aside = folder.stage(stage) / "lease.new";
    aside += writer_of(folder);
    write_aside(aside, Json{{"held", lease.held}, {"member", lease.member}, {"life", lease.life}, {"host", lease.host}, {"pid", lease.pid}}.dump() + "\n");
    const int cause = ::link(aside.c_str(), target.c_str()) == 0 ? 0 : errno;
    const bool made = cause == 0 || was_linked(aside);
    sweep_away(aside);
    if (!made && cause != EEXIST) {
        throw IoError("cannot make '" + target.string() + "' (" + std::strerror(cause) + "); job arrays need a file system with hard links");
    }
    return made;
}

}  // namespace

StageLease read_lease(const SweepFolder& folder, std::string_view stage) {
    const std::vector<std::int64_t> generations = generations_of(folder, stage);
    StageLease lease;
    if (generations.empty()) {
        return lease;
    }
    lease.generation = generations.back();
    std::ifstream file(lease_file(folder, stage, lease.generation));
    const Json json = Json::parse(file, nullptr, false);
    try {
        lease.held = json.at("held").get<bool>();
        lease.member = json.at("member").get<std::string>();
        lease.life = json.at("life").get<std::string>();
        lease.host = json.at("host").get<std::string>();
        lease.pid = json.at("pid").get<std::int64_t>();
    } catch (const Json::exception&) {
        lease = StageLease();
        lease.generation = generations.back();
        lease.held = true;
    }
    return lease;
}

bool take_lease(const SweepFolder& folder, std::string_view stage, const StageLease& seen) {
    std::array<char, 256> host{};
    ::gethostname(host.data(), host.size() - 1);
    const StageLease ours{seen.generation + 1, true, folder.member, folder.life, host.data(), ::getpid()};
    if (!make_generation(folder, stage, ours)) {
        return false;
    }
    const std::vector<std::int64_t> generations = generations_of(folder, stage);
    if (!generations.empty() && generations.back() > ours.generation) {
        sweep_away(lease_file(folder, stage, ours.generation));  // what we had seen was long past, and swept away
        return false;
    }
    for (const std::int64_t past : generations) {
        if (past < seen.generation) {
            sweep_away(lease_file(folder, stage, past));
        }
    }
    return true;
}

void give_back_lease(const SweepFolder& folder, std::string_view stage) {
    if (const StageLease now = read_lease(folder, stage); now.is_of(folder)) {
        StageLease nobodys;
        nobodys.generation = now.generation + 1;
        make_generation(folder, stage, nobodys);
    }
}

void drop_leases(const SweepFolder& folder, std::string_view stage) {
    for (const std::int64_t generation : generations_of(folder, stage)) {
        sweep_away(lease_file(folder, stage, generation));
    }
}

void write_pulse(const SweepFolder& folder, std::int64_t count) {
    std::array<char, 32> text{};
    const int length = std::snprintf(text.data(), text.size(), "%019lld\n", static_cast<long long>(count));
    const int file = ::open(pulse_file(folder).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    const bool written = file >= 0 && ::pwrite(file, text.data(), static_cast<std::size_t>(length), 0) == length && ::fsync(file) == 0;
    const int cause = errno;
    if (file >= 0) {
        ::close(file);
    }
    if (!written) {
        throw IoError("cannot write '" + pulse_file(folder).string() + "' (" + std::strerror(cause) + ")");
    }
}

std::optional<std::int64_t> read_pulse(const SweepFolder& folder) {
    std::ifstream file(pulse_file(folder));
    std::string text;
    file >> text;
    return number_in(text);
}

void HolderWatch::tick(double now_s) {
    clock_s_ += std::clamp(now_s - last_tick_s_.value_or(now_s), 0.0, patience_s_ / 3);
    last_tick_s_ = now_s;
}

bool HolderWatch::moves(const std::string& member, const std::string& life, std::optional<std::int64_t> count) {
    const auto [known, is_new] = seen_.try_emplace({member, life}, Seen{count, clock_s_});
    if (!is_new && known->second.count != count) {
        known->second = {count, clock_s_};
    }
    return clock_s_ - known->second.since_s <= patience_s_;
}

}  // namespace overtake
