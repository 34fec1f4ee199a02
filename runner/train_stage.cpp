// The training loop: steps of a trunk segment, a cooldown or a fine-tuning, one reduction each, losses read once per logging interval.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <functional>
#include <optional>
#include <string>

#include <ATen/core/grad_mode.h>

#include "models/position/sampler.hpp"
#include "runner/agreement.hpp"
#include "runner/batch.hpp"
#include "runner/device.hpp"
#include "runner/extended_model.hpp"
#include "runner/failure_words.hpp"
#include "runner/keep_checkpoint.hpp"
#include "runner/learning_rate.hpp"
#include "runner/optimizer.hpp"
#include "runner/pulse.hpp"
#include "runner/records.hpp"
#include "runner/replica_check.hpp"
#include "runner/stage_fault.hpp"
#include "runner/stage_work.hpp"
#include "sweeps/counts.hpp"
#include "sweeps/results/state_file.hpp"

namespace overtake {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double learning_rate_of(const Stage& stage, std::int64_t step) {
    if (stage.kind == StageKind::extend) {
        const double peak = stage.config.optimizer.learning_rate * stage.config.extension->tune->learning_rate_multiplier;
        return tuning_learning_rate(peak, step - stage.begin_step, stage.end_step - stage.begin_step);
    }
    if (stage.kind == StageKind::cooldown) {
        return cooldown_learning_rate(stage.config, step);
    }
    return stage.config.schedule.kind == ScheduleKind::cosine ? cosine_learning_rate(stage.config, step)
                                                              : trunk_learning_rate(stage.config, step);
}

/// FLOPs of all stages that the stage goes on from.
double flops_of_path_before(const StageWork& work) {
    double flops = 0;
    for (std::string id = work.stage.parent; !id.empty();) {
        const Stage& ancestor = work.forest.stages[work.forest.index_of(id)];
        flops += ancestor.flops;
        id = ancestor.parent;
    }
    return flops;
}

/// One stage on one rank: the model in its arena, and what changes from step to step.
class Training {
  public:
    Training(const StageWork& work, const TokenSource& source)
        : work_(work),
          config_(work.stage.config),
          made_(make_model(work)),
          model_(made_.model),
          arena_(model_, work.device),
          optimizer_(arena_, config_.optimizer),
          local_shards_(config_.training.shards / std::min<std::int64_t>(work.team.width(), config_.training.shards)),
          sum_(arena_, work.team, local_shards_, config_.training.deterministic),
          batches_(source, config_, work.stage.context_length, work.device),
          log_(at::zeros({config_.training.log_every, 5}, at::TensorOptions().dtype(at::kFloat).device(work.device))),
          flops_per_token_(training_flops_per_token(config_.model, config_.position, work.stage.context_length)) {
        if (fine_tunes()) {
            flops_before_ = flops_of_path_before(work);
            steps_before_ = work.stage.begin_step;
        }
        restore();
    }

    StageResult run() {
        const Stage& stage = work_.stage;
        const bool compares_replicas = replicas_must_agree();
        auto last_checkpoint = Clock::now();
        auto last_report = Clock::now() - std::chrono::seconds(10);
        while (state_.step < stage.end_step) {
            const std::int64_t begin = state_.step;
            const std::int64_t since_start = begin - stage.begin_step;
            const std::int64_t interval = config_.training.log_every - since_start % config_.training.log_every;
            const std::int64_t end = std::min(stage.end_step, begin + interval);
            const bool stop = work_.stop_asked && work_.stop_asked();
            const auto interval_start = Clock::now();
            for (std::int64_t step = begin; step < end; ++step) {
                take_step(step, step - begin, stop);
            }
            const at::Tensor log = log_.narrow(0, 0, end - begin).to(at::kCPU);
            state_.step = end;
            if (compares_replicas) {  // first: a rank whose numbers went wrong alone would judge them alone
                if (const auto unlike = find_unlike_replica(arena_, work_.team)) {
                    return finish(StageOutcome::failed, *unlike + ", found after step " + std::to_string(end));
                }
            }
            if (const auto bad = read_log(log, begin, end)) {
                return *bad;
            }
            const double rate = static_cast<double>((end - begin) * config_.training.batch_tokens()) /
                                std::max(seconds_since(interval_start), 1e-9);
            if (work_.team.rank() == 0 && work_.report && seconds_since(last_report) > 0.5) {
                work_.report(end, rate);
                last_report = Clock::now();
            }
            const bool stopping = log.select(1, tail::stop).max().item<float>() > 0;
            if (end < stage.end_step && (stopping || seconds_since(last_checkpoint) > work_.specification.cluster.checkpoint_seconds)) {
                checkpoint();
                last_checkpoint = Clock::now();
            }
            if (stopping && end < stage.end_step) {
                return {StageOutcome::stopped, end, seconds_since(start_), "asked to stop"};
            }
        }
        checkpoint();
        return finish(StageOutcome::done, "");
    }

  private:
    /// NCCL passes one finished sum on to all ranks (its maintainers in NVIDIA/nccl#434 and #855) and the tree does so too; MPI's all-reduce need not. What
    /// each rank then computes of it, the norm for one, has the same bits on GPUs of one model. Every rank must call.
    bool replicas_must_agree() const {
        return config_.training.deterministic ||
               (work_.team.device_group.size() > 1 && is_alike(work_.team, std::hash<std::string>{}(device_name(work_.device))));
    }

    /// Fine-tuning has an optimiser of its own: moments start at zero and their correction counts from its first step. What it does
    /// then follows from its parent's weights alone, as for whoever tunes a published model, and parameters that the extension
    /// brings are treated as the others.
    bool fine_tunes() const { return work_.stage.kind == StageKind::extend; }

    void restore() {
        std::optional<LoadedState> own = read_state(work_.folder, work_.stage.id);
        if (own && own->state.step >= work_.stage.begin_step && own->state.step <= work_.stage.end_step) {
            warn(own->warning);
            arena_.load(own->state);
            state_ = std::move(own->state);
            state_.attempts = work_.attempt;
            seconds_before_ = state_.seconds;
            return;
        }
        state_.id = work_.stage.id;
        state_.attempts = work_.attempt;
        state_.step = work_.stage.begin_step;
        if (work_.stage.parent.empty()) {
            return;
        }
        const StageState parent = read_parent_state(work_);
        if (fine_tunes()) {
            arena_.load_weights(parent, made_.added);
        } else {
            arena_.load(parent);
        }
    }

    void take_step(std::int64_t step, std::int64_t row, bool stop) {
        const std::int64_t first_shard = work_.team.rank() * local_shards_;
        at::Tensor drawn_T;
        if (config_.position.sampler) {
            drawn_T = sampled_positions(*config_.position.sampler, work_.stage.context_length, config_.seed, step);
        }
        for (std::int64_t shard = 0; shard < local_shards_; ++shard) {
            sum_.begin_shard();
            try {
                const Batch batch = batches_.shard(step, first_shard + shard);
                Placement where = batch.placement();
                where.positions_T = drawn_T;
                const at::Tensor loss =
                    model_.loss(batch.tokens_BT, batch.targets_BT, where).sum().mul(1.0 / static_cast<double>(config_.training.batch_tokens()));
                loss.backward();
                const at::NoGradGuard no_grad;
                arena_.gradient_tail()[tail::loss].copy_(loss.detach());
            } catch (const std::exception& error) {
                if (accuses_the_place(error)) {
                    throw;  // a CUDA context that met an error takes no further call
                }
                failure_ = failure_in_words(error.what());
                const at::NoGradGuard no_grad;
                arena_.gradients.zero_();
                arena_.gradient_tail()[tail::failed].fill_(1);
            }
            if (stop && shard == 0) {
                arena_.gradient_tail()[tail::stop].fill_(1);
            }
            sum_.add_shard();
            pulse(Pace::steps);
        }
        {
            const at::NoGradGuard no_grad;
            log_[row][4].copy_(arena_.gradient_tail()[tail::loss]);
        }
        sum_.reduce();
        const at::Tensor norm = optimizer_.apply(step + 1 - steps_before_, learning_rate_of(work_.stage, step));
        const at::NoGradGuard no_grad;
        at::Tensor log_row = log_[row];
        log_row.narrow(0, 0, 3).copy_(arena_.gradient_tail().narrow(0, 0, 3));
        log_row[3].copy_(norm);
    }

    /// Turns the interval's numbers into a point of the curve, or into the end of the stage. All ranks read the same numbers, since their replicas are the same.
    std::optional<StageResult> read_log(const at::Tensor& log, std::int64_t begin, std::int64_t end) {
        const auto rows = log.accessor<float, 2>();
        double loss = 0, norm = 0;
        for (std::int64_t row = 0; row < end - begin; ++row) {
            if (rows[row][tail::failed] > 0) {
                return finish(StageOutcome::failed, failure_.empty() ? "a rank of the team failed in step " + std::to_string(begin + row + 1)
                                                                     : failure_);
            }
            if (!std::isfinite(rows[row][tail::loss]) || !std::isfinite(rows[row][3])) {
                return judge_bad_step(begin + row, {rows[row][tail::loss], rows[row][3], rows[row][4]});
            }
            loss += rows[row][tail::loss];
            norm += rows[row][3];
        }
        const auto steps = static_cast<double>(end - begin);
        CurvePoint point;
        point.step = end;
        point.tokens = end * config_.training.batch_tokens();
        point.flops = flops_before_ + static_cast<double>((end - steps_before_) * config_.training.batch_tokens()) * flops_per_token_;
        point.train_loss = static_cast<float>(loss / steps);
        point.gradient_norm = static_cast<float>(norm / steps);
        point.learning_rate = static_cast<float>(learning_rate_of(work_.stage, end - 1));
        point.seconds = seconds_before_ + seconds_since(start_);
        state_.curve.push_back(point);
        return std::nullopt;
    }

    /// A step whose loss or gradient is not finite, and of which the optimiser has left weights and moments as they were: it is taken once
    /// more. The same numbers are a result; others come from hardware that can't be trusted.
    StageResult judge_bad_step(std::int64_t step, std::array<float, 3> loss_norm_part) {
        const std::string where = "loss or gradient is not finite at step " + std::to_string(step + 1);
        if (!config_.training.deterministic) {
            return finish(StageOutcome::diverged, where);
        }
        take_step(step, 0, false);
        const at::Tensor again = log_.select(0, 0).to(at::kCPU);
        const auto numbers = again.accessor<float, 1>();
        if (same_number(numbers[tail::loss], loss_norm_part[0]) && same_number(numbers[3], loss_norm_part[1])) {
            return finish(StageOutcome::diverged, where);
        }
        std::vector<Testimony> all = hear_all(work_.team, same_number(numbers[4], loss_norm_part[2]) ? 0 : 1);
        if (name_the_flagged(all).empty()) {
            for (Testimony& one : all) {
                one.value = 1;  // nobody's part of the loss tells: a gradient went wrong somewhere
            }
        }
        return finish(StageOutcome::failed, "suspect hardware: " + where + ", and other numbers came when it was repeated from the same memory; " +
                                                name_the_flagged(all));
    }

    void checkpoint() {
        if (work_.team.rank() != 0) {
            return;
        }
        pulse(Pace::long_work);
        arena_.save(state_);
        state_.seconds = seconds_before_ + seconds_since(start_);
        if (state_.step == work_.stage.end_step) {
            keep_state(work_, state_);
            return;
        }
        try {
            keep_checkpoint(work_, state_);
        } catch (const std::exception& error) {
            warn(std::string("checkpoint of stage '") + work_.stage.id + "' was not written: " + error.what());
        }
    }

    StageResult finish(StageOutcome outcome, std::string reason) {
        StageResult result{outcome, state_.step, seconds_since(start_), std::move(reason)};
        if (work_.team.rank() == 0) {
            StageRecord record = begin_record(work_, result, seconds_before_ + result.seconds);
            record.curve = state_.curve;
            const auto tokens = static_cast<double>((state_.step - work_.stage.begin_step) * config_.training.batch_tokens());
            record.provenance.tokens_per_second = tokens / std::max(record.provenance.seconds, 1e-9);
            keep_record(work_, record);
        }
        return result;
    }

    void warn(const std::string& words) const {
        if (!words.empty() && work_.team.rank() == 0) {
            say(words);
        }
    }

    const StageWork& work_;
    const TrialConfig& config_;
    ExtendedModel made_;
    Gpt& model_;
    Arena arena_;
    Optimizer optimizer_;
    std::int64_t local_shards_;
    GradientSum sum_;
    BatchSource batches_;
    at::Tensor log_;  // [log_every, 5]: the tail's loss, failed and stop, the gradient norm, and this rank's part of the loss
    double flops_per_token_, flops_before_ = 0;  // before: of fine-tuning alone, what its path has cost
    std::int64_t steps_before_ = 0;
    StageState state_;
    std::string failure_;
    double seconds_before_ = 0;
    Clock::time_point start_ = Clock::now();
};

}  // namespace

StageResult train_stage(const StageWork& work, const TokenSource& source) {
    std::optional<Training> training;
    together(work.team, [&] { training.emplace(work, source); });
    return training->run();
}

}  // namespace overtake
