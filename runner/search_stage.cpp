// The search of an extension's factors on a trained model: individuals dealt out over the team, the search itself on every rank.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "runner/agreement.hpp"
#include "runner/extended_model.hpp"
#include "runner/keep_checkpoint.hpp"
#include "runner/records.hpp"
#include "runner/search/evolution.hpp"
#include "runner/search/gradient_search.hpp"
#include "runner/search_windows.hpp"
#include "runner/stage_work.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/results/state_file.hpp"

namespace overtake {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Of a model whose extension learns the factors that the round searches.
struct LearnedFactors {
    const char *option, *parameter;
};

LearnedFactors learned_factors_of(SearchRound round) {
    return round == SearchRound::short_factors ? LearnedFactors{"learned_short_factors", "position.extension.log_short_factors"}
                                               : LearnedFactors{"learned_factors", "position.extension.log_factors"};
}

SearchSpace space_of(const StageWork& work, const ExtensionConfig& extension) {
    const TrialConfig& config = work.stage.config;
    const Options& options = config.extension->search->options;
    const auto base = config.position.options.find("base");
    const SearchTask task{.head_width = 2 * rotated_pairs(config.model, config.position),
                          .base = base == config.position.options.end() ? 10000 : number_option(config.position.options, "base"),
                          .train_length = config.training.train_length,
                          .factor = number_option(config.extension->options, "factor"),
                          .context_length = work.stage.context_length,
                          .n_hat = flag_option(options, "search_n_hat"),
                          .monotone = flag_option(options, "search_monotone")};
    if (work.stage.round == SearchRound::short_factors) {
        return short_space(task);
    }
    if (extension.method == "longrope2") {
        return longrope2_space(task);
    }
    SearchSpace space = longrope_space(task);
    if (const std::vector<double>& known = list_option(extension.options, "long_factors"); !known.empty()) {
        // A second search begins with what the first one found, stretched to the new factor.
        const double stretch = task.factor / *std::max_element(known.begin(), known.end());
        Genome seed;
        for (const double factor : known) {
            seed.genes.push_back(space.gene_of(factor * std::max(1.0, stretch)));
        }
        space.seeds.insert(space.seeds.begin(), std::move(seed));
    }
    return space;
}

/// One search on one rank. Every rank knows all losses, so every rank makes the same next generation.
class Search {
  public:
    Search(const StageWork& work, const TokenSource& source)
        : work_(work),
          extension_(*extension_of(work)),
          space_(space_of(work, extension_)),
          made_(make_model(work)),
          arena_(made_.model, work.device),
          windows_(work, source) {
        parent_ = read_parent_state(work);
        arena_.load_weights(parent_, made_.added);
        const SearchConfig& search = *work.stage.config.extension->search;
        if (search.method == "gradient") {
            gradient_.emplace(space_, gradient_settings(search));
        } else {
            evolution_.emplace(space_, evolution_settings(search));
        }
        restore();
    }

    StageResult run() {
        auto last_checkpoint = Clock::now(), last_report = Clock::now() - std::chrono::seconds(10);
        while (!generation().empty()) {
            if (told_to_stop()) {
                checkpoint();
                return {StageOutcome::stopped, work_.stage.end_step, seconds_since(start_), "asked to stop"};
            }
            go_on();
            if (work_.team.rank() == 0 && work_.report && seconds_since(last_report) > 0.5) {
                work_.report(work_.stage.begin_step, tokens_seen_ / std::max(seconds_since(start_), 1e-9));
                last_report = Clock::now();
            }
            if (seconds_since(last_checkpoint) > work_.specification.cluster.checkpoint_seconds) {
                checkpoint();
                last_checkpoint = Clock::now();
            }
        }
        return finish();
    }

  private:
    const std::vector<SearchIndividual>& generation() const { return evolution_ ? evolution_->generation() : gradient_->generation(); }
    bool wants_gradient() const { return gradient_ && gradient_->wants_gradient(); }

    bool told_to_stop() const {
        double stop = work_.stop_asked && work_.stop_asked() ? 1 : 0;
        all_reduce_max(work_.team.group, std::span(&stop, 1));
        return stop > 0;
    }

    void go_on() {
        const std::vector<SearchIndividual> asked = generation();
        if (wants_gradient()) {
            const auto [loss, gradient] = loss_with_gradient(asked.front());
            keep(asked, {loss});
            gradient_->tell({loss}, gradient);
            tokens_seen_ += 2 * tokens_per_evaluation();
        } else {
            const std::vector<double> losses = losses_of(asked);
            keep(asked, losses);
            evolution_ ? evolution_->tell(losses) : gradient_->tell(losses);
        }
        tokens_seen_ += static_cast<double>(asked.size()) * tokens_per_evaluation();
    }

    void keep(const std::vector<SearchIndividual>& asked, const std::vector<double>& losses) {
        for (std::size_t i = 0; i < asked.size(); ++i) {
            state_.individuals.push_back(asked[i]);
            state_.individuals.back().loss = losses[i];
        }
    }

    /// Individuals go round the ranks; the sum over ranks adds zeros to each loss, so its bits depend on no width.
    std::vector<double> losses_of(const std::vector<SearchIndividual>& asked) {
        std::vector<double> losses(asked.size(), 0.0);
        together(work_.team, [&] {
            for (std::size_t i = static_cast<std::size_t>(work_.team.rank()); i < asked.size(); i += static_cast<std::size_t>(work_.team.width())) {
                made_.model.extend(with_factors(extension_, asked[i], work_.stage.round));
                losses[i] = windows_.mean_loss(made_.model);
            }
        });
        all_reduce_sum(work_.team.group, std::span(losses));
        return losses;
    }

    /// Windows go round the ranks; loss and gradient of each are summed in their order on every rank.
    std::pair<double, std::vector<double>> loss_with_gradient(const SearchIndividual& at) {
        const std::size_t pairs = at.factors.size(), row = pairs + 1;
        std::vector<double> parts(static_cast<std::size_t>(windows_.count()) * row, 0.0);
        together(work_.team, [&] {
            const LearnedFactors searched_for = learned_factors_of(work_.stage.round);
            ExtensionConfig learned = with_factors(extension_, at, work_.stage.round);
            learned.options[searched_for.option] = true;
            made_.model.extend(learned);
            at::Tensor factors;
            for (Parameter& parameter : made_.model.parameters()) {
                const bool searched = parameter.name == searched_for.parameter;
                parameter.value.set_requires_grad(searched);
                factors = searched ? parameter.value : factors;
            }
            expects(factors.defined(), "an extension with learned factors has them as a parameter");
            for (std::int64_t window = work_.team.rank(); window < windows_.count(); window += work_.team.width()) {
                factors.mutable_grad() = at::Tensor();
                const at::Tensor loss = windows_.window_loss(made_.model, window);
                loss.backward();
                const at::Tensor gradient = factors.grad().to(at::kCPU, at::kDouble).contiguous();
                double* part = parts.data() + static_cast<std::size_t>(window) * row;
                part[0] = loss.item<double>();
                std::copy_n(gradient.const_data_ptr<double>(), pairs, part + 1);
            }
        });
        all_reduce_sum(work_.team.group, std::span(parts));
        std::vector<double> sum(row, 0.0);
        for (std::size_t i = 0; i < parts.size(); ++i) {
            sum[i % row] += parts[i] / static_cast<double>(windows_.count());
        }
        return {sum[0], std::vector<double>(sum.begin() + 1, sum.end())};
    }

    double tokens_per_evaluation() const { return static_cast<double>(windows_.count() * work_.stage.context_length); }

    /// Goes on from a checkpoint by telling the search what it was told before.
    void restore() {
        state_.id = work_.stage.id;
        state_.step = work_.stage.begin_step;
        state_.parameter_offsets = {0};
        const std::optional<LoadedState> own = read_state(work_.folder, work_.stage.id);
        if (own && !own->state.individuals.empty()) {
            const std::vector<SearchIndividual>& known = own->state.individuals;
            if (gradient_) {
                if (own->state.first_moment.size() == own->state.weights.size()) {
                    gradient_->restore(known, {own->state.weights, own->state.first_moment, own->state.second_moment});
                    state_.individuals = known;
                }
            } else {
                tell_again(known);
            }
            seconds_before_ = own->state.seconds;
        }
        state_.attempts = work_.attempt;
    }

    void tell_again(const std::vector<SearchIndividual>& known) {
        std::size_t begin = 0;
        while (!generation().empty() && begin + generation().size() <= known.size()) {
            std::vector<double> losses;
            for (const SearchIndividual& individual : generation()) {
                const SearchIndividual& then = known[begin + losses.size()];
                if (then.factors != individual.factors || then.n_hat != individual.n_hat) {
                    return;  // another program asked: go on from where both agree
                }
                losses.push_back(then.loss);
            }
            begin += losses.size();
            keep(generation(), losses);
            evolution_->tell(losses);
        }
    }

    void checkpoint() {
        if (work_.team.rank() != 0) {
            return;
        }
        if (gradient_) {
            const GradientState& at = gradient_->state();
            state_.weights = at.log_factors;
            state_.first_moment = at.first_moment;
            state_.second_moment = at.second_moment;
        }
        state_.seconds = seconds_before_ + seconds_since(start_);
        try {
            keep_checkpoint(work_, state_);
        } catch (const std::exception& error) {
            say("checkpoint of stage '" + work_.stage.id + "' was not written: " + error.what());
        }
    }

    StageResult finish() {
        const SearchIndividual* best = best_individual(state_.individuals);
        StageResult result{best != nullptr ? StageOutcome::done : StageOutcome::diverged, work_.stage.end_step, seconds_since(start_),
                           best != nullptr ? "" : "no individual of the search has a finite loss"};
        if (work_.team.rank() == 0) {
            state_.parameter_names = parent_.parameter_names;
            state_.parameter_offsets = parent_.parameter_offsets;
            state_.weights = parent_.weights;
            state_.first_moment.clear();
            state_.second_moment.clear();
            state_.seconds = seconds_before_ + result.seconds;
            keep_state(work_, state_);
            StageRecord record = begin_record(work_, result, state_.seconds);
            record.individuals = state_.individuals;
            record.provenance.tokens_per_second = tokens_seen_ / std::max(result.seconds, 1e-9);
            keep_record(work_, record);
        }
        return result;
    }

    const StageWork& work_;
    ExtensionConfig extension_;
    SearchSpace space_;
    ExtendedModel made_;
    Arena arena_;
    SearchWindows windows_;
    StageState parent_;
    std::optional<Evolution> evolution_;
    std::optional<GradientSearch> gradient_;
    StageState state_;
    double tokens_seen_ = 0, seconds_before_ = 0;
    Clock::time_point start_ = Clock::now();
};

}  // namespace

StageResult search_stage(const StageWork& work, const TokenSource& source) {
    std::optional<Search> search;
    together(work.team, [&] { search.emplace(work, source); });
    return search->run();
}

}  // namespace overtake
