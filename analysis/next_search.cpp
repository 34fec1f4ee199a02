// Which of the possible trials to take under a budget of FLOPs.
#include "analysis/next_search.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <queue>

#include <Eigen/Dense>

namespace overtake {

namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic>;
using Small = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, 0, 2, 2>;

constexpr double worth_a_change = 1e-4;  // of mean log_reach
constexpr double costly = 0.004;         // of the budget: what is cheaper makes no room worth an exchange

/// log of Student's t at 97.5 %: Cornish-Fisher expansion in 1 / degrees, within 2 % from 3 degrees on.
double log_critical(double degrees) {
    const double z = 1.959964, z2 = z * z, n = std::max(degrees, 1.5);
    return std::log(z * (1 + (z2 + 1) / (4 * n) + (5 * z2 * z2 + 16 * z2 + 3) / (96 * n * n) + (3 * z2 * z2 * z2 + 19 * z2 * z2 + 17 * z2 - 15) / (384 * n * n * n)));
}

/// Satterthwaite's degrees of freedom of a sum of `count` normal squares: `variance` their expected sum, `fourth` the sum of their squared expectations.
double degrees_of(double variance, double fourth, double count) {
    return std::clamp(2 * variance * variance / std::max(3 * fourth - variance * variance / count, 1e-300), 2.0, 1e4);
}

struct Block {
    Rows slopes;  // free numbers x residuals
    Small curvature_inverse, scores;
};

Block block_of(const TrialInformation& trial) {
    const auto points = static_cast<Eigen::Index>(trial.slopes.size()), size = static_cast<Eigen::Index>(trial.slopes.front().size());
    Block out{Rows(size, points), Small::Zero(points, points), Small(points, points)};
    for (Eigen::Index i = 0; i < points; ++i) {
        out.slopes.col(i) = Eigen::Map<const Eigen::VectorXd>(trial.slopes[static_cast<std::size_t>(i)].data(), size);
        out.curvature_inverse(i, i) = 1 / trial.curvature[static_cast<std::size_t>(i)];
        for (Eigen::Index j = 0; j < points; ++j) {
            out.scores(i, j) = trial.scores[static_cast<std::size_t>(i * points + j)];
        }
    }
    return out;
}

/// How many trials of each candidate are taken, under the limits of FLOPs, of cells, and of seeds per size and budget.
class Selection {
  public:
    Selection(const std::vector<CandidateCell>& candidates, const NextOptions& options) : candidates_(&candidates), options_(&options), count_(candidates.size(), 0) {
        std::map<std::pair<double, double>, std::size_t> places;
        for (const CandidateCell& c : candidates) {
            place_.push_back(places.emplace(std::pair(c.trial.parameters, c.trial.tokens), places.size()).first->second);
        }
        used_.assign(places.size(), 0);
    }

    bool may_add(std::size_t i) const {
        const int used = used_[place_[i]];
        return flops_ + (*candidates_)[i].flops <= options_->flops * (1 + 1e-9) && used < static_cast<int>((*candidates_)[i].seeds.size()) &&
               (used > 0 || options_->most_cells == 0 || cells_ < options_->most_cells);
    }
    void change(std::size_t i, int by) {
        int& used = used_[place_[i]];
        cells_ -= used > 0 ? 1 : 0;
        used += by;
        cells_ += used > 0 ? 1 : 0;
        count_[i] += by;
        flops_ += by * (*candidates_)[i].flops;
    }
    int count(std::size_t i) const { return count_[i]; }
    const std::vector<int>& counts() const { return count_; }
    double flops() const { return flops_; }

  private:
    const std::vector<CandidateCell>* candidates_;
    const NextOptions* options_;
    std::vector<int> count_, used_;
    std::vector<std::size_t> place_;
    std::size_t cells_ = 0;
    double flops_ = 0;
};

/// The sandwich of everything taken so far, seen from the targets.
struct Sandwich {
    Matrix curvature, scores;
    Rows inverse, z, scores_z;                  // H^-1; H^-1 g of each target; M H^-1 g
    Eigen::ArrayXd variance, fourth;            // by target; fourth: sum over units of their squared variances
    double units = 0;
};

class Search {
  public:
    Search(const GapInformation& information, const std::vector<Target>& targets, const std::vector<CandidateCell>& candidates, const NextOptions& options)
        : candidates_(candidates), options_(options), chosen_(candidates, options) {
        const auto size = static_cast<Eigen::Index>(targets.front().gradient.size());
        gradients_.resize(size, static_cast<Eigen::Index>(targets.size()));
        for (std::size_t k = 0; k < targets.size(); ++k) {
            gradients_.col(static_cast<Eigen::Index>(k)) = Eigen::Map<const Eigen::VectorXd>(targets[k].gradient.data(), size);
        }
        for (const TrialInformation& unit : information.units()) {
            old_.push_back(block_of(unit));
        }
        for (const CandidateCell& c : candidates) {
            blocks_.push_back(block_of(information.of(c.trial)));
        }
        now_.curvature = Eigen::Map<const Matrix>(information.curvature().data(), size, size);
        now_.scores = Eigen::Map<const Matrix>(information.scores().data(), size, size);
        now_.curvature.diagonal() *= 1 + 1e-10;
        refresh();
    }

    void change(std::size_t i, int by) {
        const Block& b = blocks_[i];
        now_.curvature += by * b.slopes * b.curvature_inverse.diagonal().cwiseInverse().asDiagonal() * b.slopes.transpose();
        now_.scores += by * b.slopes * b.scores * b.slopes.transpose();
        chosen_.change(i, by);
        refresh();
    }

    void fill() {
        struct Waiting {
            double gain;
            std::size_t candidate;
            int at;  // trials taken when the gain was found
            bool operator<(const Waiting& other) const { return gain < other.gain; }
        };
        std::priority_queue<Waiting> queue;
        int taken = 0;
        const double budget = options_.flops;
        auto gain_of = [&](std::size_t i, double before) { return (before - value_with(i)) / (candidates_[i].flops / budget); };
        auto refill = [&] {
            queue = {};
            const double before = value();
            for (std::size_t i = 0; i < candidates_.size(); ++i) {
                if (chosen_.may_add(i)) {
                    queue.push({gain_of(i, before), i, taken});
                }
            }
        };
        refill();
        while (!queue.empty()) {
            Waiting top = queue.top();
            queue.pop();
            if (!chosen_.may_add(top.candidate)) {
                continue;
            }
            if (top.at != taken) {
                queue.push({gain_of(top.candidate, value()), top.candidate, taken});
                continue;
            }
            if (!(top.gain > 0)) {
                return;
            }
            change(top.candidate, 1);
            ++taken;
            if (taken % 64 == 0) {
                refill();  // gains may grow again as others are taken: the sandwich is not the inverse of a sum
            } else {
                queue.push({top.gain, top.candidate, taken - 1});
            }
        }
    }

    /// True if anything was exchanged.
    bool exchange(std::size_t kept) {
        bool any = false;
        for (std::size_t out = 0; out < candidates_.size(); ++out) {
            for (const bool all : {false, true}) {
                const int there = chosen_.count(out) - (out == kept ? 1 : 0), by = all ? there : 1;
                if (there <= 0 || (all && there == 1) || by * candidates_[out].flops < costly * options_.flops) {
                    continue;
                }
                const double before = value();
                const Sandwich sandwich = now_;
                const Selection selection = chosen_;
                change(out, -by);
                barred_ = all ? out : candidates_.size();
                fill();
                barred_ = candidates_.size();
                if (value() < before - worth_a_change) {
                    any = true;
                } else {
                    now_ = sandwich;
                    chosen_ = selection;
                }
            }
        }
        return any;
    }

    double value() const { return log_reach(now_.variance, now_.fourth, now_.units).mean(); }
    Eigen::ArrayXd log_reach() const { return log_reach(now_.variance, now_.fourth, now_.units); }
    const Selection& chosen() const { return chosen_; }

  private:
    static Eigen::ArrayXd log_reach(const Eigen::ArrayXd& variance, const Eigen::ArrayXd& fourth, double units) {
        Eigen::ArrayXd out(variance.size());
        for (Eigen::Index k = 0; k < out.size(); ++k) {
            out[k] = 0.5 * std::log(variance[k]) + log_critical(degrees_of(variance[k], fourth[k], units));
        }
        return out;
    }

    void refresh() {
        const auto size = now_.curvature.rows();
        now_.inverse = now_.curvature.ldlt().solve(Matrix::Identity(size, size));
        now_.z = now_.inverse * gradients_;
        now_.scores_z = now_.scores * now_.z;
        now_.variance = (now_.z.array() * now_.scores_z.array()).colwise().sum().transpose();
        now_.fourth = Eigen::ArrayXd::Zero(gradients_.cols());
        now_.units = 0;
        auto add = [&](const Block& b, int times) {
            const Rows p = b.slopes.transpose() * now_.z;
            now_.fourth += times * (p.array() * (b.scores * p).array()).colwise().sum().transpose().square();
            now_.units += times;
        };
        for (const Block& b : old_) {
            add(b, 1);
        }
        for (std::size_t i = 0; i < blocks_.size(); ++i) {
            if (chosen_.count(i) > 0) {
                add(blocks_[i], chosen_.count(i));
            }
        }
    }

    /// What `value` would be with one more trial: the curvature's inverse moves by a matrix of rank one or two (Woodbury).
    double value_with(std::size_t i) const {
        if (i == barred_) {
            return INFINITY;
        }
        const Block& b = blocks_[i];
        const Rows w = now_.inverse * b.slopes, p = b.slopes.transpose() * now_.z;
        const Small g = b.slopes.transpose() * w, core = Small(b.curvature_inverse + g).inverse();
        const Rows q = core * p, r = w.transpose() * now_.scores_z, rest = p - g * q;
        const Small between = w.transpose() * now_.scores * w;
        const Eigen::ArrayXd others = now_.variance - 2 * (r.array() * q.array()).colwise().sum().transpose() + (q.array() * (between * q).array()).colwise().sum().transpose();
        const Eigen::ArrayXd own = (rest.array() * (b.scores * rest).array()).colwise().sum().transpose();
        const Eigen::ArrayXd fourth = now_.fourth * (others / now_.variance).square() + own.square();
        return log_reach(others + own, fourth, now_.units + 1).mean();
    }

    const std::vector<CandidateCell>& candidates_;
    const NextOptions& options_;
    Selection chosen_;
    Rows gradients_;
    std::vector<Block> old_, blocks_;
    Sandwich now_;
    std::size_t barred_ = static_cast<std::size_t>(-1);
};

}  // namespace

Choice choose_trials(const GapInformation& information, const std::vector<Target>& targets, const std::vector<CandidateCell>& candidates, const NextOptions& options,
                     std::size_t first) {
    Search search(information, targets, candidates, options);
    if (first < candidates.size()) {
        search.change(first, 1);
    }
    search.fill();
    for (int round = 0; round < 3 && search.exchange(first); ++round) {
    }
    const Eigen::ArrayXd reach = search.log_reach();
    return {search.chosen().counts(), search.chosen().flops(), {reach.data(), reach.data() + reach.size()}};
}

}  // namespace overtake
