#include "models/gpt.hpp"

#include <cmath>

#include <ATen/ATen.h>

#include "models/blockwise.hpp"
#include "models/network.hpp"
#include "models/new_parameter.hpp"
#include "models/operations.hpp"
#include "sweeps/errors.hpp"

namespace overtake {

namespace {

/// Deviation of initial values: 1/sqrt(inputs) (LeCun et al. 1998), so that activations keep their size at any width; GPT-2's
/// 0.02 is this rule at width 2500, and at widths 16 to 64 it cost 0.1 to 0.2 nats on the pilot's smallest trial.
/// Projections into the residual stream are smaller by sqrt(2 layers), as in GPT-2.
double deviation_of(std::int64_t inputs) { return 1 / std::sqrt(static_cast<double>(inputs)); }

}  // namespace

struct Gpt::Parts : Network {
    std::vector<Parameter> parameters;

    at::Tensor matrix(std::string name, std::int64_t rows, std::int64_t columns, ParameterGroup group, double deviation,
                      std::int64_t seed, at::Device device) {
        const at::Tensor initial = at::empty({rows, columns}, at::kFloat);
        ParameterStream(seed, name).fill_normal({initial.mutable_data_ptr<float>(), static_cast<std::size_t>(initial.numel())}, 0,
                                                deviation);
        parameters.push_back(new_parameter(std::move(name), group, initial, device));
        return parameters.back().value;
    }

    at::Tensor gain(std::string name, std::int64_t width, at::Device device) {
        parameters.push_back(new_parameter(std::move(name), ParameterGroup::plain, at::ones({width}), device));
        return parameters.back().value;
    }

    void build(std::int64_t seed, at::Device device) {
        const auto [layers, width, heads, mlp, vocabulary, activation, qk_norm, tied] = model;
        const double deviation = deviation_of(width);
        const double into_stream = 1 / std::sqrt(2 * static_cast<double>(layers));
        const auto decayed = ParameterGroup::decayed;
        embedding = matrix("embedding", vocabulary, width, ParameterGroup::plain, deviation, seed, device);
        for (std::int64_t layer = 0; layer < layers; ++layer) {
            const std::string prefix = "blocks." + std::to_string(layer) + ".";
            BlockWeights block;
            block.attention_norm = gain(prefix + "attention.norm", width, device);
            block.query_key_value =
                matrix(prefix + "attention.query_key_value", 3 * width, width, decayed, deviation, seed, device);
            if (qk_norm) {
                block.query_norm = gain(prefix + "attention.query_norm", model.head_width(), device);
                block.key_norm = gain(prefix + "attention.key_norm", model.head_width(), device);
            }
            block.attention_output =
                matrix(prefix + "attention.output", width, width, decayed, deviation * into_stream, seed, device);
            block.mlp_norm = gain(prefix + "mlp.norm", width, device);
            const std::int64_t branches = activation == Activation::swiglu ? 2 : 1;
            block.mlp_input = matrix(prefix + "mlp.input", branches * mlp, width, decayed, deviation, seed, device);
            block.mlp_output = matrix(prefix + "mlp.output", width, mlp, decayed,
                                      deviation_of(mlp) * into_stream, seed, device);
            blocks.push_back(std::move(block));
        }
        final_norm = gain("final_norm", width, device);
        head = tied ? embedding : matrix("head", vocabulary, width, ParameterGroup::plain, deviation, seed, device);
    }

    /// logits_RV in the compute precision; of the rows asked for alone if `rows` is defined.
    at::Tensor forward(const at::Tensor& tokens_BT, Placement where, const at::Tensor& rows = {}, const AttentionVisitor& visit = {}) {
        const std::int64_t batch = tokens_BT.size(0), length = tokens_BT.size(1);
        if (length > scheme->longest_context()) {
            throw ConfigError({{"evaluation.lengths", "context length " + std::to_string(length) + " is beyond what \"" +
                                                          std::string(scheme->info().name) + "\" can do (at most " +
                                                          std::to_string(scheme->longest_context()) + " tokens)"}});
        }
        where.length = length;
        scheme->begin(std::move(where));
        Attention attention(*scheme);
        at::Tensor stream_RD = scheme->add_to_input(embed(tokens_BT, embedding)).view({batch * length, model.width});
        at::Tensor branch_RD;
        for (std::int64_t layer = 0; layer < model.layers; ++layer) {
            const BlockWeights& block = blocks[static_cast<std::size_t>(layer)];
            Normed input = add_and_norm(stream_RD, branch_RD, block.attention_norm, compute);
            const at::Tensor x_RD = scheme->add_to_attention_input(input.normed_RD, layer);
            const at::Tensor x_BTD = x_RD.view({batch, length, model.width});
            Heads heads = split_heads(apply_weight(x_RD, block.query_key_value), batch, model.heads);
            if (model.qk_norm) {
                heads.qk = {head_norm(heads.qk.q_BNTH, block.query_norm), head_norm(heads.qk.k_BNTH, block.key_norm)};
            }
            heads.qk = scheme->transform(std::move(heads.qk), x_BTD, layer);
            if (visit) {
                visit({layer, x_BTD, heads.qk.q_BNTH, heads.qk.k_BNTH});
            }
            const at::Tensor mixed_RD = attention(x_BTD, std::move(heads.qk), heads.v_BNTH, layer);
            Normed middle = add_and_norm(input.stream_RD, apply_weight(mixed_RD, block.attention_output), block.mlp_norm, compute);
            const at::Tensor hidden = apply_weight(middle.normed_RD, block.mlp_input);
            branch_RD = apply_weight(model.activation == Activation::swiglu ? apply_swiglu(hidden) : apply_gelu(hidden), block.mlp_output);
            stream_RD = middle.stream_RD;
        }
        const at::Tensor last_RD = add_and_norm(stream_RD, branch_RD, final_norm, compute).normed_RD;
        return apply_weight(rows.defined() ? last_RD.index_select(0, rows) : last_RD, head);
    }
};

Gpt::Gpt(const ModelConfig& model, const PositionConfig& position, std::int64_t train_length, std::int64_t seed,
         Precision precision, at::Device device)
    : parts_(std::make_unique<Parts>()) {
    parts_->model = model;
    parts_->compute = precision == Precision::bf16 ? at::kBFloat16 : at::kFloat;
    parts_->build(seed, device);
    parts_->scheme = make_position_scheme(position, {.model = model,
                                                     .options = {},
                                                     .train_length = train_length,
                                                     .seed = seed,
                                                     .embedding_deviation = deviation_of(model.width),
                                                     .device = device});
    for (Parameter& parameter : parts_->scheme->parameters()) {
        parts_->parameters.push_back(parameter);
    }
}

Gpt::~Gpt() = default;
Gpt::Gpt(Gpt&&) noexcept = default;

std::vector<Parameter>& Gpt::parameters() { return parts_->parameters; }

at::Tensor Gpt::loss(const at::Tensor& tokens_BT, const at::Tensor& targets_BT, const Placement& where) const {
    return cross_entropy(parts_->forward(tokens_BT, where), targets_BT.reshape({-1})).view(targets_BT.sizes());
}

at::Tensor Gpt::logits(const at::Tensor& tokens_BT, const Placement& where) const {
    return parts_->forward(tokens_BT, where).to(at::kFloat).view({tokens_BT.size(0), tokens_BT.size(1), -1});
}

at::Tensor Gpt::logits_at(const at::Tensor& tokens_BT, const at::Tensor& rows_S, const Placement& where) const {
    return parts_->forward(tokens_BT, where, rows_S).to(at::kFloat);
}

void Gpt::visit_attention(const at::Tensor& tokens_BT, const Placement& where, const AttentionVisitor& visit) const {
    const at::Tensor one_row = at::zeros({1}, tokens_BT.options());  // nobody asks for the logits
    parts_->forward(tokens_BT, where, one_row, visit);
}

at::Tensor Gpt::blockwise_loss(const at::Tensor& tokens_T1, std::span<const PositionRange> scored, std::int64_t block,
                               const at::Tensor& positions_T) const {
    return overtake::blockwise_loss(*parts_, tokens_T1, scored, block, positions_T);
}

void Gpt::extend(const ExtensionConfig& extension) {
    parts_->scheme->extend(extension);
    std::erase_if(parts_->parameters, [](const Parameter& parameter) { return parameter.group == ParameterGroup::position; });
    parts_->parameters.insert(parts_->parameters.end(), parts_->scheme->parameters().begin(), parts_->scheme->parameters().end());
}

PositionScheme& Gpt::scheme() { return *parts_->scheme; }

std::int64_t Gpt::longest_context() const { return parts_->scheme->longest_context(); }

}  // namespace overtake
