// Which trials did not finish, and why.
#include "analysis/status_table.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace overtake {

namespace {

/// Each once, in order of appearance; of more than six, how many more.
class Names {
  public:
    void add(const std::string& name) {
        if (std::find(names_.begin(), names_.end(), name) == names_.end()) {
            names_.push_back(name);
        }
    }
    std::string text() const {
        constexpr std::size_t most = 6;
        std::string out;
        for (std::size_t i = 0; i < std::min(names_.size(), most); ++i) {
            out += (i > 0 ? ", " : "") + names_[i];
        }
        return out + (names_.size() > most ? " and " + std::to_string(names_.size() - most) + " more" : "");
    }

  private:
    std::vector<std::string> names_;
};

struct Group {
    std::size_t count = 0;
    Names schemes, sizes, seeds;
};

}  // namespace

std::optional<Table> failure_table(const Results& results) {
    std::map<std::pair<std::string, std::string>, Group> groups;
    for (const TrialResult& trial : results.trials) {
        if (trial.status == TrialStatus::diverged || trial.status == TrialStatus::failed) {
            Group& group = groups[{trial.status == TrialStatus::failed ? "failed" : "diverged", trial.reason}];
            ++group.count;
            group.schemes.add(trial.scheme);
            group.sizes.add(trial.size);
            group.seeds.add(std::to_string(trial.seed));
        }
    }
    Table table{.name = "failures", .caption = "Trials that did not finish, by reason.", .header = {"status", "trials", "schemes", "sizes", "seeds", "reason"}, .rows = {}};
    for (const auto& [key, group] : groups) {
        table.rows.push_back({key.first, std::to_string(group.count), group.schemes.text(), group.sizes.text(), group.seeds.text(), key.second.empty() ? "none recorded" : key.second});
    }
    return table.rows.empty() ? std::nullopt : std::optional(table);
}

}  // namespace overtake
