// From a point of the grid and the settings to a trial with no rule left to apply; says which rules it applied.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sweeps/grid.hpp"
#include "sweeps/settings.hpp"

namespace overtake {

class Resolver {
  public:
    Resolver(const Settings& settings, Complaints& complaints) : settings_(settings), complaints_(complaints) {}

    /// nullopt with a complaint at the value of the file that is to blame.
    std::optional<TrialConfig> resolve(const GridPoint& point);

    /// Rules that were applied and that the user would want to know, one sentence each, after all points are resolved.
    std::vector<std::string> notes() const;

  private:
    struct Sized {
        std::optional<ModelConfig> model;
        std::int64_t parameters = 0;  // backbone
    };
    const Sized& sized(const AxisValue& size);
    std::int64_t batch_tokens(std::int64_t parameters) const;
    std::int64_t shards(std::int64_t batch_sequences, std::int64_t tokens) const;
    std::int64_t warmup_steps(std::int64_t parameters, std::int64_t tokens) const;
    std::vector<std::int64_t> lengths(std::int64_t train_length) const;
    /// The learning rate that tuning chose for the scheme; sets the scheme's knob and the held-out part too.
    double tuned(TrialConfig& config, double learning_rate, double parameters) const;
    bool check(const TrialConfig& config, const GridPoint& point);
    void remember(const TrialConfig& config, std::int64_t parameters);

    const Settings& settings_;
    Complaints& complaints_;
    std::map<const AxisValue*, Sized> sizes_;
    std::map<std::string, std::string> shapes_;   // size -> what was solved or chosen
    std::map<std::string, std::string> rates_;    // size -> learning rate
    std::map<std::string, std::string> batches_;  // size -> batch tokens
    std::set<std::string> limited_;               // schemes that some length is too long for
    std::set<std::string> whole_;                 // schemes that can't be evaluated block by block
    std::set<std::string> complained_;            // rule and place of problems already told
    std::int64_t repeated_ = 0;                   // trials above one epoch
    double most_epochs_ = 0;
    std::size_t cosine_budgets_ = 0;
};

}  // namespace overtake
