#include "sweeps/counts.hpp"

#include "sweeps/errors.hpp"
#include "sweeps/position_rules.hpp"

namespace overtake {

namespace {

const SchemeInfo& scheme_of(const PositionConfig& position) {
    const SchemeInfo* scheme = find_position_scheme(position.scheme);
    expects(scheme != nullptr, "the position scheme is in the table");
    return *scheme;
}

/// Weights of one block that are matrices: fused query, key and value (D x 3D), output (D x D), MLP (D x F, F x D;
/// SwiGLU has a second D x F).
std::int64_t block_matrices(const ModelConfig& model) {
    const std::int64_t mlp = (model.activation == Activation::swiglu ? 3 : 2) * model.width * model.mlp_width;
    return 4 * model.width * model.width + mlp;
}

/// Gains of one block: two norms of D, and with QK-norm one gain of head width for queries and one for keys.
std::int64_t block_gains(const ModelConfig& model) {
    return 2 * model.width + (model.qk_norm ? 2 * model.head_width() : 0);
}

}  // namespace

ParameterCounts count_parameters(const ModelConfig& model, const PositionConfig& position, std::int64_t train_length) {
    return {.backbone = model.layers * (block_matrices(model) + block_gains(model)) + model.width,
            .embedding = (model.tied ? 1 : 2) * model.vocabulary * model.width,
            .position = scheme_of(position).parameters(model, position.options, positions_in_training(position, train_length))};
}

double forward_flops_per_token(const ModelConfig& model, const PositionConfig& position, std::int64_t context_length) {
    const double matrices = static_cast<double>(model.layers * block_matrices(model) + model.vocabulary * model.width);
    // Query i sees i + 1 keys, (N + 1) / 2 on average: a score and a weighted value take 2 D FLOPs each.
    const double attention =
        4.0 * static_cast<double>(model.layers * model.width) * static_cast<double>(context_length + 1) / 2;
    return 2 * matrices + attention + scheme_of(position).forward_flops(model, position.options, context_length);
}

double training_flops_per_token(const ModelConfig& model, const PositionConfig& position, std::int64_t context_length) {
    return 3 * forward_flops_per_token(model, position, context_length);
}

double six_nd(const ModelConfig& model, std::int64_t tokens) {
    const PositionConfig nothing{.scheme = "none", .options = {}};
    return 6.0 * static_cast<double>(count_parameters(model, nothing, 1).backbone) * static_cast<double>(tokens);
}

}  // namespace overtake
