// Weights of points from the noise that repeated seeds show.
#include "analysis/seed_weights.hpp"

#include <cmath>
#include <map>
#include <string>

#include <Eigen/Dense>

namespace overtake {

namespace {

struct CellNoise {
    Eigen::Vector3d row;      // 1, log N, log D
    double variance = 0, degrees = 0;
};

std::vector<CellNoise> noise_of_cells(std::span<const Observation> observations, ResidualScale scale) {
    std::map<std::string, std::vector<const Observation*>> cells;
    for (const Observation& o : observations) {
        cells[o.cell].push_back(&o);
    }
    auto value = [scale](const Observation& o) { return scale == ResidualScale::log_loss ? std::log(o.loss) : o.loss; };
    std::vector<CellNoise> out;
    for (const auto& [name, members] : cells) {
        double count = static_cast<double>(members.size()), mean = 0, squares = 0;
        for (const Observation* o : members) {
            mean += value(*o) / count;
        }
        for (const Observation* o : members) {
            squares += std::pow(value(*o) - mean, 2);
        }
        if (members.size() > 1) {
            out.push_back({{1, std::log(members[0]->parameters), std::log(members[0]->tokens)}, squares / (count - 1), count - 1});
        }
    }
    return out;
}

}  // namespace

std::vector<double> seed_noise_weights(std::span<const Observation> observations, ResidualScale scale, bool least_squares) {
    std::vector<double> weights(observations.size(), 1);
    std::vector<CellNoise> cells = noise_of_cells(observations, scale);
    double degrees = 0, pooled = 0;
    for (const CellNoise& c : cells) {
        degrees += c.degrees;
        pooled += c.degrees * c.variance;
    }
    if (degrees < 12 || cells.size() < 4 || !(pooled > 0)) {
        return weights;
    }
    Eigen::Vector3d centre = Eigen::Vector3d::Zero();
    for (const CellNoise& c : cells) {
        centre += c.degrees / degrees * c.row;
    }
    centre[0] = 0;
    Eigen::Vector3d line(std::log(pooled / degrees), 0, 0);
    for (int round = 0; round < 50; ++round) {
        Eigen::Matrix3d normal = Eigen::Vector3d(0, 1e-6 * degrees, 1e-6 * degrees).asDiagonal();
        Eigen::Vector3d right = Eigen::Vector3d::Zero();
        for (const CellNoise& c : cells) {
            Eigen::Vector3d row = c.row - centre;
            double fitted = row.dot(line);
            normal += c.degrees * row * row.transpose();
            right += c.degrees * row * (fitted + c.variance / std::exp(fitted) - 1);
        }
        Eigen::Vector3d next = normal.ldlt().solve(right);
        double change = (next - line).norm();
        line = next;
        if (change < 1e-10) {
            break;
        }
    }
    double sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        Eigen::Vector3d row(1, std::log(observations[i].parameters) - centre[1], std::log(observations[i].tokens) - centre[2]);
        weights[i] = std::exp(-(least_squares ? 1 : 0.5) * row.dot(line));
        sum += weights[i];
    }
    for (double& w : weights) {
        w *= static_cast<double>(weights.size()) / sum;
    }
    return weights;
}

}  // namespace overtake
