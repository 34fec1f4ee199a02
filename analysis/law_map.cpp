// Which numbers of which laws are free, shared, tied or held.
#include "analysis/law_map.hpp"

#include <sstream>

#include <Eigen/Dense>

#include "sweeps/errors.hpp"

namespace overtake {

bool LawConstraints::any() const {
    return tied || !std::isnan(held.E) || !std::isnan(held.A) || !std::isnan(held.B) || !std::isnan(held.alpha) || !std::isnan(held.beta);
}

Sharing parse_sharing(const std::string& text) {
    Sharing s{false, false, false, false, false};
    if (text == "all") {
        return {true, true, true, true, true};
    }
    std::istringstream names(text == "none" ? "" : text);
    for (std::string name; std::getline(names, name, ',');) {
        bool* known = name == "E" ? &s.E : name == "A" ? &s.A : name == "B" ? &s.B : name == "alpha" ? &s.alpha : name == "beta" ? &s.beta : nullptr;
        if (known == nullptr) {
            throw ConfigError({{"share", "'" + name + "' is no quantity of the law; name some of E, A, B, alpha, beta, or all, or none"}});
        }
        *known = true;
    }
    return s;
}

std::string name_of(const Sharing& s) {
    std::string out;
    for (auto [name, shared] : {std::pair{"E", s.E}, {"A", s.A}, {"B", s.B}, {"alpha", s.alpha}, {"beta", s.beta}}) {
        out += shared ? (out.empty() ? "" : ", ") + std::string(name) : "";
    }
    return out.empty() ? "nothing" : out;
}

LawMap::LawMap(std::span<const LawPoints> points, const LawConstraints& constraints, const Sharing& sharing)
    : LawMap(points, std::vector<LawConstraints>(points.size(), constraints), sharing) {}

LawMap::LawMap(std::span<const LawPoints> points, std::span<const LawConstraints> constraints, const Sharing& sharing) : rows_(points.size()) {
    expects(!points.empty() && constraints.size() == points.size(), "constraints for every scheme");
    const PowerLaw& first = constraints[0].held;
    bool tied = constraints[0].tied;
    auto next = [this] { return static_cast<int>(free_++); };
    auto shared_place = [&](bool shared, double fixed) { return shared && std::isnan(fixed) ? next() : -1; };
    int e = shared_place(sharing.E, first.E), a = shared_place(sharing.A, first.A), b = shared_place(sharing.B, first.B);
    int alpha = shared_place(sharing.alpha, first.alpha);
    int beta = tied ? -1 : shared_place(sharing.beta, first.beta);
    double mean_n = 0, mean_d = 0;
    for (const LawPoints& p : points) {
        mean_n += p.centre_log_n() / static_cast<double>(points.size());
        mean_d += p.centre_log_d() / static_cast<double>(points.size());
    }

    auto number = [&](double fixed, int place) {
        Row row;
        if (std::isnan(fixed)) {
            row.terms[0] = {place >= 0 ? place : next(), 1};
        } else {
            row.offset = fixed;
        }
        return row;
    };
    for (std::size_t k = 0; k < points.size(); ++k) {
        const PowerLaw& held = constraints[k].held;
        Row floor = number(std::log(held.E), e);
        auto own_term = [&](double coefficient, int place) { return !std::isnan(coefficient) || place >= 0 ? Row{} : number(NAN, -1); };
        Row from_n = own_term(held.A, a), from_d = own_term(held.B, b);
        Row exponent_n = number(held.alpha, alpha);
        Row exponent_d = tied ? exponent_n : number(held.beta, beta);
        // A term that is held or shared: log A = place or constant, and the coordinate is log A - exponent * (centre - reference).
        auto common_term = [](Row& term, double coefficient, int place, const Row& exponent, double centre, double reference) {
            if (std::isnan(coefficient) && place < 0) {
                return;
            }
            double lever = std::isnan(coefficient) ? centre - reference : centre;
            term.offset = (std::isnan(coefficient) ? 0 : std::log(coefficient)) - exponent.offset * lever;
            term.terms[0] = {std::isnan(coefficient) ? place : -1, 1};
            term.terms[1] = {exponent.terms[0].first, -lever};
        };
        common_term(from_n, held.A, a, exponent_n, points[k].centre_log_n(), alpha >= 0 || !std::isnan(held.alpha) ? mean_n : 0);
        bool common_beta = tied ? alpha >= 0 || !std::isnan(held.alpha) : beta >= 0 || !std::isnan(held.beta);
        common_term(from_d, held.B, b, exponent_d, points[k].centre_log_d(), common_beta ? mean_d : 0);
        rows_[k] = {from_n, from_d, floor, exponent_n, exponent_d};
    }
}

LawCoordinates LawMap::coordinates(std::span<const double> x, std::size_t scheme) const {
    LawCoordinates out{};
    for (std::size_t j = 0; j < 5; ++j) {
        const Row& row = rows_[scheme][j];
        out[j] = row.offset;
        for (auto [place, coefficient] : row.terms) {
            out[j] += place >= 0 ? coefficient * x[static_cast<std::size_t>(place)] : 0;
        }
    }
    return out;
}

void LawMap::pull_back(const LawCoordinates& slope, std::size_t scheme, std::span<double> gradient) const {
    for (std::size_t j = 0; j < 5; ++j) {
        for (auto [place, coefficient] : rows_[scheme][j].terms) {
            if (place >= 0) {
                gradient[static_cast<std::size_t>(place)] += coefficient * slope[j];
            }
        }
    }
}

std::vector<double> LawMap::matrix(std::size_t scheme) const {
    std::vector<double> out(5 * free_, 0);
    for (std::size_t j = 0; j < 5; ++j) {
        for (auto [place, coefficient] : rows_[scheme][j].terms) {
            if (place >= 0) {
                out[j * free_ + static_cast<std::size_t>(place)] += coefficient;
            }
        }
    }
    return out;
}

std::vector<double> LawMap::free_numbers(std::span<const LawCoordinates> at) const {
    auto n = static_cast<Eigen::Index>(free_);
    Eigen::MatrixXd normal = Eigen::MatrixXd::Zero(n, n);
    Eigen::VectorXd right = Eigen::VectorXd::Zero(n);
    for (std::size_t k = 0; k < rows_.size(); ++k) {
        std::vector<double> entries = matrix(k);
        Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> m(entries.data(), 5, n);
        Eigen::Matrix<double, 5, 1> wanted;
        for (Eigen::Index j = 0; j < 5; ++j) {
            auto place = static_cast<std::size_t>(j);
            wanted[j] = at[k][place] - rows_[k][place].offset;
        }
        normal += m.transpose() * m;
        right += m.transpose() * wanted;
    }
    Eigen::VectorXd x = normal.ldlt().solve(right);
    return {x.data(), x.data() + x.size()};
}

}  // namespace overtake
