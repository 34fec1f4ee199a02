// What more trials would do to the standard error of a gap, before they are run.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "analysis/noise_scale.hpp"
#include "analysis/study.hpp"

namespace overtake {

/// A trial of a size and budget, run with both schemes of a pair and one seed, or with one of them.
struct PairTrial {
    double parameters = 0, tokens = 0;
    bool baseline = true, challenger = true;
    bool operator==(const PairTrial&) const = default;
};

/// What one trial adds to both halves of the sandwich: U diag(curvature) U' and U scores U', where the columns of U are the slopes of its one
/// or two residuals in the free numbers.
struct TrialInformation {
    std::vector<std::vector<double>> slopes;
    std::vector<double> curvature;
    std::vector<double> scores;  // row-major
};

/// Expected curvature H and expected covariance of scores M of the laws, as law_influence has them but with every residual replaced by a normal
/// one of the fitted scale: H = sum P(|r| < delta) J J', M = sum E[psi^2] J J' and, between two schemes of a paired unit, E[psi psi'] J J'. With
/// h = P(|r| < delta) the correlation of psi is h rho + (1 - h) (2 / pi) asin rho: rho of clipped residuals where hardly one is clipped, the arcsine
/// law of signs (Sheppard 1899) where nearly all are. The variance of any g' theta is g' H^-1 M H^-1 g, and of a gap along a path g is the difference of the two
/// laws' gradients. All schemes that share numbers with the pair are in it, so that what they know of E counts.
class GapInformation {
  public:
    /// Of two usable schemes of a study. `ratio`: as in GapPath.
    GapInformation(const Study& study, std::size_t baseline, std::size_t challenger, double ratio);

    TrialInformation of(const PairTrial& trial) const;
    void add(const TrialInformation& trial, double times = 1);
    /// Laws of baseline and challenger as their normal distribution has them (mean: the estimates; covariance H^-1 M H^-1).
    std::array<PowerLaw, 2> draw(RandomStream& random) const;
    std::array<PowerLaw, 2> laws() const { return {laws_[pair_[0]], laws_[pair_[1]]}; }
    /// Loss along the path of baseline (0) or challenger (1), by a law of theirs.
    PathLaw path(std::size_t who, const PowerLaw& law) const;
    /// Of the gap in the free numbers, at a compute: with the estimates, or with other laws.
    std::vector<double> gradient(double log10_flops) const { return gradient(log10_flops, laws()); }
    std::vector<double> gradient(double log10_flops, const std::array<PowerLaw, 2>& laws) const;
    /// Both halves; row-major, as long as a gradient on either side.
    const std::vector<double>& curvature() const { return curvature_; }
    const std::vector<double>& scores() const { return scores_; }
    /// Of each unit that the study has.
    const std::vector<TrialInformation>& units() const { return units_; }
    /// Sum over gradients of g' V g, as it is and with one more (`times` 1) or fewer (-1) of a trial; `other` likewise.
    double variance(std::span<const std::vector<double>> gradients, const TrialInformation* more = nullptr, const TrialInformation* fewer = nullptr) const;

  private:
    struct Point {
        std::size_t member = 0;
        double weight = 1;
        double log_n = 0, log_d = 0;  // centred
    };
    std::vector<double> slope_of(const Point& point) const;
    TrialInformation of_unit(std::span<const Point> points) const;
    Point point_of(std::size_t member, double parameters, double tokens) const;

    std::size_t size_ = 0;                       // free numbers
    std::vector<LawPoints> points_;              // of the members
    std::vector<PowerLaw> laws_;
    std::vector<std::vector<double>> to_law_;    // 5 x size_
    NoiseScale noise_;
    double delta_ = 1e-3, correlation_ = 0, ratio_ = 0;
    std::array<std::size_t, 2> pair_{};          // members that are baseline and challenger
    std::array<CostLaw, 2> cost_{};
    std::vector<double> curvature_, scores_;
    std::vector<TrialInformation> units_;
};

}  // namespace overtake
