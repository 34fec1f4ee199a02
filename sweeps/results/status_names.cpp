#include "sweeps/results/status_names.hpp"

namespace overtake {

namespace {
template <typename Status>
std::optional<Status> find(std::string_view name, std::initializer_list<Status> all) {
    for (const Status status : all) {
        if (name_of(status) == name) {
            return status;
        }
    }
    return std::nullopt;
}
}  // namespace

std::string_view name_of(StageStatus status) {
    switch (status) {
        case StageStatus::done:
            return "done";
        case StageStatus::diverged:
            return "diverged";
        case StageStatus::failed:
            return "failed";
    }
    return "";
}

std::string_view name_of(TrialStatus status) {
    switch (status) {
        case TrialStatus::done:
            return "done";
        case TrialStatus::diverged:
            return "diverged";
        case TrialStatus::failed:
            return "failed";
        case TrialStatus::unfinished:
            return "unfinished";
    }
    return "";
}

std::optional<StageStatus> find_stage_status(std::string_view name) {
    return find(name, {StageStatus::done, StageStatus::diverged, StageStatus::failed});
}

std::optional<TrialStatus> find_trial_status(std::string_view name) {
    return find(name, {TrialStatus::done, TrialStatus::diverged, TrialStatus::failed, TrialStatus::unfinished});
}

}  // namespace overtake
