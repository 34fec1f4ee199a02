// Taking, renewing and leaving sweep.lock. link() makes it, so that of two supervisors one wins on any file system.
#include "cluster/launch/lock.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>

#include <nlohmann/json.hpp>

#include "cluster/launch/process.hpp"
#include "cluster/slurm/job.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/write_aside.hpp"

namespace overtake {

namespace {

using Json = nlohmann::json;

std::string new_token() {
    std::random_device device;
    return std::to_string(device()) + "-" + std::to_string(device());
}

LockOwner ourselves() {
    LockOwner owner;
    owner.host = host_name();
    owner.pid = getpid();
    owner.pid_start = process_start_time(owner.pid).value_or(0);
    const std::optional<SlurmJob> job = job_from(std::getenv);
    owner.slurm_job = job ? job->id : "";
    owner.slurm_restart = job ? job->restart : 0;
    owner.heartbeat = unix_seconds();
    owner.token = new_token();
    return owner;
}

bool runs(pid_t pid, long long start) { return pid > 0 && process_start_time(pid) == std::optional(start); }

class RemovedAtEnd {
  public:
    explicit RemovedAtEnd(std::filesystem::path file) : file_(std::move(file)) {}
    RemovedAtEnd(const RemovedAtEnd&) = delete;
    RemovedAtEnd& operator=(const RemovedAtEnd&) = delete;
    ~RemovedAtEnd() {
        std::error_code ignored;
        std::filesystem::remove(file_, ignored);
    }

  private:
    std::filesystem::path file_;
};

std::string describe(const LockOwner& owner) {
    std::string text = "process " + std::to_string(owner.pid) + " on " + owner.host;
    if (!owner.slurm_job.empty()) {
        text.append(" (Slurm job ").append(owner.slurm_job).append(")");
    }
    return text;
}

/// Makes `file` with the owner in it; false if it is there already.
bool create_with(const std::filesystem::path& file, const LockOwner& owner) {
    std::filesystem::path aside = file;
    aside += ".new." + owner.token;
    write_aside(aside, to_json_text(owner));
    const bool made = link(aside.c_str(), file.c_str()) == 0;
    const int cause = errno;
    std::error_code ignored;
    std::filesystem::remove(aside, ignored);
    if (!made && cause != EEXIST) {
        throw IoError("cannot make '" + file.string() + "' (" + std::strerror(cause) + "); is the sweep folder on a file system with hard links?");
    }
    return made;
}

/// nullopt if there is none. Throws IoError if that can't be told just now.
std::optional<std::string> text_of(const std::filesystem::path& path) {
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string text;
    std::array<char, 4096> part{};
    ssize_t bytes = file.value();
    while (file.value() >= 0 && (bytes = read(file.value(), part.data(), part.size())) > 0) {
        text.append(part.data(), static_cast<std::size_t>(bytes));
    }
    if (bytes < 0 && errno == ENOENT) {
        return std::nullopt;
    }
    if (bytes < 0) {
        throw IoError("cannot read '" + path.string() + "' (" + std::strerror(errno) + "); check that the sweep folder can be reached");
    }
    return text;
}

/// nullopt if that is no lock.
std::optional<LockOwner> owner_in(const std::string& text) {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) {
        return std::nullopt;
    }
    try {
        LockOwner owner;
        owner.host = json.at("host").get<std::string>();
        owner.pid = json.at("pid").get<pid_t>();
        owner.pid_start = json.at("pid_start").get<long long>();
        owner.slurm_job = json.at("slurm_job").get<std::string>();
        owner.slurm_restart = json.value("slurm_restart", std::int64_t{0});
        owner.restarts = json.at("restarts").get<std::int64_t>();
        owner.heartbeat = json.at("heartbeat").get<std::int64_t>();
        owner.launcher = json.at("launcher").get<pid_t>();
        owner.launcher_start = json.at("launcher_start").get<long long>();
        owner.token = json.at("token").get<std::string>();
        return owner;
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

/// nullopt if there is no file, or no lock in it. Throws IoError if that can't be told just now.
std::optional<LockOwner> owner_of(const std::filesystem::path& path) {
    const std::optional<std::string> text = text_of(path);
    return text ? owner_in(*text) : std::nullopt;
}

/// Whoever made this file alone may remove or replace a lock that counts as dead. False if somebody else has it just now.
bool take_guard(const std::filesystem::path& guard, const LockOwner& owner) {
    if (create_with(guard, owner)) {
        return true;
    }
    const std::optional<LockOwner> taker = owner_of(guard);
    if (taker && state_of(*taker, unix_seconds()) == LockState::dead) {
        std::error_code ignored;
        std::filesystem::remove(guard, ignored);
    }
    return false;
}

std::filesystem::path guard_of(const SweepFolder& folder) { return folder.lock().string() + ".taking"; }

void end_leftover(const LockOwner& dead, const SweepFolder& folder, std::chrono::milliseconds patience,
                  const std::function<void(const std::string&)>& say) {
    const auto is_ours = [&] {
        const std::string line = process_command_line(dead.launcher);
        return runs(dead.launcher, dead.launcher_start) && line.find("overtake-train") != std::string::npos &&
               line.find(folder.root.string()) != std::string::npos;
    };
    if (dead.host != host_name() || !is_ours()) {
        return;
    }
    say("the supervisor before this one is gone, its launcher (process " + std::to_string(dead.launcher) + ") still runs; waiting for it to leave");
    for (const auto& [signal, wait] : {std::pair(0, patience), std::pair(SIGTERM, std::chrono::milliseconds(5000)),
                                       std::pair(SIGKILL, std::chrono::milliseconds(2000))}) {
        if (signal != 0) {
            say("ending it with signal " + std::to_string(signal));
            kill(dead.launcher, signal);
        }
        const auto limit = std::chrono::steady_clock::now() + wait;
        while (is_ours() && std::chrono::steady_clock::now() < limit) {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        if (!is_ours()) {
            return;
        }
    }
    throw IoError("process " + std::to_string(dead.launcher) + " works in '" + folder.root.string() + "' and can't be ended; end it by hand");
}

}  // namespace

std::string host_name() {
    char name[256] = {};
    return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

std::int64_t unix_seconds() {
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string to_json_text(const LockOwner& owner) {
    return Json{{"host", owner.host},
                {"pid", owner.pid},
                {"pid_start", owner.pid_start},
                {"slurm_job", owner.slurm_job},
                {"slurm_restart", owner.slurm_restart},
                {"restarts", owner.restarts},
                {"heartbeat", owner.heartbeat},
                {"launcher", owner.launcher},
                {"launcher_start", owner.launcher_start},
                {"token", owner.token}}
               .dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
           "\n";
}

std::vector<SweepFolder> folders_with_locks(const SweepFolder& folder) {
    std::vector<SweepFolder> found;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder.root, ignored)) {
        const std::string name = entry.path().filename().string();
        if (name == "sweep.lock") {
            found.push_back({folder.root});
        } else if (name.starts_with("sweep.") && name.ends_with(".lock")) {
            found.push_back({folder.root, name.substr(6, name.size() - 11)});
        }
    }
    std::sort(found.begin(), found.end(), [](const SweepFolder& a, const SweepFolder& b) { return a.member < b.member; });
    return found;
}

std::optional<LockOwner> read_lock(const SweepFolder& folder) {
    try {
        return owner_of(folder.lock());
    } catch (const IoError&) {
        return std::nullopt;
    }
}

LockState state_of(const LockOwner& owner, std::int64_t now) {
    if (owner.host == host_name()) {
        return runs(owner.pid, owner.pid_start) ? LockState::alive : LockState::dead;
    }
    return now - owner.heartbeat < stale_after_seconds ? LockState::alive : LockState::dead;
}

bool is_former_life(const LockOwner& other, const LockOwner& us) {
    return !us.slurm_job.empty() && other.slurm_job == us.slurm_job && other.slurm_restart < us.slurm_restart;
}

/// Who works alone and who is a member of an array exclude each other, each looking after it has taken its own lock.
std::optional<LockOwner> SweepLock::excluded_by() const {
    for (const SweepFolder& other : folders_with_locks(folder_)) {
        if (other.member.empty() == folder_.member.empty()) {
            continue;
        }
        const std::optional<LockOwner> owner = owner_of(other.lock());
        if (owner && state_of(*owner, unix_seconds()) == LockState::alive) {
            return owner;
        }
    }
    return std::nullopt;
}

SweepLock SweepLock::take(const SweepFolder& folder, std::chrono::milliseconds patience, const std::function<void(const std::string&)>& say) {
    const std::filesystem::path guard = guard_of(folder);
    std::error_code ignored;
    const auto limit = std::chrono::steady_clock::now() + patience + std::chrono::seconds(15);
    do {
        LockOwner owner = ourselves();
        if (create_with(folder.lock(), owner)) {
            SweepLock lock(folder, owner);
            if (const std::optional<LockOwner> other = lock.excluded_by()) {
                throw IoError("the sweep in '" + folder.root.string() + "' is being run by " + describe(*other) +
                              " (a job array and a single run can't share it); wait for it, or stop it (overtake cancel)");
            }
            std::filesystem::remove(folder.stop(), ignored);
            return lock;
        }
        const std::optional<LockOwner> other = owner_of(folder.lock());
        if (other && is_former_life(owner, *other)) {
            throw IoError("Slurm began this job again (" + describe(*other) + " has the sweep in '" + folder.root.string() + "'); this former life of it leaves");
        }
        if (other && !is_former_life(*other, owner) && state_of(*other, unix_seconds()) == LockState::alive) {
            throw IoError("the sweep in '" + folder.root.string() + "' is being run by " + describe(*other) + ", heartbeat " +
                          std::to_string(std::max<std::int64_t>(0, unix_seconds() - other->heartbeat)) +
                          " s ago; wait for it, or stop it (overtake cancel)");
        }
        if (!take_guard(guard, owner)) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            continue;
        }
        const RemovedAtEnd guarded{guard};
        if (owner_of(folder.lock()) == other) {
            if (other) {
                say("taking over from " + describe(*other) + (is_former_life(*other, owner) ? ", a former life of this job" : ", which is gone"));
                end_leftover(*other, folder, patience, say);
            }
            std::filesystem::remove(folder.lock(), ignored);
        }
    } while (std::chrono::steady_clock::now() < limit);
    throw IoError("cannot take '" + folder.lock().string() + "' (others take it at the same time); try again");
}

SweepLock::SweepLock(SweepFolder folder, LockOwner owner)
    : folder_(std::move(folder)),
      owner_(std::move(owner)),
      renewal_("renew '" + folder_.lock().string() + "', which keeps others away,"),
      renewed_at_(Retry::Clock::now()) {}

SweepLock::SweepLock(SweepLock&& other) noexcept
    : folder_(std::move(other.folder_)),
      owner_(std::move(other.owner_)),
      held_(std::exchange(other.held_, false)),
      renewal_(std::move(other.renewal_)),
      renewed_at_(other.renewed_at_) {}

SweepLock::~SweepLock() {
    if (!held_) {
        return;
    }
    const std::optional<LockOwner> now = read_lock(folder_);
    if (now && now->token == owner_.token) {
        std::error_code ignored;
        std::filesystem::remove(folder_.lock(), ignored);
    }
}

void SweepLock::set_launcher(pid_t pid, std::int64_t restarts) {
    owner_.launcher = pid;
    owner_.launcher_start = pid > 0 ? process_start_time(pid).value_or(0) : 0;
    owner_.restarts = restarts;
    renewal_.want();
    beat();
}

bool SweepLock::is_ours() const {
    const std::optional<LockOwner> now = read_lock(folder_);
    return held_ && (!now || now->token == owner_.token);
}

bool SweepLock::beat(Retry::Clock::time_point now) {
    if (now - renewed_at_ >= std::chrono::seconds(heartbeat_seconds)) {
        renewal_.want();
    }
    if (held_) {
        renewal_.attempt([&] { renew(now); }, now);
    }
    return held_;
}

/// Throws IoError if the folder refuses. After a long silence others count us as dead: then under the guard that they take before they remove
/// the file, so that they see either our new heartbeat or none.
void SweepLock::renew(Retry::Clock::time_point now) {
    const std::filesystem::path guard = guard_of(folder_);
    std::optional<RemovedAtEnd> guarded;
    if (now - renewed_at_ >= std::chrono::seconds(stale_after_seconds)) {
        if (!take_guard(guard, owner_)) {
            throw IoError("somebody else is about to take it");
        }
        guarded.emplace(guard);
    }
    const std::optional<std::string> text = text_of(folder_.lock());
    const std::optional<LockOwner> there = text ? owner_in(*text) : std::nullopt;
    if (there && there->token != owner_.token) {
        held_ = false;
        return;
    }
    owner_.heartbeat = unix_seconds();
    if (text) {
        write_aside(folder_.lock(), to_json_text(owner_));
    } else if (!std::filesystem::exists(folder_.root)) {
        throw IoError("'" + folder_.root.string() + "' is not there");
    } else if (!create_with(folder_.lock(), owner_)) {
        throw IoError("somebody made it in the same moment");  // the next look tells who
    }
    renewed_at_ = now;
}

}  // namespace overtake
