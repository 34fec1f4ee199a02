// The law L(N, D) = E + A/N^alpha + B/D^beta and its robust objective with analytic gradient.
#pragma once

#include <array>
#include <span>
#include <vector>

namespace overtake {

/// Loss in nats per token as a function of parameters N and training tokens D. Source: Hoffmann et al. 2022,
/// arXiv:2203.15556, eq. 2.
struct PowerLaw {
    double E = 0, A = 0, B = 0, alpha = 0, beta = 0;
    double loss(double parameters, double tokens) const;
    bool operator==(const PowerLaw&) const = default;
};

/// (a, b, e, alpha, beta): logarithms of the three terms at the points' mean log N and mean log D. Centring takes the
/// condition number of the problem from about 1e11 to about 1e1..1e3.
using LawCoordinates = std::array<double, 5>;

/// What a residual is: log of predicted loss - log of loss, or predicted loss - loss [nats].
enum class ResidualScale { log_loss, loss };

/// Points in the form that the objective reads: one array a quantity, padded with points of weight 0.
class LawPoints {
  public:
    LawPoints() = default;
    /// All positive and finite; `weights` empty means 1 each.
    LawPoints(std::span<const double> parameters, std::span<const double> tokens, std::span<const double> losses,
              std::span<const double> weights = {}, ResidualScale scale = ResidualScale::log_loss);

    std::size_t size() const noexcept { return count_; }
    double centre_log_n() const noexcept { return centre_log_n_; }
    double centre_log_d() const noexcept { return centre_log_d_; }
    std::span<const double> log_n() const { return {log_n_.data(), count_}; }    // centred
    std::span<const double> log_d() const { return {log_d_.data(), count_}; }    // centred
    std::span<const double> loss() const { return {loss_.data(), count_}; }
    std::span<const double> weight() const { return {weight_.data(), count_}; }

    ResidualScale scale() const noexcept { return scale_; }

    /// Same centre and scale, each weight times the one given (one per point; points of weight 0 are dropped).
    LawPoints with_weights(std::span<const double> weights) const;

    LawCoordinates coordinates(const PowerLaw& law) const;
    PowerLaw law(const LawCoordinates& coordinates) const;

  private:
    friend double law_objective(const LawPoints&, double, const double*, double*);
    void push(double log_n, double log_d, double loss, double weight);
    void pad();
    std::vector<double> log_n_, log_d_, loss_, target_, weight_;   // target: 1 / loss on the scale of log loss, else loss
    std::size_t count_ = 0;
    double centre_log_n_ = 0, centre_log_d_ = 0;
    ResidualScale scale_ = ResidualScale::log_loss;
};

/// Sum over points of weight * Huber_delta(residual on the points' scale), and its gradient in the five coordinates (both
/// pointers to 5 numbers). delta = infinity gives half the sum of squares.
/// Source: Hoffmann et al. 2022, eq. 3; summed, not averaged, because tolerances of common optimisers stop the mean early
/// (Besiroglu et al. 2024, arXiv:2404.10102).
double law_objective(const LawPoints& points, double delta, const double* coordinates, double* gradient);

/// log of predicted loss - log of loss of every point, whatever the points' scale.
std::vector<double> law_residuals(const LawPoints& points, const PowerLaw& law);

/// Residuals on the points' scale, as the objective has them (without weights).
std::vector<double> objective_residuals(const LawPoints& points, const PowerLaw& law);

}  // namespace overtake
